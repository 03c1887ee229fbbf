using FileMonitor.Extending;
using FluentAssertions;
using Microsoft.Extensions.Options;
using Xunit;

namespace FileMonitor.Tests;

/// <summary>Roots that come and go while the monitor runs: what is under way at that moment.</summary>
public sealed class RunTimeRootTests
{
    private static readonly string Second = OperatingSystem.IsWindows() ? @"C:\second" : "/second";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_hinted_at_while_the_baseline_is_taken_is_compared_with_the_baseline()
    {
        await using var tree = await StartAsync("d/x", "f");

        // The root was listed with the old content of f.
        var hasChanged = false;
        tree.Tree.Files.OnList = directory =>
        {
            if (directory == Of("d") && !hasChanged)
            {
                hasChanged = true;
                tree.Tree.Files.WriteFile(Of("f"), "longer than before");
                tree.Tree.Source.Hint(FileChangeKind.Modified, "f", root: 1);
                tree.Tree.Files.WriteFile(Of("new"), "1");
                tree.Tree.Source.Hint(FileChangeKind.Created, "new", root: 1);
            }
        };
        await Driven(tree, tree.Monitor.AddRootAsync(Second, cancellationToken: Token));
        await tree.SettleAsync();

        var events = await tree.StopAsync();

        events.Select(one => $"{one.Kind} {one.RelativePath}").Should().BeEquivalentTo("Modified f", "Created new");
    }

    [Fact]
    public async Task Options_that_were_read_elsewhere_are_taken_as_they_are_at_the_call()
    {
        await using var tree = await StartAsync("d/x", "f");
        var root = new RootOptions { Path = Second, Ignore = { "*.tmp" } };
        var adding = tree.Monitor.AddRootAsync(root, Token);
        root.Ignore[0] = "*";
        await Driven(tree, adding);

        tree.Tree.Files.WriteFile(Of("left-out.tmp"), "1");
        tree.Tree.Source.Hint(FileChangeKind.Created, "left-out.tmp", root: 1);
        tree.Tree.Files.WriteFile(Of("new"), "1");
        tree.Tree.Source.Hint(FileChangeKind.Created, "new", root: 1);
        await tree.SettleAsync();

        (await tree.StopAsync()).Select(one => $"{one.Kind} {one.RelativePath}").Should().Equal("Created new");
        var adds = () => tree.Monitor.AddRootAsync((RootOptions)null!, Token);
        await adds.Should().ThrowAsync<ArgumentNullException>();
    }

    [Fact]
    public async Task Losses_and_conditions_of_a_root_that_is_being_added_are_gaps_of_it()
    {
        await using var tree = await StartAsync("d/x", "f");
        var hasLost = false;
        tree.Tree.Files.OnList = directory =>
        {
            if (directory == Of("d") && !hasLost)
            {
                hasLost = true;
                tree.Tree.Source.Lose("", GapCause.SourceOverflow, "Too much.", root: 1);
                tree.Tree.Source.Uncover("d", GapCause.PartialCoverage, "Not watched.", root: 1);
            }
        };
        await Driven(tree, tree.Monitor.AddRootAsync(Second, cancellationToken: Token));
        tree.Monitor.GetHealth().OpenGaps.Select(gap => $"{gap.Cause} {gap.Root}").Should().Equal($"PartialCoverage {Second}");

        await Driven(tree, tree.Monitor.RemoveRootAsync(Second, Token));

        tree.Monitor.GetHealth().OpenGaps.Should().BeEmpty();
        var gaps = (await tree.StopAsync()).Where(one => one.Kind == AuditEventKind.Gap).Select(one => $"{one.Gap!.Phase} {one.Gap.Cause} {one.Detail}");
        gaps.Should().BeEquivalentTo(
            "Opened SourceOverflow Too much.",
            "Opened PartialCoverage Not watched.",
            "Closed SourceOverflow Compared with the disk: nothing was missing.",
            "Closed PartialCoverage The root was removed from the monitor; what changed meanwhile was not compared.");
    }

    [Fact]
    public async Task A_root_whose_adding_is_cancelled_is_not_added_and_may_be_added_again()
    {
        await using var tree = await StartAsync("d/x", "f");
        using var cancelled = new CancellationTokenSource();
        tree.Tree.Files.OnList = directory =>
        {
            if (directory == Of("d"))
            {
                tree.Tree.Source.Hint(FileChangeKind.Modified, "f", root: 1);
                cancelled.Cancel();
            }
        };

        await tree.Monitor.Invoking(it => it.AddRootAsync(Second, cancellationToken: cancelled.Token)).Should().ThrowAsync<OperationCanceledException>();
        tree.Monitor.GetHealth().Roots.Should().ContainSingle();
        tree.Tree.Source.Roots.Should().ContainSingle();

        tree.Tree.Files.OnList = null;
        await Driven(tree, tree.Monitor.AddRootAsync(Second, cancellationToken: Token));
        tree.Tree.Files.WriteFile(Of("f"), "other");
        tree.Tree.Source.Hint(FileChangeKind.Modified, "f", root: 1);
        await tree.SettleAsync();

        (await tree.StopAsync()).Select(one => $"{one.Kind} {one.RelativePath}").Should().Equal("Modified f");
    }

