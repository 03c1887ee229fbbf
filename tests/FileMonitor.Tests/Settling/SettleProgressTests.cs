using FileMonitor.Extending;
using FileMonitor.Patterns;
using FileMonitor.Settling;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Settling;

public sealed class SettleProgressTests
{
    private readonly SettleProgress _progress = new();
    private readonly MonitoredRoot[] _roots = [.. Enumerable.Range(0, 2).Select(index => new MonitoredRoot(index, $"/{index}", $"/{index}", IgnoreRules.None))];

    [Fact]
    public void A_flush_waits_for_the_hints_it_began_with_and_for_those_that_come_of_them()
    {
        _progress.BeginFlush(latestTicket: 0, hints: 2);
        _progress.Hinted(_roots[0], isAwaited: true, isHealing: false);
        _progress.Hinted(_roots[1], isAwaited: false, isHealing: false);
        _progress.Awaited.Should().Be(3);

        _progress.Settled(new PendingChange { Root = _roots[0], Hints = 5, Awaited = 2 });
        _progress.Settled(new PendingChange { Root = _roots[0], Hints = 1, Awaited = 1 });
        _progress.Settled(new PendingChange { Root = _roots[1], Hints = 1 });
        _progress.Awaited.Should().Be(0);
    }

    [Fact]
    public void What_is_under_way_is_waited_for_with_all_its_hints_and_once()
    {
        var change = new PendingChange { Root = _roots[0], Hints = 5, Awaited = 2 };
        _progress.BeginFlush(latestTicket: 0, hints: 2);
        _progress.Await(change);
        _progress.Await(change);
        _progress.Await(null);
        (_progress.Awaited, change.Awaited).Should().Be((5, 5));

        _progress.Settled(change);
        _progress.Awaited.Should().Be(0);
    }

    [Fact]
    public void Requests_that_come_of_what_is_waited_for_are_waited_for()
    {
        _progress.AwaitedTicket.Should().Be(-1);
        _progress.BeginFlush(latestTicket: 3, hints: 0);
        _progress.Extend(isAwaited: false, latestTicket: 4);
        _progress.AwaitedTicket.Should().Be(3);
        _progress.Extend(isAwaited: true, latestTicket: 5);
        _progress.AwaitedTicket.Should().Be(5);
    }

    [Fact]
    public void Where_nobody_flushes_no_request_is_waited_for()
    {
        _progress.BeginFlush(latestTicket: 3, hints: 0);
        _progress.EndFlush();
        _progress.Extend(isAwaited: true, latestTicket: 5);

        _progress.AwaitedTicket.Should().Be(-1);
    }

    [Fact]
    public void What_heals_is_counted_for_each_root()
    {
        _progress.Hinted(_roots[0], isAwaited: false, isHealing: true);
        _progress.Hinted(_roots[0], isAwaited: false, isHealing: true);
        _progress.Hinted(_roots[1], isAwaited: true, isHealing: true);
        _progress.Settled(new PendingChange { Root = _roots[0], Hints = 3, Healing = 2 });

        (_progress.Healing(_roots[0]), _progress.Healing(_roots[1])).Should().Be((0, 1));
    }

    [Fact]
    public void Only_what_a_comparison_found_counts_as_found()
    {
        _progress.Found(_roots[1], byComparison: true);
        _progress.Found(_roots[1], byComparison: false);

        (_progress.Found(_roots[0]), _progress.Found(_roots[1])).Should().Be((0, 1));
    }
}
