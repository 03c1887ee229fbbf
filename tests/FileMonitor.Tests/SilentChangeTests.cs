using FileMonitor.Extending;
using FileMonitor.Sources.Files;
using FileMonitor.Testing;
using FileMonitor.Tests.Replay;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests;

/// <summary>The snapshot changes by events and in no other way (guarantee G1), also where nothing but a checksum becomes known, and where a host's view fails half-way.</summary>
public sealed class SilentChangeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, "K a 1")]
    [InlineData(true, "K a 1, A a")]
    public async Task A_checksum_that_a_chmod_has_made_known_is_told(bool reportsAttributes, string expected)
    {
        await using var tree = await MonitoredTree.StartAsync("a=1", options => options.Report.AttributeChanges = reportsAttributes ? ItemAttributes.AllMetadata : ItemAttributes.None);
        await tree.PlayAsync("chmod a; wait; hint Modified a; wait");

        (await tree.StopAndDescribeAsync()).Should().Be(expected);
    }

    [Theory]
    [InlineData(false, "C a 1, M a 1→!Unreadable, K a 12")]
    [InlineData(true, "C a 1, M a 1→!Unreadable, K a 12, A a")]
    public async Task A_change_that_a_chmod_hid_and_a_chmod_showed_is_told_with_its_checksum(bool reportsAttributes, string expected)
    {
        await using var tree = await MonitoredTree.StartAsync(
            "", options => (options.Report.AttributeChanges, options.Checksum.Attempts) = (reportsAttributes ? ItemAttributes.AllMetadata : ItemAttributes.None, 1));
        await tree.PlayAsync("write a 1; wait; append a 2");
        tree.Tree.Files.Deny(tree.Tree.PathOf("a"));
        await tree.SettleAsync();
        tree.Tree.Files.Allow(tree.Tree.PathOf("a"));
        await tree.PlayAsync("chmod a; wait");

        (await tree.StopAndDescribeAsync()).Should().Be(expected);
    }

    [Theory]
    [InlineData(ItemAttributes.None, true, "")]
    [InlineData(ItemAttributes.None, false, "")]
    [InlineData(ItemAttributes.Mode, true, "A a, A a")]
    [InlineData(ItemAttributes.Mode, false, "A a, K a 1, A a")]
    public async Task A_chmod_that_takes_the_right_to_read_is_no_change_of_the_content(ItemAttributes reported, bool isKnown, string expected)
    {
        await using var tree = isKnown ? await MonitoredTree.StartKnowingAsync("a=1", Configure) : await MonitoredTree.StartAsync("a=1", Configure);
        tree.Tree.SetMode("a", UnixFileMode.None);
        tree.Tree.Files.Deny(tree.Tree.PathOf("a"));
        await tree.SettleAsync();
        tree.Tree.SetMode("a", UnixFileMode.UserRead);
        tree.Tree.Files.Allow(tree.Tree.PathOf("a"));
        await tree.SettleAsync();

        (await tree.StopAsync()).Where(one => one.Kind != AuditEventKind.ChecksumUpdated || reported != ItemAttributes.None).Should().NotContain(one => one.Kind == AuditEventKind.Modified);
        tree.Describe(tree.Sink.Events.Where(one => one.Kind != AuditEventKind.ChecksumUpdated || reported != ItemAttributes.None)).Should().Be(expected);

        void Configure(FileMonitorOptions options) => options.Report.AttributeChanges = reported;
    }

    [Fact]
    public async Task A_write_to_a_file_that_may_not_be_read_is_told_as_it_is()
    {
        await using var tree = await MonitoredTree.StartKnowingAsync("a=1");
        tree.Tree.SetMode("a", UnixFileMode.None);
        tree.Tree.Files.Deny(tree.Tree.PathOf("a"));
        await tree.SettleAsync();
        tree.Tree.WriteFile("a", "2"u8);

        (await tree.StopAndDescribeAsync()).Should().Be("M a 1→!Unreadable");
    }

    [Fact]
    public async Task A_checksum_of_the_baseline_that_comes_after_its_event_is_told()
    {
        await using var tree = MonitoredTree.Create("a=1", options =>
        {
            options.Report.Baseline = options.Checksum.Baseline = true;

            // The clock goes on while the file is held.
            options.Checksum.ReadTimeout = TimeSpan.Zero;
        });
        using var release = new ManualResetEventSlim();
        tree.Tree.Files.OnRead = _ => release.Wait(Token);
        await tree.PlayAsync("start");
        await tree.UntilAsync(() => tree.Monitor.GetHealth().FilesBeingRead == 1);
        await tree.PlayAsync("mv a b");
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Count == 2);
        release.Set();
        await tree.SaidAsync(said => said.Sha256 is not null);

        (await tree.StopAndDescribeAsync()).Should().Be("B a !NotComputed, R a→b, K b 1");
    }

    [Theory]
    [InlineData("a=1", "mv a b", "hint Renamed b a", "B a !NotComputed, R a→b, K b 1")]
    [InlineData("a=1 d/", "mv a d/b", "hint Renamed d/b a", "B a !NotComputed, R a→d/b, K d/b 1")]
    [InlineData("d/a=1", "mv d e", "hint Renamed e d", "B d/a !NotComputed, R d→e/, K e/a 1")]
    [InlineData("d/a=1", "mv d e", "hint Renamed e d; mv e d", "B d/a !NotComputed, K d/a 1")]
    [InlineData("a=1", "mv a b; write a 2", "hint Renamed b a; hint Created a", "B a !NotComputed, R a→b, C a 2, K b 1")]
    [InlineData("a=1 b=2", "mv a t; mv b a; mv t b", "hint Renamed t a; hint Renamed a b; hint Renamed b t", "B a !NotComputed, B b !NotComputed, R a→t, R b→a, R t→b, K b 1, K a 2")]
    [InlineData("a=1", "mv a b", "hint Renamed b a; append b 2", "B a !NotComputed, R a→b, M b ?→12")]
    [InlineData("a=1", "rm a", "hint Deleted a", "B a !NotComputed, D a !NotComputed")]
    public async Task A_file_of_the_baseline_that_was_moved_before_it_was_opened_is_read_by_its_new_name(string before, string unheard, string heard, string expected)
    {
        await using var tree = await StartMovingAsync(before, unheard, reportsBaseline: true);
        await tree.PlayAsync(heard);
        (await tree.FlushAsync()).IsComplete.Should().BeTrue();

        var said = tree.Sink.Events.Where(one => one is not { Kind: AuditEventKind.Baseline, ItemType: ItemType.Directory });
        tree.Describe(said).Should().Be(expected, "the flush has waited for the whole baseline");
        await tree.StopAsync();
    }

    [Fact]
    public async Task A_file_of_the_baseline_that_was_away_when_it_was_to_be_read_is_tried_again_after_a_pause()
    {
        await using var tree = await StartMovingAsync("d/a=1", "mv d e", reportsBaseline: true);
        tree.Tree.Silent = true;
        await tree.PlayAsync("mv e d");
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Any(said => said.Sha256 is not null));

        (await tree.StopAndDescribeAsync()).Should().EndWith("B d/a !NotComputed, K d/a 1");
    }

    [Fact]
    public async Task A_baseline_that_is_not_told_is_read_by_the_new_name_too()
    {
        await using var tree = await StartMovingAsync("a=1", "mv a b", reportsBaseline: false);
        await tree.PlayAsync("hint Renamed b a");
        await tree.AdvanceUntilAsync(() => tree.Counters.ChecksumFiles == 1);
        await tree.PlayAsync("rm b; wait");

        (await tree.StopAndDescribeAsync()).Should().Be("R a→b, D b 1");
    }

    /// <summary>Started, with something done between the choice to read the file a and its opening, of which no hint has come yet.</summary>
    private static async Task<MonitoredTree> StartMovingAsync(string before, string unheard, bool reportsBaseline)
    {
        var tree = MonitoredTree.Create(before, options =>
        {
            options.Checksum.Baseline = true;
            options.Report.Baseline = reportsBaseline;
            options.Checksum.Concurrency = 1;
        });
        var isOpened = false;
        tree.Tree.Files.OnOpen = path =>
        {
            if (Path.GetFileName(path) == "a")
            {
                tree.Tree.Files.OnOpen = null;
                tree.Tree.Silent = true;
                _ = tree.PlayAsync(unheard);
                tree.Tree.Silent = false;
                Volatile.Write(ref isOpened, true);
            }
        };
        await tree.PlayAsync("start");
        await tree.UntilAsync(() => Volatile.Read(ref isOpened) && tree.Monitor.GetHealth() is { FilesBeingRead: 0, FilesWaitingToBeRead: 0 });
        await tree.UntilAsync(() => !reportsBaseline || tree.Sink.Events.Any(said => said.RelativePath.EndsWith('a')));
        return tree;
    }

    [Theory]
    [InlineData("ln l to; wait", "", 1, "C l @to")]
    [InlineData("ln l to; wait", "", 2, "C l @to")]
    [InlineData("rm l; ln l other; wait", "l@to", 1, "M l ?→@other")]
    [InlineData("rm l; ln l other; wait", "l@to", 2, "M l ?→@other")]
    [InlineData("chmod l; wait", "l@to", 1, "A l")]
    [InlineData("chmod l; wait", "l@to", 2, "A l")]
    public async Task Where_the_view_fails_half_way_the_change_is_told_when_it_does_not_fail_any_more(string script, string before, int failing, string expected)
    {
        var (asked, isStarted) = (0, false);
        await using var tree = await MonitoredTree.StartAsync(
            before,
            options => options.Report.AttributeChanges = ItemAttributes.AllMetadata,
            parts => parts.FileView = new HookedView(parts.FileView!)
            {
                OnLink = () =>
                {
                    if (isStarted && ++asked == failing)
                    {
                        throw new InvalidOperationException("A host's defect.");
                    }
                },
            });
        tree.ExpectsDefects = true;
        isStarted = true;
        await tree.PlayAsync(script);
        await tree.FlushAsync();
        await tree.AdvanceUntilAsync(() => tree.Monitor.GetHealth().OpenGaps.Count == 0);

        (await tree.StopAndDescribeAsync()).Replace("X InternalError, ", "", StringComparison.Ordinal).Should().Contain(expected);
    }

    [Fact]
    public async Task Content_that_was_written_before_the_baseline_was_summed_is_no_part_of_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "A comparison looks at the change time.");
        var home = Directory.CreateTempSubdirectory("filemonitor-");
        try
        {
            var path = Path.Join(home.FullName, "a");
            await File.WriteAllTextAsync(path, "1", Token);
            var written = File.GetLastWriteTimeUtc(path);
            var options = new FileMonitorOptions { Source = ChangeSourceKind.Inotify };
            options.AddRoot(home.FullName);
            options.Checksum.Baseline = true;
            var hasOpened = 0;
            var sink = new CapturingSink();
            var parts = new FileMonitorComponents
            {
                FileView = new HookedView(new DiskFileView())
                {
                    OnOpen = () =>
                    {
                        if (Interlocked.Exchange(ref hasOpened, 1) == 0)
                        {
                            File.WriteAllText(path, "2");
                            File.SetLastWriteTimeUtc(path, written);
                        }
                    },
                },
            };
            parts.AddSink(sink, SinkPromise.Required, "seen");
            var audit = new TurnAudit(options);
            await using (var monitor = FileSystemMonitor.Create(options, parts, audit))
            {
                await monitor.StartAsync(Token);
                await sink.WaitForAsync(said => said.Count > 0, Token).WaitAsync(TimeSpan.FromSeconds(30), Token);
            }

            sink.Events.Should().ContainSingle().Which.Kind.Should().Be(AuditEventKind.Modified);
            audit.Wrong.Should().BeEmpty();
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }

    /// <summary>A host's view that does something first.</summary>
    private sealed class HookedView(IFileView inner) : IFileView
    {
        public Action? OnLink { get; init; }

        public Action? OnOpen { get; init; }

        public FileStatus GetStatus(string root, string relativePath) => inner.GetStatus(root, relativePath);

        public string? GetLinkTarget(string root, string relativePath, out FileStatus link)
        {
            OnLink?.Invoke();
            return inner.GetLinkTarget(root, relativePath, out link);
        }

        public FileOpening Open(string root, string relativePath)
        {
            OnOpen?.Invoke();
            return inner.Open(root, relativePath);
        }

        public FileStatusOutcome List(string root, string relativeDirectory, Action<string, FileStatus> found) => inner.List(root, relativeDirectory, found);
    }
}
