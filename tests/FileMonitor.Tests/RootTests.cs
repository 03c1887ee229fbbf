using FileMonitor.Extending;
using FileMonitor.Testing;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests;

/// <summary>Guarantee G7: a root that is gone, replaced or closed is said to be so, and nothing is concluded from what is not found there.</summary>
public sealed class RootTests
{
    // So long that the test's clock does not run past the patience for one look, five times this, while a busy machine gets nothing done.
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_root_that_is_deleted_is_lost_and_nothing_in_it_is_said_to_be_deleted()
    {
        await using var tree = await StartAsync("a=1 d/x=2");
        var started = tree.Clock.GetUtcNow();
        tree.Monitor.GetHealth().Roots[0].UnavailableSince.Should().BeNull();
        tree.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await tree.PlayAsync("rm -r d; rm a");
        tree.Tree.Files.Delete(tree.Tree.Root);
        await tree.AdvanceUntilAsync(() => Said(tree, AuditEventKind.Gap));
        await tree.SettleAsync();

        tree.Describe(tree.Sink.Events).Should().Be("RootLost, X RootLost");
        var health = tree.Monitor.GetHealth();
        health.Roots.Should().ContainSingle().Which.Should().BeEquivalentTo(new { IsAvailable = false, Path = tree.Tree.Root });
        health.Roots[0].Problem.Should().NotBeNullOrEmpty();
        health.Roots[0].UnavailableSince.Should().BeAfter(started).And.BeOnOrBefore(tree.Clock.GetUtcNow());
        health.OpenGaps.Should().ContainSingle().Which.Should().BeEquivalentTo(new { Number = 1L, Cause = GapCause.RootLost, Root = tree.Tree.Root, RelativePath = "" });
        health.KnownItems.Should().Be(3, "it may come back as it was");
        await tree.StopAsync();
    }

    [Fact]
    public async Task A_source_that_finds_it_again_first_opens_no_second_gap()
    {
        await using var tree = await StartAsync("a=1");
        tree.Tree.Files.Delete(tree.Tree.Root, recursive: true);
        await tree.AdvanceUntilAsync(() => Said(tree, AuditEventKind.Gap));

        // Said before it is there: said later, the monitor may have found it by itself already, and then this is a loss of its own.
        tree.Tree.Source.Lose("", GapCause.SourceRestarted, "It is there again.");
        tree.Tree.Files.CreateDirectory(tree.Tree.Root);

        // Heard of by the sink, and not only gone from health: what is described below has to be complete.
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Any(said => said.Gap?.Phase == GapPhase.Closed));

