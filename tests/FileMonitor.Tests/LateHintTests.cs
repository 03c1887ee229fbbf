using System.Diagnostics;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests;

/// <summary>The disk is ahead of the hints (ADR 0026): a name is found gone, or with another item, before the hint of it was read.</summary>
public sealed class LateHintTests
{
    [Theory]
    [InlineData("mv b a", "hint Modified b; hint Look b", "hint Renamed a b", "R b→a over 1")]
    [InlineData("mv b c", "hint Modified b; hint Look b", "hint Renamed c b", "R b→c")]
    [InlineData("mv b c; mkdir b", "hint Modified b; hint Look b", "hint Renamed c b; hint Created b", "R b→c, C b/")]
    [InlineData("mv b c", "hint Created b", "hint Renamed c b", "R b→c")]
    public async Task What_the_missing_hint_explains_is_not_told_before_it(string unheard, string heard, string late, string expected)
    {
        await using var tree = await MonitoredTree.StartKnowingAsync("a=1 b=2");
        await PlayUnheardAsync(tree, unheard);
        await tree.PlayAsync(heard);
        await JudgeAsync(tree);

        tree.Sink.Events.Should().BeEmpty("the source has more to tell");
        await tree.PlayAsync(late);
        await tree.SettleAsync();
        (await tree.StopAndDescribeAsync()).Should().Be(expected);
    }

    [Theory]
    [InlineData("hint Deleted b")]
    [InlineData("hint Modified b; hint Deleted b")]
    [InlineData("hint Deleted b; hint Look b")]
    public async Task A_deletion_that_was_heard_does_not_wait_for_more(string heard)
    {
        await using var tree = await MonitoredTree.StartKnowingAsync("a=1 b=2");
        await PlayUnheardAsync(tree, "rm b");
        await tree.PlayAsync(heard);
        await JudgeAsync(tree);

        tree.Counters.Pending.Should().Be(0);
        (await tree.StopAndDescribeAsync()).Should().Be("D b 2");
    }

    private static async Task PlayUnheardAsync(MonitoredTree tree, string script)
    {
        tree.Tree.Silent = true;
        await tree.PlayAsync(script);
        tree.Tree.Silent = false;
    }

    /// <summary>
    /// Moves the clock until everything was judged that is due after the quiet period, and never by as much as a change waits for its hint: in
    /// steps with a pause between them, because the pump may set its timer after a step.
    /// </summary>
    private static async Task JudgeAsync(MonitoredTree tree)
    {
        var (steps, begun) = (0, Stopwatch.GetTimestamp());
        await tree.UntilAsync(() =>
        {
            if (steps < 8 && Stopwatch.GetElapsedTime(begun) > TimeSpan.FromMilliseconds(20))
            {
                tree.Clock.Advance(MonitoredTree.Quiet / 2);
                (steps, begun) = (steps + 1, Stopwatch.GetTimestamp());
            }

            return steps > 1 && tree.Monitor.GetHealth() is { QueueLength: 0, PendingPaths: 0 };
        });
    }
}
