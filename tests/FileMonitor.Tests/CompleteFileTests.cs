using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests;

/// <summary><see cref="ReportWhen.Closed"/>: files are reported when they are complete; <see cref="AuditEvent.Writers"/> says what was known.</summary>
public sealed class CompleteFileTests
{
    private static readonly TimeSpan MaxHold = TimeSpan.FromHours(10);
    private static readonly TimeSpan Stability = TimeSpan.FromMinutes(30);

    [Fact]
    public async Task A_file_that_is_written_in_pieces_is_reported_once_when_it_is_closed()
    {
        await using var tree = await StartAsync();
        await tree.PlayAsync("open a; append a 1");
        await HeldAsync(tree);
        await tree.PlayAsync("advance 3000; append a 2; advance 3000; append a 3; advance 3000");
        await HeldAsync(tree);
        tree.Sink.Events.Should().BeEmpty("the writer has not closed it");

        await tree.PlayAsync("close a; wait");

        var told = (await tree.StopAsync()).Should().ContainSingle().Subject;
        told.Writers.Should().Be(FileWriters.None);
        tree.Describe([told]).Should().Be("C a 123");
    }

    [Fact]
    public async Task A_known_file_that_is_written_is_reported_when_it_is_closed()
    {
        await using var tree = await StartAsync("a=1");
        await tree.PlayAsync("open a; write a 2");
        await HeldAsync(tree);
        await tree.PlayAsync("write a 3; close a; wait");

        (await tree.StopAndDescribeAsync()).Should().Be("M a 1→3");
    }

    [Fact]
    public async Task Where_nobody_reports_the_closing_the_file_is_asked_again()
    {
        await using var tree = await StartAsync();
        await tree.PlayAsync("open a; append a 1");
        await HeldAsync(tree);
        tree.Tree.Files.SetWriters(tree.Tree.PathOf("a"), FileWriters.None);
        await tree.PlayAsync("wait");

        (await tree.StopAndDescribeAsync()).Should().Be("C a 1");
    }

    [Fact]
    public async Task That_a_held_file_is_missing_when_it_is_asked_again_is_no_deletion()
    {
        await using var tree = await StartAsync("d/ a=1");
        await tree.PlayAsync("open a; write a 2");
        await HeldAsync(tree);
        tree.Tree.Silent = true;
        await tree.PlayAsync("mv a d/a");
        tree.Tree.Files.SetWriters(tree.Tree.PathOf("d/a"), FileWriters.None);

        // Asked again by its own time, and long after that the comparison of a polled root finds both names.
        tree.Clock.Advance(TimeSpan.FromSeconds(10));
        await tree.SettleAsync();
        tree.Sink.Events.Should().BeEmpty();
        var compared = tree.Tree.Source.CompareAsync("");
        await tree.AdvanceUntilAsync(() => compared.IsCompleted);
        await tree.SettleAsync();

        (await tree.StopAndDescribeAsync()).Should().StartWith("R a→d/a").And.NotContain("D a");
    }

    [Fact]
    public async Task A_file_that_is_open_for_ever_is_reported_as_it_is()
    {
        await using var tree = await StartAsync();
        await tree.PlayAsync("open a; append a 1");
        await HeldAsync(tree);
        tree.Clock.Advance(MaxHold);
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Count > 0);

