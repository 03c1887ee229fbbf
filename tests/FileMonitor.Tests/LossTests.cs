using FileMonitor.Extending;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests;

/// <summary>Guarantee G2: what was lost is looked for, found, and said to have been lost.</summary>
public sealed class LossTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public async Task A_queue_that_is_too_small_loses_hints_and_no_file(int capacity)
    {
        await using var tree = MonitoredTree.Create("old=1", options => options.Queue.Capacity = capacity);
        tree.Tree.Starting = async () =>
        {
            // Nobody reads the queue yet.
            for (var file = 0; file < 50; file++)
            {
                await tree.PlayAsync($"write d{file % 5}/{file} {file}");
            }

            await tree.PlayAsync("rm old");
        };
        tree.Tree.Files.OnList = path => tree.Tree.Files.OnList = null;
        await tree.Monitor.StartAsync(TestContext.Current.CancellationToken);
        await tree.PlayAsync("write d0/0 again");
        await tree.SettleAsync();
        var said = await tree.StopAsync();

        var gaps = said.Where(one => one.Kind == AuditEventKind.Gap).ToList();
        gaps.Should().HaveCount(2, "it is opened and closed");
        gaps[0].Should().BeEquivalentTo(new { tree.Tree.Root, Gap = new { Phase = GapPhase.Opened, Number = 1L, Cause = GapCause.QueueFull, FirstSequence = gaps[0].Sequence } });
        gaps[1].Should().BeEquivalentTo(new
        {
            RelativePath = "",
            tree.Tree.Root,
            Gap = new
            {
                Phase = GapPhase.Closed,
                Number = 1L,
                Cause = GapCause.QueueFull,
                tree.Counters.Lost,
                FirstSequence = gaps[0].Sequence,
                LastSequence = gaps[1].Sequence,
            },
        });
        gaps[1].Gap!.Found.Should().BeGreaterThanOrEqualTo(said.Count(one => one.Origin == AuditEventOrigin.Reconciled), "some were hinted at as well");
        tree.Counters.Lost.Should().BeGreaterThan(0);
    }

    [Fact]
    public async Task What_no_hint_told_is_found_in_the_directory_that_was_lost()
    {
        await using var tree = await MonitoredTree.StartKnowingAsync("a=1 b=2 d/x=3 d/gone=4 e/y=5");
        tree.Tree.Silent = true;
        await tree.PlayAsync("append a 1; append d/x 3; rm d/gone; write d/sub/new 6; append e/y 5");
        tree.Tree.Silent = false;
        tree.Tree.Source.Lose("d", GapCause.SourceOverflow, "too much");
        await tree.UntilAsync(() => tree.Counters.SourceLosses == 1 && tree.Counters.Received > 0);
        await tree.SettleAsync();
        tree.Clock.Advance(MonitoredTree.Quiet);
        var said = await tree.StopAsync();

        tree.Describe(said).Split(", ").Should().BeEquivalentTo("C d/sub/", "C d/sub/new 6", "D d/gone 4", "M d/x 3→33", "X SourceOverflow d", "/X SourceOverflow d");
        said.Where(one => one.Kind != AuditEventKind.Gap).Should().OnlyContain(
            one => one.Origin == AuditEventOrigin.Reconciled && one.Hints == 0);
        said[0].Should().BeEquivalentTo(new { Kind = AuditEventKind.Gap, Detail = "too much" });
        said[^1].Should().BeEquivalentTo(new { Kind = AuditEventKind.Gap, Gap = new { Found = 4L } });
    }

    [Theory]
    [InlineData("a tree that was replaced", "rm -r d; write d/new 9", "D d/x 3, D d/e/y 5, D d/e/, C d/new 9")]
    [InlineData("trees that were swapped", "mv d t; mv f d; mv t f", "R d→.filemonitor-exchange-1/, R f→d/, R .filemonitor-exchange-1→f/")]
    [InlineData("a tree that was renamed", "mv d g", "R d→g/")]
    [InlineData("a tree that became a file", "rm -r d; write d 9", "D d/x 3, D d/e/y 5, D d/e/, D d/, C d 9")]
    [InlineData("a file that became a tree", "rm a; write a/new 9", "D a 1, C a/, C a/new 9")]
    [InlineData("nothing", "", "")]
    public async Task A_whole_root_is_compared(string because, string script, string expected)
    {
        await using var tree = await MonitoredTree.StartKnowingAsync("a=1 d/x=3 d/e/y=5 f/z=6");
        tree.Tree.Silent = true;
        await tree.PlayAsync(script);
        tree.Tree.Silent = false;
        tree.Tree.Source.Lose("", GapCause.SourceRestarted, "again");
        var said = await tree.StopAsync();

        var expectedEvents = expected.Split(", ", StringSplitOptions.RemoveEmptyEntries).Append("X SourceRestarted").Append("/X SourceRestarted");
        tree.Describe(said).Split(", ").Should().BeEquivalentTo(expectedEvents, because);
        tree.Counters.SourceRestarts.Should().Be(1);
    }

    [Fact]
    public async Task A_loss_right_before_the_stop_is_looked_into()
    {
        // Many times: the loss must not slip through between the last look and the end.
        for (var round = 0; round < 200; round++)
        {
            await using var tree = await MonitoredTree.StartAsync();
            tree.Tree.Silent = true;
            await tree.PlayAsync("write a 1");
            tree.Tree.Source.Lose("", GapCause.SourceOverflow, "");
            (await tree.StopAndDescribeAsync()).Split(", ").Should().BeEquivalentTo("C a 1", "X SourceOverflow", "/X SourceOverflow");
        }
    }

    [Fact]
    public async Task A_directory_that_cannot_be_read_is_a_gap_and_nothing_in_it_is_said_to_be_deleted()
    {
        await using var tree = await MonitoredTree.StartKnowingAsync("d/x=1 e/y=2");
        tree.Tree.Files.Deny(tree.Tree.PathOf("d"));
        tree.Tree.Source.Lose("", GapCause.SourceOverflow, "");
        await tree.SaidAsync(said => said.Gap?.Cause == GapCause.Inaccessible);
        tree.Tree.Files.Allow(tree.Tree.PathOf("d"));
        await tree.PlayAsync("append d/x 1");
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Count(said => said.Gap?.Phase == GapPhase.Closed) == 2);

        (await tree.StopAndDescribeAsync()).Split(", ").Should().BeEquivalentTo(
            "X Inaccessible d", "X SourceOverflow", "M d/x 1→11", "/X SourceOverflow", "/X Inaccessible d");
    }

    [Theory]
    [InlineData(FileStatusOutcome.Inaccessible)]
    [InlineData(FileStatusOutcome.Failed)]
    public async Task A_path_that_nothing_can_be_learnt_of_is_a_gap_and_not_a_deletion(FileStatusOutcome outcome)
    {
        await using var tree = await MonitoredTree.StartKnowingAsync("d/x=1");
        tree.Tree.Files.SetOutcome(tree.Tree.PathOf("d/x"), outcome);
        tree.Tree.Source.Hint(FileChangeKind.Modified, "d/x");
        await tree.SettleAsync();

        (await tree.StopAndDescribeAsync()).Should().Be("X Inaccessible d");
        tree.Monitor.GetHealth().KnownItems.Should().Be(2);
    }

    [Fact]
    public async Task What_could_not_be_read_at_start_is_said_first()
    {
        await using var tree = MonitoredTree.Create("d/x=1");
        tree.Tree.Files.Deny(tree.Tree.PathOf("d"));
        await tree.Monitor.StartAsync(TestContext.Current.CancellationToken);
        await tree.PlayAsync("write a 1; wait");

        (await tree.StopAndDescribeAsync()).Should().Be("X Inaccessible d, C a 1");
    }
}