        (await tree.StopAndDescribeAsync()).Should().Be("RootLost, X RootLost, RootRestored, D a 1, /X RootLost");
    }

    [Fact]
    public async Task It_is_noticed_though_nobody_says_anything()
    {
        await using var tree = await StartAsync("a=1");
        tree.Tree.Files.Delete(tree.Tree.Root, recursive: true);
        await tree.AdvanceUntilAsync(() => Said(tree, AuditEventKind.Gap));

        (await tree.StopAndDescribeAsync()).Should().Be("RootLost, X RootLost");
    }

    [Theory]
    [InlineData(FileStatusOutcome.Inaccessible)]
    [InlineData(FileStatusOutcome.Failed)]
    [InlineData(FileStatusOutcome.Missing)]
    public async Task A_root_that_can_not_be_looked_at_is_lost_and_comes_back_as_it_was(FileStatusOutcome outcome)
    {
        await using var tree = await StartAsync("a=1 d/x=2");
        tree.Tree.Files.SetOutcome(tree.Tree.Root, outcome);
        await tree.AdvanceUntilAsync(() => Said(tree, AuditEventKind.Gap));
        tree.Tree.Files.SetOutcome(tree.Tree.Root, FileStatusOutcome.Found);
        await tree.AdvanceUntilAsync(() => IsWhole(tree));

        (await tree.StopAndDescribeAsync()).Should().Be("RootLost, X RootLost, RootRestored, /X RootLost");
        tree.Tree.Source.Rearmed.Should().HaveCount(1);
    }

    [Fact]
    public async Task Hints_about_a_lost_root_are_about_nothing()
    {
        await using var tree = await StartAsync("a=1");
        tree.Tree.Files.SetOutcome(tree.Tree.Root, FileStatusOutcome.Missing);
        await tree.AdvanceUntilAsync(() => Said(tree, AuditEventKind.Gap));
        await tree.PlayAsync("hint Deleted a; hint Created b; hint Renamed c a; hint Created d; wait");

        (await tree.StopAndDescribeAsync()).Should().Be("RootLost, X RootLost");
        tree.Counters.Should().BeEquivalentTo(new { Received = 4L, Emitted = 0L, Transient = 0L, Lost = 0L });
    }

    [Fact]
    public async Task Hints_about_what_is_in_its_place_and_not_armed_yet_are_about_nothing_either()
    {
        await using var tree = await StartAsync("a=1");
        tree.Tree.Source.Rearming = _ => throw new IOException("no watch left");
        tree.Tree.Files.Move(tree.Tree.Root, "/elsewhere");
        tree.Tree.Files.WriteFile(tree.Tree.PathOf("b"), "2");
        await tree.AdvanceUntilAsync(() => Said(tree, AuditEventKind.Gap));
        await tree.PlayAsync("hint Created b; hint Deleted a");
        await tree.UntilAsync(() => tree.Counters.Received == 2);
        await tree.SettleAsync();

        (await tree.StopAndDescribeAsync()).Should().Be("RootLost, X RootLost");
    }

    [Fact]
    public async Task A_root_that_is_back_is_armed_first_then_said_to_be_back_then_its_differences_and_then_the_gap_is_closed()
    {
        await using var tree = await StartAsync("a=1 b=2 d/x=3");
        tree.Tree.Files.Delete(tree.Tree.Root, recursive: true);
        await tree.AdvanceUntilAsync(() => Said(tree, AuditEventKind.Gap));
        tree.Tree.Silent = true;
        await tree.PlayAsync("write a 1; write b new; write c 4");
        await tree.AdvanceUntilAsync(() => IsWhole(tree));
        var said = await tree.StopAsync();

        tree.Describe(said).Split(", ").Should().StartWith(["RootLost", "X RootLost", "RootRestored"]).And.EndWith("/X RootLost");
        tree.Describe(said.Skip(3).SkipLast(1)).Split(", ").Should().BeEquivalentTo("M b 2→new", "C c 4", "D d/x 3", "D d/");
        said.Skip(3).SkipLast(1).Should().OnlyContain(one => one.Origin == AuditEventOrigin.Reconciled);
        said[^1].Should().BeEquivalentTo(new { Gap = new { Number = 1L, Found = 4L, FirstSequence = 2L, LastSequence = said[^1].Sequence } });
        tree.Tree.Source.Rearmed.Should().HaveCount(1);
        tree.Monitor.GetHealth().OpenGaps.Should().BeEmpty();
    }

    [Fact]
    public async Task Another_directory_in_its_place_is_a_loss_and_is_compared()
    {
        await using var tree = await StartAsync("a=1");
        tree.Tree.Files.Move(tree.Tree.Root, "/elsewhere");
        tree.Tree.Files.WriteFile(tree.Tree.PathOf("a"), "1");
        tree.Tree.Files.WriteFile(tree.Tree.PathOf("n"), "");
        await tree.AdvanceUntilAsync(() => IsWhole(tree));

        tree.Describe(tree.Sink.Events.Take(3)).Should().Be("RootLost, X RootLost, RootRestored");
        tree.Sink.Events.Should().NotContain(said => said.Kind == AuditEventKind.Deleted);
        tree.Sink.Events.Should().ContainSingle(said => said.Kind == AuditEventKind.Created && said.RelativePath == "n");
        await tree.StopAsync();
    }

    [Fact]
    public async Task A_root_that_is_lost_again_before_it_was_compared_is_told_with_a_gap_of_its_own_each_time()
    {
        using var mayList = new ManualResetEventSlim(initialState: true);
        await using var tree = await StartAsync("a=1", _ => { }, _ => { }, parts => parts.FileView = new HeldListing(parts.FileView!, mayList));
        mayList.Reset();
        for (var time = 1; time <= 3; time++)
        {
            tree.Tree.Files.Move(tree.Tree.Root, $"/elsewhere{time}");
            tree.Tree.Files.WriteFile(tree.Tree.PathOf("a"), "1");
            tree.Tree.Files.WriteFile(tree.Tree.PathOf("n"), "");
            await tree.AdvanceUntilAsync(() => tree.Sink.Events.Count(said => said.Kind == AuditEventKind.RootRestored) == time);
        }

        mayList.Set();
        await tree.AdvanceUntilAsync(() => IsWhole(tree));
        var said = await tree.StopAsync();

        string[] eachTime = ["RootLost", "X RootLost", "RootRestored"];
        tree.Describe(said).Split(", ").Should().StartWith([.. eachTime, .. eachTime, .. eachTime]).And.EndWith(["/X RootLost", "/X RootLost", "/X RootLost"]);
        var gaps = said.Where(one => one.Kind == AuditEventKind.Gap).ToList();
        gaps.Select(gap => gap.Gap!.Number).Should().Equal(1, 2, 3, 1, 2, 3);
        gaps.Skip(3).Select(gap => gap.Gap!.FirstSequence).Should().Equal(2, 5, 8);
        said.Should().ContainSingle(one => one.Kind == AuditEventKind.Created && one.RelativePath == "n");
    }

    [Fact]
    public async Task A_file_in_its_place_is_no_root()
    {
        await using var tree = await StartAsync("a=1");
        tree.Tree.Files.Delete(tree.Tree.Root, recursive: true);
        tree.Tree.Files.WriteFile(tree.Tree.Root, "");
        await tree.PlayAsync("hint Deleted a");
        await tree.AdvanceUntilAsync(() => Said(tree, AuditEventKind.Gap));
        await tree.AdvanceUntilAsync(() => tree.Monitor.GetHealth().Roots[0].Problem?.Contains("is a file", StringComparison.Ordinal) == true);

        (await tree.StopAndDescribeAsync()).Should().Be("RootLost, X RootLost");
    }

    [Fact]
    public async Task A_root_that_cannot_be_armed_stays_lost_until_it_can()
    {
        await using var tree = await StartAsync("a=1");
        var refusals = 0;
        tree.Tree.Source.Rearming = _ => refusals++ < 3 ? throw new IOException("no watch left") : Task.CompletedTask;
        tree.Tree.Files.SetOutcome(tree.Tree.Root, FileStatusOutcome.Failed);
        await tree.AdvanceUntilAsync(() => Said(tree, AuditEventKind.Gap));
        tree.Tree.Files.SetOutcome(tree.Tree.Root, FileStatusOutcome.Found);
        await tree.AdvanceUntilAsync(() => tree.Monitor.GetHealth().Roots[0].Problem?.Contains("no watch left", StringComparison.Ordinal) == true);
        await tree.AdvanceUntilAsync(() => IsWhole(tree));

        refusals.Should().Be(4);
        (await tree.StopAndDescribeAsync()).Should().Be("RootLost, X RootLost, RootRestored, /X RootLost");
    }

    [Fact]
    public async Task A_root_that_is_missing_at_the_start_is_watched_once_it_is_there()
    {
        await using var tree = MonitoredTree.Create("", options =>
        {
            options.RootsMustExist = false;
            options.Recovery.RootCheckInterval = Interval;
        });
        tree.Tree.Files.Delete(tree.Tree.Root);
        await tree.Monitor.StartAsync(Token);
        tree.Tree.Silent = true;
        await tree.SaidAsync(said => said.Kind == AuditEventKind.Gap);
        await tree.PlayAsync("write a 1");
        await tree.AdvanceUntilAsync(() => IsWhole(tree));

        (await tree.StopAndDescribeAsync()).Should().Be("RootLost, X RootLost, RootRestored, C a 1, /X RootLost");
    }

    [Fact]
    public async Task What_happens_in_another_root_goes_on_being_told()
    {
        await using var tree = await StartAsync("a=1", options => options.AddRoot(MonitoredTree.OtherRoot), files => files.CreateDirectory(MonitoredTree.OtherRoot));
        tree.Tree.Files.SetOutcome(tree.Tree.Root, FileStatusOutcome.Missing);
        await tree.AdvanceUntilAsync(() => Said(tree, AuditEventKind.Gap));
        tree.Tree.Files.WriteFile(Path.Join(MonitoredTree.OtherRoot, "b"), "2");
        tree.Tree.Source.Hint(FileChangeKind.Created, "b", root: 1);
        await tree.SettleAsync();

        var said = await tree.SaidAsync(one => one.Kind == AuditEventKind.Created);
        said.Should().ContainSingle(one => one.Kind == AuditEventKind.Created).Which.Root.Should().Be(MonitoredTree.OtherRoot);
        tree.Monitor.GetHealth().Roots.Select(root => root.IsAvailable).Should().Equal(false, true);
        await tree.StopAsync();
    }

    [Fact]
    public async Task A_root_that_was_closed_and_then_lost_has_no_gap_left_once_it_is_back()
    {
        await using var tree = await StartAsync("a=1");
        tree.Tree.Files.Deny(tree.Tree.Root);
        tree.Tree.Source.Lose("", GapCause.SourceOverflow, "");
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Any(said => said.Gap?.Cause == GapCause.Inaccessible));
        tree.Tree.Files.SetOutcome(tree.Tree.Root, FileStatusOutcome.Missing);
        await tree.AdvanceUntilAsync(() => Said(tree, AuditEventKind.RootLost));
        tree.Tree.Files.Allow(tree.Tree.Root);
        tree.Tree.Files.SetOutcome(tree.Tree.Root, FileStatusOutcome.Found);
        await tree.AdvanceUntilAsync(() => IsWhole(tree));

        tree.Describe(tree.Sink.Events).Split(", ").Should().Contain("/X Inaccessible", "/X RootLost");
        await tree.StopAsync();
    }

    private static Task<MonitoredTree> StartAsync(string before) => StartAsync(before, _ => { }, _ => { });

    private static async Task<MonitoredTree> StartAsync(
        string before, Action<FileMonitorOptions> configure, Action<InMemoryFileView> fill, Action<FileMonitorComponents>? components = null)
    {
        var tree = MonitoredTree.Create(
            before,
            options =>
            {
                options.Recovery.RootCheckInterval = Interval;
                options.Checksum.Baseline = true;
                configure(options);
            },
            components);
        fill(tree.Tree.Files);
        await tree.Monitor.StartAsync(Token);
        await tree.UntilAsync(() => tree.Counters.ChecksumFiles == before.Split(' ').Length);
        return tree;
    }

    private static bool Said(MonitoredTree tree, AuditEventKind kind) => tree.Sink.Events.Any(said => said.Kind == kind);

    private static bool IsWhole(MonitoredTree tree) =>
        tree.Sink.Events is [.., { Kind: AuditEventKind.Gap, Gap.Phase: GapPhase.Closed }] && tree.Monitor.GetHealth().OpenGaps.Count == 0;

    /// <summary>Keeps whoever lists a directory waiting until the test lets him: the comparison does not get on.</summary>
    private sealed class HeldListing(IFileView inner, ManualResetEventSlim mayList) : IFileView
    {
        public FileStatus GetStatus(string root, string relativePath) => inner.GetStatus(root, relativePath);

        public string? GetLinkTarget(string root, string relativePath, out FileStatus link) => inner.GetLinkTarget(root, relativePath, out link);

        public FileOpening Open(string root, string relativePath) => inner.Open(root, relativePath);

        public FileStatusOutcome List(string root, string relativeDirectory, Action<string, FileStatus> found)
        {
            mayList.Wait(Token);
            return inner.List(root, relativeDirectory, found);
        }
    }
}
