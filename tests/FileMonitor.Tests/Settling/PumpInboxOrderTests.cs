using FileMonitor.Extending;
using FileMonitor.Patterns;
using FileMonitor.Settling;
using FileMonitor.Tree;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Tests.Settling;

public sealed class PumpInboxOrderTests
{
    private readonly MonitoredRoot _root = new(0, "/root", "/root", IgnoreRules.None);
    private readonly PumpSignal _signal = new();
    private readonly PumpInbox _queue;

    public PumpInboxOrderTests()
    {
        _queue = new PumpInbox(capacity: 1, new FakeTimeProvider(), _signal);
        _queue.Add(_root);
    }


    [Fact]
    public async Task Orders_come_as_they_were_given_and_each_wakes_the_reader()
    {
        Task[] given =
        [
            _queue.CompareAsync(_root, "d"),
            _queue.FlushAsync(),
            _queue.InspectAsync(_ => { }),
        ];
        await _signal.WaitAsync();
        _queue.ReportUncovered(_root, "e", GapCause.SourceError, "down");
        await _signal.WaitAsync();
        _queue.ReportCovered(_root, "e", GapCause.SourceError);

        var orders = ReadAll();
        orders.Select(order => order.GetType().Name).Should().Equal("Compare", "Flush", "Inspect", "ReportCoverage", "ReportCoverage");
        orders[0].Should().BeEquivalentTo(new { Directory = "d", Look = DirectoryLook.Compare | DirectoryLook.Tree });
        orders[3].Should().BeEquivalentTo(new { Directory = "e", Cause = GapCause.SourceError, Detail = "down" });
        orders[4].Should().BeEquivalentTo(new { Directory = "e", Cause = GapCause.SourceError, Detail = (string?)null });
        _queue.SourceLosses.Should().Be(1);
        given.Should().OnlyContain(task => !task.IsCompleted);
    }

    [Fact]
    public async Task Who_gave_an_order_is_told_when_it_is_done()
    {
        var flush = _queue.FlushAsync();
        ((PumpOrder.Flush)ReadAll().Single()).Done.SetResult();

        await flush.Soon();
    }

    [Fact]
    public async Task After_the_end_orders_are_cancelled_and_those_inside_stay_to_be_read()
    {
        var before = _queue.FlushAsync();
        _queue.EndOrders();
        _queue.EndOrders();

        foreach (var late in new[] { _queue.FlushAsync(), _queue.CompareAsync(_root, ""), _queue.InspectAsync(_ => { }) })
        {
            await FluentActions.Awaiting(() => late.Soon()).Should().ThrowAsync<OperationCanceledException>();
        }

        _queue.Order(new PumpOrder.MarkRootLost(_root, "gone")).Should().BeFalse();
        ReadAll().Should().ContainSingle().Which.Should().BeOfType<PumpOrder.Flush>();
        before.IsCompleted.Should().BeFalse();
    }

    [Fact]
    public void An_order_is_taken_though_no_hint_is_any_more()
    {
        _queue.Complete();
        _ = _queue.FlushAsync();

        ReadAll().Should().ContainSingle();
    }

    private List<PumpOrder> ReadAll()
    {
        var orders = new List<PumpOrder>();
        while (_queue.TryReadOrder(out var order))
        {
            orders.Add(order);
        }

        return orders;
    }
}