        tree.Sink.Events.Should().ContainSingle().Which.Writers.Should().Be(FileWriters.Open);
        await tree.PlayAsync("append a 2; close a; wait");
        (await tree.StopAndDescribeAsync()).Should().Be("C a 1, M a 1→12");
    }

    [Fact]
    public async Task A_file_that_was_reported_while_it_was_open_is_reported_when_it_is_closed_though_nothing_was_written_since()
    {
        await using var tree = await StartAsync();
        await tree.PlayAsync("open a; append a 1");
        await HeldAsync(tree);
        tree.Clock.Advance(MaxHold);
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Count > 0);
        await HeldAsync(tree);
        tree.Clock.Advance(MaxHold * 2);
        await HeldAsync(tree);
        tree.Sink.Events.Should().ContainSingle("it is as it was reported").Which.Writers.Should().Be(FileWriters.Open);

        // No source says so: it is asked.
        tree.Tree.Files.SetWriters(tree.Tree.PathOf("a"), FileWriters.None);
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Count > 1);
        await tree.PlayAsync("hint Modified a; wait");

        (await tree.StopAndDescribeAsync()).Should().Be("C a 1, K a 1");
        tree.Sink.Events[1].Writers.Should().Be(FileWriters.None);
    }

    [Fact]
    public async Task A_file_that_is_not_read_is_reported_when_it_is_closed_too()
    {
        await using var tree = await StartAsync("", options => options.Checksum.MaxFileBytes = 0);
        await tree.PlayAsync("open a; append a 1");
        await HeldAsync(tree);
        tree.Clock.Advance(MaxHold);
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Count > 0);
        await HeldAsync(tree);
        tree.Tree.Files.SetWriters(tree.Tree.PathOf("a"), FileWriters.None);
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Count > 1);

        (await tree.StopAndDescribeAsync()).Should().Be("C a !TooLarge, K a !TooLarge");
        tree.Sink.Events.Select(one => one.Writers).Should().Equal(FileWriters.Open, FileWriters.None);
    }

    [Fact]
    public async Task A_file_of_the_baseline_that_is_open_is_reported_when_it_is_closed()
    {
        await using var tree = MonitoredTree.Create("a=1", options =>
        {
            options.Roots[0].ReportWhen = ReportWhen.Closed;
            options.Checksum.Baseline = options.Report.Baseline = true;
        });
        tree.Tree.Files.SetWriters(tree.Tree.PathOf("a"), FileWriters.Open);
        await tree.PlayAsync("start");
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Count > 0);
        tree.Sink.Events[0].Writers.Should().Be(FileWriters.Open);
        tree.Tree.Files.SetWriters(tree.Tree.PathOf("a"), FileWriters.None);
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Count > 1);

        (await tree.StopAndDescribeAsync()).Should().Be("B a 1, K a 1");
    }

    [Fact]
    public async Task A_known_file_that_is_renamed_while_it_is_open_is_reported_when_it_is_closed()
    {
        await using var tree = await StartAsync("a=1");
        tree.Tree.Files.SetWriters(tree.Tree.PathOf("a"), FileWriters.Open);
        await tree.PlayAsync("mv a b");
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Count > 0);
        tree.Sink.Events[0].Writers.Should().Be(FileWriters.Open);
        tree.Tree.Files.SetWriters(tree.Tree.PathOf("b"), FileWriters.None);
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Count > 1);

        (await tree.StopAndDescribeAsync()).Should().Be("R a→b, K b 1");
    }

    [Fact]
    public async Task A_file_that_is_still_open_at_the_stop_is_not_reported_again()
    {
        await using var tree = await StartAsync();
        await tree.PlayAsync("open a; append a 1");
        await HeldAsync(tree);
        tree.Clock.Advance(MaxHold);
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Count > 0);

        (await tree.StopAndDescribeAsync()).Should().Be("C a 1");
    }

    [Fact]
    public async Task Where_writers_cannot_be_known_a_file_is_complete_when_it_is_the_same_for_a_period()
    {
        await using var tree = await StartAsync();
        await tree.PlayAsync("write a 1");
        tree.Tree.Files.SetWriters(tree.Tree.PathOf("a"), FileWriters.Unknown);
        await HeldAsync(tree);
        tree.Clock.Advance(Stability / 2);
        await tree.PlayAsync("append a 2");
        var written = tree.Clock.GetUtcNow();
        tree.Sink.Events.Should().BeEmpty("it was the same for less than the period");

        tree.Clock.Advance(Stability / 2);
        await tree.SettleAsync();
        var told = (await tree.StopAsync()).Should().ContainSingle().Subject;
        told.OccurredAt.Should().Be(written);
        (told.SettledAt - written).Should().BeGreaterThanOrEqualTo(Stability, "the write begins the period anew");
        told.Writers.Should().Be(FileWriters.Unknown);
        tree.Describe([told]).Should().Be("C a 12");
    }

    [Fact]
    public async Task A_file_that_is_renamed_into_place_is_complete_even_where_writers_cannot_be_known()
    {
        await using var tree = await StartAsync(configure: options => options.Roots[0].Ignore.Add("*.part"));
        await tree.PlayAsync("write a.part 1; wait");
        tree.Tree.Files.SetWriters(tree.Tree.PathOf("a.part"), FileWriters.Unknown);
        await tree.PlayAsync("mv a.part a");
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Count > 0);

        tree.Monitor.GetHealth().HeldFiles.Should().Be(0);
        (await tree.StopAndDescribeAsync()).Should().Be("C a 1");
    }

    [Fact]
    public async Task A_rename_is_reported_at_once_and_what_is_written_when_it_is_complete()
    {
        await using var tree = await StartAsync("a=1");
        await tree.PlayAsync("open a; write a 2");
        await HeldAsync(tree);
        await tree.PlayAsync("mv a b");
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Count > 0);
        tree.Sink.Events.Should().ContainSingle().Which.Writers.Should().Be(FileWriters.Open);

        await tree.PlayAsync("close b; wait");
        (await tree.StopAndDescribeAsync()).Should().Be("R a→b, M b 1→2");
    }

    [Theory]
    [InlineData("rm a", "D a 1")]
    [InlineData("mv d e", "R d→e/, M a 1→2")]
    [InlineData("rm a; mkdir a", "D a 1, C a/")]
    public async Task What_happens_to_names_does_not_wait_for_a_file_that_is_open(string then, string expected)
    {
        await using var tree = await StartAsync("a=1 d/");
        await tree.PlayAsync("open a; write a 2");
        await HeldAsync(tree);
        await tree.PlayAsync(then);
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Count > 0);
        if (tree.Tree.Files.GetStatus(tree.Tree.PathOf("a")).ItemType == ItemType.File && !then.StartsWith("rm", StringComparison.Ordinal))
        {
            await tree.PlayAsync("close a");
        }

        await tree.PlayAsync("wait");
        (await tree.StopAndDescribeAsync()).Should().Be(expected);
    }

    [Fact]
    public async Task A_directory_with_an_open_file_is_moved_and_the_file_reported_there()
    {
        await using var tree = await StartAsync("d/");
        await tree.PlayAsync("open d/a; append d/a 1");
        await HeldAsync(tree);
        await tree.PlayAsync("mv d e");
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Count > 0);
        await tree.PlayAsync("append e/a 2; close e/a; wait");

        (await tree.StopAndDescribeAsync()).Should().Be("R d→e/, C e/a 12");
    }

    [Fact]
    public async Task A_flush_reports_complete_files_at_once_and_says_that_others_are_held()
    {
        await using var tree = await StartAsync(configure: options => options.Debounce.QuietPeriod = options.Debounce.MaxDelay = TimeSpan.FromHours(1));
        await tree.PlayAsync("write done 1; open a; append a 1");
        var flushed = await tree.FlushAsync();

        tree.Describe(tree.Sink.Events).Should().Be("C done 1");
        flushed.IsComplete.Should().BeFalse();
        flushed.Degradations.Should().ContainSingle().Which.Should().Contain("1 file is held back, because it is not complete");

        tree.Tree.Files.SetWriters(tree.Tree.PathOf("a"), FileWriters.None);
        (await tree.FlushAsync()).IsComplete.Should().BeTrue();
        (await tree.StopAndDescribeAsync()).Should().Be("C done 1, C a 1");
    }

    [Fact]
    public async Task A_verification_does_not_call_a_file_different_that_is_held()
    {
        await using var tree = await StartAsync();
        await tree.PlayAsync("open a; append a 1");
        await HeldAsync(tree);
        var verified = await tree.Monitor.VerifyAsync(checksums: false, TestContext.Current.CancellationToken);

        verified.DifferenceCount.Should().Be(0);
        verified.Problems.Should().ContainSingle().Which.Should().Contain("is not complete");
    }

    [Fact]
    public async Task A_stop_reports_what_is_open_as_it_is()
    {
        await using var tree = await StartAsync();
        await tree.PlayAsync("open a; append a 1");
        await HeldAsync(tree);

        (await tree.StopAsync()).Should().ContainSingle().Which.Writers.Should().Be(FileWriters.Open);
    }

    [Fact]
    public async Task A_file_that_is_opened_while_it_is_read_is_held()
    {
        await using var tree = await StartAsync();
        var path = tree.Tree.PathOf("a");
        tree.Tree.Files.OnRead = _ =>
        {
            tree.Tree.Files.OnRead = null;
            tree.Tree.Files.SetWriters(path, FileWriters.Open);
        };
        await tree.PlayAsync("write a 1");
        await HeldAsync(tree);
        tree.Sink.Events.Should().BeEmpty("somebody opened it before it was read to its end");

        await tree.PlayAsync("append a 2; close a; wait");
        (await tree.StopAndDescribeAsync()).Should().Be("C a 12");
    }

    [Theory]
    [InlineData(true, FileWriters.None)]
    [InlineData(false, FileWriters.Unknown)]
    public async Task By_default_a_file_that_is_read_is_asked_and_another_is_not(bool checksums, FileWriters expected)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "On Windows only roots with Closed are asked.");
        await using var tree = await MonitoredTree.StartAsync(configure: options => options.Checksum.Enabled = checksums);
        await tree.PlayAsync("write a 1; mkdir d; wait; rm a; wait");

        var told = await tree.StopAsync();
        told.Where(one => one.RelativePath == "a").Select(one => one.Writers).Should().Equal(expected, null);
        told.Single(one => one.RelativePath == "d").Writers.Should().BeNull();
    }

    [Fact]
    public async Task By_default_a_file_that_is_open_is_reported_when_it_is_quiet()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "On Windows only roots with Closed are asked.");
        await using var tree = await MonitoredTree.StartAsync();
        await tree.PlayAsync("open a; append a 1; wait");

        (await tree.StopAsync()).Should().ContainSingle().Which.Writers.Should().Be(FileWriters.Open);
    }

    private static Task<MonitoredTree> StartAsync(string before = "", Action<FileMonitorOptions>? configure = null) => MonitoredTree.StartKnowingAsync(before, options =>
    {
        options.Roots[0].ReportWhen = ReportWhen.Closed;
        options.Debounce.MaxHold = MaxHold;
        options.Debounce.StabilityPeriod = Stability;
        configure?.Invoke(options);
    });

    private static Task HeldAsync(MonitoredTree tree) =>
        tree.AdvanceUntilAsync(() => tree.Monitor.GetHealth() is { HeldFiles: 1, PendingPaths: 0, QueueLength: 0, FilesBeingRead: 0, FilesWaitingToBeRead: 0 });
}