    [Fact]
    public async Task Of_a_removed_root_nothing_is_left_behind()
    {
        await using var tree = await StartAsync("d/x", "f", "held");
        for (var round = 0; round < 3; round++)
        {
            await Driven(tree, tree.Monitor.AddRootAsync(Second, root => root.ReportWhen = ReportWhen.Closed, Token));
            tree.Tree.Files.SetWriters(Of("held"), FileWriters.Open);
            tree.Tree.Files.WriteFile(Of("held"), $"{round} {round}");
            tree.Tree.Source.Hint(FileChangeKind.Modified, "held", root: 1);
            await tree.AdvanceUntilAsync(() => tree.Monitor.GetHealth().HeldFiles == 1);

            // Pending, and not to be told: the flush at the beginning of the removal comes before.
            tree.Tree.Files.OnRead = path =>
            {
                if (path == Of("f"))
                {
                    tree.Tree.Source.Hint(FileChangeKind.Modified, "d/x", root: 1);
                }
            };
            tree.Tree.Files.WriteFile(Of("f"), $"f {round}");
            tree.Tree.Source.Hint(FileChangeKind.Modified, "f", root: 1);
            await Driven(tree, tree.Monitor.RemoveRootAsync(Second, Token));

            var health = tree.Monitor.GetHealth();
            (health.HeldFiles, health.PendingPaths, health.Counters.Pending, health.KnownItems).Should().Be((0, 0, 0, 0));
        }

        (await tree.StopAsync()).Select(one => $"{one.Kind} {one.RelativePath}").Should().Equal(Enumerable.Repeat("Modified f", 3));
    }

    [Theory]
    [InlineData("")]
    [InlineData("d")]
    [InlineData("d/in")]
    [InlineData("d/in/x")]
    public async Task A_followed_directory_gives_way_to_a_root_of_the_host_and_does_not_count_in_what_is_wrong_with_it(string added)
    {
        await using var tree = await StartAsync("d/in/x/f");
        await Driven(tree, tree.Monitor.AddRootAsync(new RootOptions { Path = Of("d/in"), FollowedFrom = Of("link") }, Token));
        await tree.Monitor.Invoking(it => it.AddRootAsync(Of(added), root => root.MaxDepth = 0, Token)).Should().ThrowAsync<OptionsValidationException>().WithMessage("*Roots[1].MaxDepth*");
        tree.Monitor.GetHealth().Roots.Should().HaveCount(2);

        tree.Tree.Files.WriteFile(Of("d/in/x/f"), "22");
        tree.Tree.Source.Hint(FileChangeKind.Modified, "x/f", root: 1);
        await Driven(tree, tree.Monitor.AddRootAsync(Of(added), cancellationToken: Token));

        tree.Monitor.GetHealth().Roots.Select(static root => root.FollowedFrom).Should().Equal(null, null);
        tree.Monitor.GetHealth().KnownItems.Should().BeGreaterThan(0);
        (await tree.StopAsync()).Select(one => $"{one.Kind} {one.Path}").Should().Equal($"Modified {Of("d/in/x/f")}");
    }

    [Fact]
    public async Task A_followed_directory_is_not_removed_as_a_root_because_its_link_is_there()
    {
        await using var tree = await StartAsync("d/x", "f");
        await Driven(tree, tree.Monitor.AddRootAsync(new RootOptions { Path = Second, FollowedFrom = Of("a\nb") }, Token));

        (await tree.Monitor.Invoking(it => it.RemoveRootAsync(Second, Token)).Should().ThrowAsync<InvalidOperationException>())
            .Which.Message.Should().Contain(@"a\nb").And.Contain("remove the link, or take the directory out of FollowLinksInto").And.NotContain("\n");

        tree.Monitor.GetHealth().Roots.Should().HaveCount(2);
    }

    [Fact]
    public async Task A_source_that_cannot_add_roots_says_so_and_the_root_is_not_added()
    {
        await using var tree = await MonitoredTree.StartAsync(components: components =>
        {
            var scripted = components.Source!;
            components.Source = () => new Unchanging(scripted());
        });

        (await tree.Monitor.Invoking(it => it.AddRootAsync(Second, cancellationToken: Token)).Should().ThrowAsync<NotSupportedException>()).WithMessage("The source Unchanging cannot add a root while it runs.");

        tree.Monitor.GetHealth().Roots.Should().ContainSingle();
    }

