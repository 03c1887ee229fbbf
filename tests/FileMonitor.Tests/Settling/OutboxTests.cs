using FileMonitor.Delivery;
using FileMonitor.Settling;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Settling;

public sealed class OutboxTests
{
    private readonly List<string> _taken = [];
    private int _room;

    [Fact]
    public void What_there_is_room_for_is_handed_over_at_once()
    {
        var outbox = New(room: 2);
        outbox.Add(Made("a"));
        outbox.Add(Made("b"));

        outbox.IsEmpty.Should().BeTrue();
        _taken.Should().Equal("a", "b");
    }

    [Fact]
    public void The_rest_waits_in_its_order_and_nothing_overtakes_it()
    {
        var outbox = New(room: 1);
        outbox.Add(Made("a"));
        outbox.Add(Made("b"));
        outbox.IsEmpty.Should().BeFalse();
        _room = 2;
        outbox.Add(Made("c"));
        _taken.Should().Equal("a");

        outbox.TryEmpty().Should().BeTrue();
        _taken.Should().Equal("a", "b", "c");
        outbox.TryEmpty().Should().BeTrue("there is nothing left");
    }

    [Fact]
    public void It_says_when_a_tree_that_is_deleted_has_to_wait()
    {
        var outbox = New(room: 0);
        for (var i = 0; i < 1023; i++)
        {
            outbox.Add(Made($"{i}"));
        }

        outbox.HasMany.Should().BeFalse();
        outbox.Add(Made("last"));
        outbox.HasMany.Should().BeTrue();

        _room = 1;
        outbox.TryEmpty().Should().BeFalse();
        outbox.HasMany.Should().BeFalse();
        outbox.Drop().Should().Be(1023);
        outbox.IsEmpty.Should().BeTrue();
    }

    private Outbox New(int room)
    {
        _room = room;
        return new Outbox(TryTake, new EventRate(perSecond: 0, ticksPerSecond: 1), turns: null);
    }

    private bool TryTake(StreamItem item)
    {
        if (_room == 0)
        {
            return false;
        }

        _room--;
        _taken.Add(item.Event!.RelativePath);
        return true;
    }

    private static AuditEvent Made(string path) => new() { Root = "/r", RelativePath = path };
}
