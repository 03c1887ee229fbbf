using FileMonitor.Delivery;
using FileMonitor.Extending;
using FileMonitor.Patterns;
using FileMonitor.Settling;
using Xunit;

namespace FileMonitor.Tests.Settling;

public sealed class GapLedgerTests
{
    private const long Quiet = 100;
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly GapLedger _ledger = new(Quiet);
    private readonly MonitoredRoot _root = new(0, "/root", "/root", IgnoreRules.None);

    [Fact]
    public void Losses_that_follow_each_other_are_one_gap()
    {
        var first = Lose("a", now: 0);

        Assert.NotNull(first);
        Assert.Null(Lose("a", now: 60));
        Assert.Null(Lose("a", now: 120));

        Assert.Equal(3, first.Lost);
        Assert.Equal(1, _ledger.Count);
    }

    [Theory]
    [InlineData("a/b", "a/b", "a/b")]
    [InlineData("a/b", "a/c", "a")]
    [InlineData("a/b", "a/bc", "a")]
    [InlineData("a", "a/b/c", "a")]
    [InlineData("a", "b", "")]
    public void A_gap_names_the_directory_that_its_losses_have_in_common(string one, string other, string common)
    {
        var gap = Lose(one, now: 0)!;
        Lose(other, now: 1);

        Assert.Equal(common, gap.Directory);
    }

    [Fact]
    public void It_is_closed_when_the_comparison_is_done_and_nothing_was_lost_for_a_quiet_period()
    {
        var gap = Lose("a", now: 0);
        Lose("a", now: 50);

        Assert.Empty(Healed(now: 149));
        Assert.Empty(Healed(now: 150, isHealed: false));
        Assert.Same(gap, Assert.Single(Healed(now: 150)));
        Assert.Equal(0, _ledger.Count);
    }

    [Fact]
    public void Who_cannot_wait_has_it_closed_as_soon_as_the_comparison_is_done()
    {
        Lose("a", now: 0);

        Assert.Empty(Healed(now: 0, atOnce: true, isHealed: false));
        Assert.Single(Healed(now: 0, atOnce: true));
    }

    [Fact]
    public void A_condition_is_open_until_it_ends_however_long_that_takes()
    {
        var gap = _ledger.AddCondition(_root, "d", GapCause.PartialCoverage, "first words", Now);

        Assert.NotNull(gap);
        Assert.Empty(Healed(now: 1_000_000, atOnce: true));

        Assert.True(_ledger.EndCondition(_root, "d", GapCause.PartialCoverage));
        Assert.Same(gap, Assert.Single(Healed(now: 1_000_000)));
        Assert.False(_ledger.EndCondition(_root, "d", GapCause.PartialCoverage));
    }

    [Fact]
    public void A_condition_that_is_said_again_changes_its_words_and_is_no_second_gap()
    {
        var gap = _ledger.AddCondition(_root, "d", GapCause.SourceError, "first words", Now)!;

        Assert.Null(_ledger.AddCondition(_root, "d", GapCause.SourceError, "other words", Now));
        Assert.Equal("other words", gap.Detail);
        Assert.NotNull(_ledger.AddCondition(_root, "e", GapCause.SourceError, "elsewhere", Now));
    }

    [Fact]
    public void A_condition_that_comes_back_before_its_gap_is_closed_keeps_it_open()
    {
        _ledger.AddCondition(_root, "", GapCause.SourceError, "down", Now);
        _ledger.EndCondition(_root, "", GapCause.SourceError);

        Assert.Null(_ledger.AddCondition(_root, "", GapCause.SourceError, "down again", Now));

        Assert.Empty(Healed(now: 1_000, atOnce: true));
    }