    [Theory]
    [InlineData("d/x", true)]
    [InlineData("d/e", true)]
    [InlineData("d/e/x", false)]
    public async Task What_is_deeper_than_the_maximum_is_ignored(string path, bool isReported)
    {
        await using var tree = await MonitoredTree.StartAsync("d/ d/e/ d/e/old=1", options => options.Roots[0].MaxDepth = 2);

        await tree.PlayAsync($"write {path}.new 1; wait; rm d/e/old; wait; mv d/e d/moved; wait");

        (await tree.StopAndDescribeAsync()).Should().Be(isReported ? $"C {path}.new 1, R d/e→d/moved/" : "R d/e→d/moved/");
    }

    [Fact]
    public async Task What_is_moved_below_the_maximum_depth_counts_as_deleted_and_back_as_created()
    {
        await using var tree = await MonitoredTree.StartKnowingAsync("f=1 d/ d/e/", options => options.Roots[0].MaxDepth = 2);

        await tree.PlayAsync("mv f d/e/f; wait; mv d/e/f d/f; wait");

        (await tree.StopAndDescribeAsync()).Should().Be("D f 1, C d/f 1");
        tree.Monitor.GetHealth().KnownItems.Should().Be(3);
    }

    [Theory]
    [InlineData(IgnorePresets.EditorTemporaryFiles, ".notes.txt.swp .notes.txt.swo notes.txt~ #notes.txt# .#notes.txt ~$report.docx .~lock.report.odt# a.cs___jb_tmp___ .goutputstream-AB12CD d/.x.kate-swp ~WRL0001.tmp", "notes.txt .swp a.tmp report.docx 4913 .git/HEAD")]
    [InlineData(IgnorePresets.VersionControl, ".git/HEAD .git sub/.git .hg/store .svn/entries CVS/Root", ".gitignore git .github/x notes.txt~")]
    [InlineData(IgnorePresets.EditorTemporaryFiles | IgnorePresets.VersionControl, ".git/x a~", "a")]
    public void A_preset_ignores_what_its_programs_write_beside_a_file(IgnorePresets presets, string ignored, string kept)
    {
        var rules = FileMonitor.Patterns.IgnoreRules.Parse([], new RootOptions { IgnorePresets = presets }.AllIgnored, ignoreCase: false);

        ignored.Split(' ').Where(path => !rules.IsIgnored(path, isDirectory: false)).Should().BeEmpty();
        kept.Split(' ').Where(path => rules.IsIgnored(path, isDirectory: false)).Should().BeEmpty();
    }

    [Fact]
    public async Task Each_root_reports_what_its_own_options_say()
    {
        await using var tree = MonitoredTree.Create(configure: options =>
        {
            options.AddRoot(Second, root =>
            {
                root.Checksum.Enabled = false;
                root.Debounce.QuietPeriod = root.Debounce.MaxDelay = TimeSpan.FromHours(1);
            });
        });
        tree.Tree.Files.CreateDirectory(Second);
        await tree.Monitor.StartAsync(Token);
        tree.Tree.Files.CreateDirectory(Of("d"));
        tree.Tree.Files.WriteFile(Of("d/f"), "1");
        tree.Tree.Source.Hint(FileChangeKind.Created, "d", root: 1);
        await tree.PlayAsync("mkdir d; write f 1");
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Count == 2);
        var soon = tree.Sink.Events.Count;

        tree.Clock.Advance(TimeSpan.FromHours(1));
        await tree.SettleAsync();

        var events = await tree.StopAsync();
        soon.Should().Be(2);
        events.Select(one => $"{one.Kind} {one.RelativePath} {one.ChecksumStatus}").Should().Equal("Created d NotApplicable", "Created f Computed", "Created d NotApplicable", "Created d/f Disabled");
    }

    private static string Of(string path) => Path.Join(Second, path);

    private static async Task<MonitoredTree> StartAsync(params string[] files)
    {
        var tree = MonitoredTree.Create();
        foreach (var file in files)
        {
            tree.Tree.Files.WriteFile(Of(file), "1");
        }

        await tree.Monitor.StartAsync(Token);
        return tree;
    }

    /// <summary>A flush is part of it, which waits for the clock when a file is read again.</summary>
    private static async Task<FlushResult> Driven(MonitoredTree tree, Task<FlushResult> change)
    {
        await tree.UntilAsync(() => change.IsCompleted);
        return await change;
    }

    /// <summary>A host's own source, which knows nothing of roots that come later.</summary>
    private sealed class Unchanging(IChangeSource source) : IChangeSource
    {
        public string Name => nameof(Unchanging);

        public Task StartAsync(IReadOnlyList<MonitoredRoot> roots, IChangeWriter changes, CancellationToken cancellationToken) => source.StartAsync(roots, changes, cancellationToken);

        public ValueTask DisposeAsync() => source.DisposeAsync();
    }
}
