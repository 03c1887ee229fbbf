using FileMonitor.Extending;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests;

/// <summary>Gaps as a host sees them: when they open and close, what was found, and what is a gap and what is not.</summary>
public sealed class GapTests
{
    // So long that the test's clock does not run past any patience while a busy machine gets nothing done.
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_directory_that_becomes_readable_again_has_its_gap_closed_with_what_was_found()
    {
        await using var tree = await MonitoredTree.StartKnowingAsync("d/x=1 d/y=2");
        tree.Tree.Files.Deny(tree.Tree.PathOf("d"));
        tree.Tree.Silent = true;
        await tree.PlayAsync("append d/x 1; rm d/y; write d/z 3; hint Modified d/x");
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Count == 1 && tree.Monitor.GetHealth().OpenGaps.Count == 1);
        tree.Describe(tree.Sink.Events).Should().Be("X Inaccessible d");
        tree.Monitor.GetHealth().OpenGaps.Should().ContainSingle().Which.Should().BeEquivalentTo(
            new { Number = 1L, Cause = GapCause.Inaccessible, Root = tree.Tree.Root, RelativePath = "d" });

        tree.Tree.Files.Allow(tree.Tree.PathOf("d"));
        await tree.AdvanceUntilAsync(() => tree.Sink.Events[^1].Gap?.Phase == GapPhase.Closed);
        var said = await tree.StopAsync();
        tree.Describe(said).Split(", ").Should()
            .BeEquivalentTo("X Inaccessible d", "M d/x 1→11", "D d/y 2", "C d/z 3", "/X Inaccessible d").And.EndWith("/X Inaccessible d");
        said[^1].Should().BeEquivalentTo(new { Gap = new { Number = 1L, Found = 3L, FirstSequence = 1L, LastSequence = 5L } });
        tree.Monitor.GetHealth().OpenGaps.Should().BeEmpty();
    }

    [Fact]
    public async Task A_directory_that_may_be_listed_and_not_searched_is_a_gap_until_it_may()
    {
        await using var tree = await MonitoredTree.StartKnowingAsync("d/x=1 d/y=2");
        tree.Tree.Files.SetOutcome(tree.Tree.PathOf("d/x"), FileStatusOutcome.Inaccessible);
        tree.Tree.Files.SetOutcome(tree.Tree.PathOf("d/y"), FileStatusOutcome.Inaccessible);
        tree.Tree.Source.Lose("", GapCause.SourceOverflow, "");
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Any(said => said.Gap?.Phase == GapPhase.Closed));
        tree.Describe(tree.Sink.Events).Split(", ").Should().BeEquivalentTo(
            ["X SourceOverflow", "X Inaccessible d", "/X SourceOverflow"], "nothing is known of what is in it, so nothing is said to be deleted");

        tree.Tree.Files.SetOutcome(tree.Tree.PathOf("d/x"), FileStatusOutcome.Found);
        tree.Tree.Files.SetOutcome(tree.Tree.PathOf("d/y"), FileStatusOutcome.Found);
        await tree.AdvanceUntilAsync(() => tree.Monitor.GetHealth().OpenGaps.Count == 0);
        (await tree.StopAndDescribeAsync()).Should().EndWith("/X SourceOverflow, /X Inaccessible d");
    }

    [Fact]
    public async Task What_nobody_reported_is_found_from_time_to_time_and_that_is_no_gap()
    {
        await using var tree = await MonitoredTree.StartKnowingAsync("a=1 b=2 d/x=3", options => options.Recovery.ReconcileInterval = Interval);
        tree.Tree.Silent = true;
        await tree.PlayAsync("append a 1; mv b d/b; rm d/x; write n 4");
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Count == 4);
        var said = await tree.StopAsync();

        tree.Describe(said).Split(", ").Should().BeEquivalentTo("M a 1→11", "R b→d/b", "D d/x 3", "C n 4");
        said.Should().OnlyContain(one => one.Origin == AuditEventOrigin.Reconciled && one.Hints == 0);
    }

    [Fact]
    public async Task A_jump_of_the_clock_is_a_gap_that_is_closed_once_everything_is_compared()
    {
        JumpingClock? clock = null;
        await using var tree = await MonitoredTree.StartKnowingAsync(
            "a=1",
            options => options.Recovery.RootCheckInterval = Interval,
            parts => parts.TimeProvider = clock = new JumpingClock(parts.TimeProvider!));
        tree.Tree.Silent = true;
        await tree.PlayAsync("append a 1");
        clock!.Ahead = TimeSpan.FromHours(3);
        await tree.AdvanceUntilAsync(() => tree.Sink.Events is [.., { Gap.Phase: GapPhase.Closed }]);

        (await tree.StopAndDescribeAsync()).Should().Be("X ClockJump, M a 1→11, /X ClockJump");
    }

    [Theory]
    [InlineData("a file, deletion first", "a=1", "a", "b", true)]
    [InlineData("a file, creation first", "a=1", "a", "b", false)]
    [InlineData("a directory, deletion first", "a/x=1 a/e/y=2", "a", "b", true)]
    [InlineData("a directory, creation first", "a/x=1 a/e/y=2", "a", "b", false)]
    [InlineData("into a directory", "a=1 d/", "a", "d/a", true)]
    public async Task A_rename_that_is_told_as_a_deletion_and_a_creation_is_one_rename(string because, string before, string from, string to, bool deletedFirst)
    {
        await using var tree = await MonitoredTree.StartKnowingAsync(before);
        tree.Tree.Silent = true;
        tree.Tree.Move(from, to);
        await tree.PlayAsync(deletedFirst ? $"hint Deleted {from}; hint Created {to}; wait" : $"hint Created {to}; hint Deleted {from}; wait");

        var said = await tree.StopAsync();
        said.Should().ContainSingle(because).Which.Should().BeEquivalentTo(new { Kind = AuditEventKind.Renamed, OldRelativePath = from, RelativePath = to });
    }

    [Fact]
    public async Task A_file_number_that_is_used_again_makes_no_rename()
    {
        await using var tree = await MonitoredTree.StartKnowingAsync("a=1");
        tree.Tree.Files.ReusesFileNumbers = true;
        await tree.PlayAsync("rm a; write b 2; wait");

        (await tree.StopAndDescribeAsync()).Split(", ").Should().BeEquivalentTo("D a 1", "C b 2");
    }

    [Fact]
    public async Task Gaps_are_numbered_and_each_counts_what_was_found_since_it_opened()
    {
        await using var tree = await MonitoredTree.StartKnowingAsync("a=1 b=2");
        tree.Tree.Silent = true;
        await tree.PlayAsync("append a 1");
        tree.Tree.Source.Lose("", GapCause.SourceOverflow, "first");
        await tree.AdvanceUntilAsync(() => tree.Sink.Events is [.., { Gap.Phase: GapPhase.Closed }]);
        await tree.PlayAsync("rm b; write c 3");
        tree.Tree.Source.Lose("", GapCause.SourceRestarted, "second");
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Count(said => said.Gap?.Phase == GapPhase.Closed) == 2);
        var gaps = (await tree.StopAsync()).Where(said => said.Kind == AuditEventKind.Gap).ToList();

        gaps.Select(gap => (gap.Gap!.Number, gap.Gap.Phase, gap.Gap.Found)).Should().Equal(
            (1, GapPhase.Opened, null), (1, GapPhase.Closed, 1), (2, GapPhase.Opened, null), (2, GapPhase.Closed, 2));
        gaps.Select(gap => (gap.Sequence, gap.Gap!.FirstSequence, gap.Gap.LastSequence)).Should().Equal((1, 1, null), (3, 1, 3), (4, 4, null), (7, 4, 7));
        gaps.Where(gap => gap.Gap!.Phase == GapPhase.Closed).Select(gap => gap.Detail).Should().Equal(
            "Compared with the disk: 1 change was found and is reported.", "Compared with the disk: 2 changes were found and are reported.");
        tree.Counters.Gaps.Should().Be(4);
    }

    [Fact]
    public async Task A_restart_that_ends_a_gap_is_no_second_one()
    {
        await using var tree = await MonitoredTree.StartAsync();
        tree.Tree.Source.Uncover("", GapCause.SourceOverflow, "too much");
        tree.Tree.Source.Lose("", GapCause.SourceRestarted, "again");
        tree.Tree.Source.Cover("", GapCause.SourceOverflow);
        await tree.FlushAsync();

        tree.Describe(await tree.StopAsync()).Should().Be("X SourceOverflow, /X SourceOverflow");
        tree.Counters.SourceRestarts.Should().Be(1);
    }

    [Fact]
    public async Task Health_shows_the_gaps_that_are_open_in_their_order()
    {
        await using var tree = await MonitoredTree.StartAsync("d/x=1 e/y=2");
        tree.Tree.Source.Uncover("e", GapCause.PartialCoverage, "no watch left");
        tree.Tree.Source.Uncover("d", GapCause.SourceError, "down");
        tree.Tree.Source.Uncover("e", GapCause.PartialCoverage, "still none");
        await tree.UntilAsync(() => tree.Monitor.GetHealth().OpenGaps is [{ Detail: "still none" }, _]);

        tree.Monitor.GetHealth().OpenGaps.Select(gap => (gap.Number, gap.Cause, gap.RelativePath, gap.Root, gap.Since)).Should().Equal(
            (1, GapCause.PartialCoverage, "e", tree.Tree.Root, tree.Clock.GetUtcNow()), (2, GapCause.SourceError, "d", tree.Tree.Root, tree.Clock.GetUtcNow()));
        tree.Tree.Source.Cover("e", GapCause.PartialCoverage);
        await tree.AdvanceUntilAsync(() => tree.Monitor.GetHealth().OpenGaps is [{ Number: 2 }]);
        (await tree.StopAndDescribeAsync()).Should().Be("X PartialCoverage e, X SourceError d, /X PartialCoverage e", "what is not covered when it stops stays open");
    }

    [Fact]
    public async Task A_gap_is_closed_in_time_though_one_of_another_root_has_to_stay_open()
    {
        var tree = MonitoredTree.Create("", options => options.AddRoot(MonitoredTree.OtherRoot));
        await using var running = tree;
        tree.Tree.Files.CreateDirectory(MonitoredTree.OtherRoot);
        await tree.Monitor.StartAsync(Token);
        tree.Tree.Files.SetOutcome(tree.Tree.Root, FileStatusOutcome.Missing);
        tree.Tree.Source.Hint(FileChangeKind.Deleted, "a");
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Any(said => said.Gap?.Cause == GapCause.RootLost));
        tree.Tree.Source.Lose("", GapCause.SourceOverflow, "", root: 0);
        await tree.SaidAsync(said => said.Gap?.Cause == GapCause.SourceOverflow);
        tree.Clock.Advance(MonitoredTree.Quiet / 2);
        tree.Tree.Source.Lose("", GapCause.SourceRestarted, "", root: 1);
        await tree.SaidAsync(said => said.Gap?.Cause == GapCause.SourceRestarted);
        await tree.SettleAsync();

        // The first is due now, and cannot be closed.
        tree.Clock.Advance(MonitoredTree.Quiet / 2);
        await tree.PlayAsync("yield; yield; yield");
        await tree.AdvanceUntilAsync(() => tree.Sink.Events is [.., { Gap: { Phase: GapPhase.Closed, Cause: GapCause.SourceRestarted } }]);
        await tree.StopAsync();
    }

    [Fact]
    public async Task A_flush_looks_into_every_directory_that_was_closed()
    {
        await using var tree = await MonitoredTree.StartAsync("d/x=1 e/y=2");
        tree.Tree.Files.Deny(tree.Tree.PathOf("d"));
        await tree.PlayAsync("hint Modified d/x; wait");
        var later = tree.Clock.GetUtcNow() + TimeSpan.FromSeconds(70);
        await tree.AdvanceUntilAsync(() => tree.Clock.GetUtcNow() > later);
        tree.Tree.Files.Deny(tree.Tree.PathOf("e"));
        await tree.PlayAsync("hint Modified e/y; wait");
        tree.Tree.Files.Allow(tree.Tree.PathOf("d"));
        tree.Tree.Files.Allow(tree.Tree.PathOf("e"));

        (await tree.FlushAsync()).Degradations.Should().BeEmpty();
        await tree.StopAsync();
    }

    [Fact]
    public async Task A_defect_in_a_directory_that_is_closed_is_a_second_gap_and_both_are_closed()
    {
        var isBroken = false;
        await using var tree = await MonitoredTree.StartAsync("d/x=1 y=1", null, parts => parts.FileView = new BreakingFileView(parts.FileView!, () => isBroken));
        tree.Tree.Files.SetOutcome(tree.Tree.PathOf("y"), FileStatusOutcome.Inaccessible);
        tree.Tree.Source.Hint(FileChangeKind.Modified, "y");
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Any(said => said.Gap?.Cause == GapCause.Inaccessible));
        tree.ExpectsDefects = true;
        isBroken = true;
        tree.Tree.Source.Hint(FileChangeKind.Modified, "d/x");
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Any(said => said.Gap?.Cause == GapCause.InternalError));
        isBroken = false;
        tree.Tree.Files.SetOutcome(tree.Tree.PathOf("y"), FileStatusOutcome.Found);

        await tree.AdvanceUntilAsync(() => tree.Monitor.GetHealth().OpenGaps.Count == 0);
        await tree.StopAsync();
    }

    [Fact]
    public async Task A_file_view_that_throws_while_a_directory_is_compared_does_not_end_the_monitor()
    {
        var isBroken = false;
        await using var tree = await MonitoredTree.StartAsync("d/x=1", null, parts => parts.FileView = new BreakingFileView(parts.FileView!, () => isBroken));
        tree.ExpectsDefects = true;
        isBroken = true;
        tree.Tree.Source.Lose("", GapCause.SourceOverflow, "");
        await tree.AdvanceUntilAsync(() => tree.Monitor.GetHealth() is { State: MonitorState.Faulted } or { OpenGaps: [_, ..], DirectoriesToReconcile: 0 });
        tree.Monitor.GetHealth().State.Should().Be(MonitorState.Running);
        isBroken = false;
        await tree.AdvanceUntilAsync(() => tree.Monitor.GetHealth().OpenGaps.Count == 0);
        await tree.StopAsync();
    }

    /// <summary>A host's file view with a defect that comes and goes.</summary>
    private sealed class BreakingFileView(IFileView inner, Func<bool> isBroken) : IFileView
    {
        public FileStatus GetStatus(string root, string relativePath) => Whole().GetStatus(root, relativePath);

        public string? GetLinkTarget(string root, string relativePath, out FileStatus link) => Whole().GetLinkTarget(root, relativePath, out link);

        public FileOpening Open(string root, string relativePath) => Whole().Open(root, relativePath);

        public FileStatusOutcome List(string root, string relativeDirectory, Action<string, FileStatus> found) => Whole().List(root, relativeDirectory, found);

        private IFileView Whole() => isBroken() ? throw new InvalidOperationException("A host's defect.") : inner;
    }
}