    [Fact]
    public void A_root_that_is_lost_again_before_it_was_compared_has_a_second_gap_and_both_are_closed_in_their_order()
    {
        var first = _ledger.AddLostRoot(_root, "gone", Now)!;
        _ledger.EndCondition(_root, "", GapCause.RootLost);

        var second = _ledger.AddLostRoot(_root, "gone again", Now)!;

        Assert.Equal([1, 2], new[] { first, second }.Select(gap => gap.Number));
        Assert.Empty(Healed(now: 1_000, isHealed: false));
        _ledger.EndCondition(_root, "", GapCause.RootLost);
        Assert.Equal([first, second], Healed(now: 1_000));
        Assert.Equal(0, _ledger.Count);
        Assert.Equal(3, _ledger.AddLostRoot(_root, "gone", Now)!.Number);
    }

    [Fact]
    public void A_root_that_is_lost_for_another_reason_before_it_is_back_has_one_gap()
    {
        var gap = _ledger.AddLostRoot(_root, "gone", Now)!;

        Assert.Null(_ledger.AddLostRoot(_root, "closed", Now));
        Assert.Same(gap, Assert.Single(_ledger.Open));
        Assert.Equal("closed", gap.Detail);
    }

    [Fact]
    public void A_root_that_comes_and_goes_without_being_compared_has_no_more_than_so_many_gaps()
    {
        var other = new MonitoredRoot(1, "/other", "/other", IgnoreRules.None);
        for (var time = 0; time < 3 * GapLedger.MaxOfLostRoot; time++)
        {
            _ledger.AddLostRoot(_root, "gone", Now);
            _ledger.EndCondition(_root, "", GapCause.RootLost);
        }

        Assert.Equal(GapLedger.MaxOfLostRoot, _ledger.Count);
        _ledger.AddLostRoot(other, "gone", Now);
        _ledger.EndCondition(other, "", GapCause.RootLost);
        Assert.NotNull(_ledger.AddLostRoot(other, "gone", Now));
        Assert.Null(_ledger.AddLostRoot(_root, "gone", Now));

        Assert.Equal(GapLedger.MaxOfLostRoot, Healed(now: 1_000, atOnce: true).Count(gap => gap.Root == _root) + 1);
        Assert.Equal([_root, other], _ledger.Open.Select(gap => gap.Root).OrderBy(root => root.Index));
    }

    [Fact]
    public void A_loss_and_a_condition_of_one_cause_are_two_gaps()
    {
        var loss = Lose("", now: 0);
        var condition = _ledger.AddCondition(_root, "", GapCause.QueueFull, "for long", Now);

        Assert.Same(loss, Assert.Single(Healed(now: 1_000)));
        Assert.Same(condition, Assert.Single(_ledger.Open));
    }

    [Fact]
    public void Numbers_begin_with_one_and_are_never_used_again()
    {
        Assert.Equal(1, Lose("a", now: 0)!.Number);
        Healed(now: 1_000);

        Assert.Equal(2, Lose("a", now: 2_000)!.Number);
    }

    [Fact]
    public void The_next_one_is_due_a_quiet_period_after_the_latest_loss()
    {
        Assert.Null(_ledger.NextDueAfter(0));
        Lose("a", now: 7);
        Lose("a", now: 9);

        Assert.Equal(9 + Quiet, _ledger.NextDueAfter(9));
    }

    [Fact]
    public void One_that_is_due_and_waits_for_something_else_does_not_hide_the_next_one()
    {
        Lose("a", now: 0);
        _ledger.AddLoss(new LostHints(_root, "a", IsTree: false, GapCause.SourceError, Count: 0, Detail: null), now: 50, Now);

        Assert.Equal(Quiet, _ledger.NextDueAfter(50));
        Assert.Equal(50 + Quiet, _ledger.NextDueAfter(Quiet));
        Assert.Null(_ledger.NextDueAfter(50 + Quiet));
    }

    private Gap? Lose(string directory, long now) =>
        _ledger.AddLoss(new LostHints(_root, directory, IsTree: false, GapCause.QueueFull, Count: 1, Detail: null), now, Now);

    private IReadOnlyList<Gap> Healed(long now, bool atOnce = false, bool isHealed = true) => _ledger.TakeHealed(now, atOnce, _ => isHealed);
}
