using FileMonitor.Delivery;
using FileMonitor.Extending;
using FileMonitor.Patterns;
using FileMonitor.Settling;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Tests.Settling;

public sealed class OutboxTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly List<string> _taken = [];
    private const long HintedUpTo = long.MaxValue;
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

    [Fact]
    public void An_event_that_names_an_actor_waits_for_the_hints_from_before_it_and_what_comes_after_waits_with_it()
    {
        var outbox = New(room: 9);
        var before = _clock.GetTimestamp();
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        outbox.Add(Made("a"));
        outbox.Add(Made("b", Ann));
        outbox.Add(Made("c"));
        outbox.Release(before);
        _taken.Should().Equal("a");
        outbox.IsHolding.Should().BeTrue();
        outbox.IsEmpty.Should().BeTrue("nothing waits for the stream");

        outbox.Release(_clock.GetTimestamp());
        _taken.Should().Equal("a", "b", "c");
        outbox.IsHolding.Should().BeFalse();
    }

    [Theory]
    [InlineData("b", "b", true)]
    [InlineData("b", "other", false)]
    [InlineData("b", "new", true)] // renamed away from b
    public void A_hint_of_another_process_about_its_path_says_that_it_was_not_alone(string path, string hinted, bool hasOthers)
    {
        var root = new MonitoredRoot(0, "/r", "/r", IgnoreRules.None);
        var told = Made(path, Ann);
        var hold = new ActorHold(_clock, static () => HintedUpTo);
        hold.TryHold(new StreamItem(told)).Should().BeTrue();
        hold.TryHold(new StreamItem(Made(path, Ann))).Should().BeTrue("a path may have two events");

        hold.Note(new FileChange(FileChangeKind.Modified, root, path) { Actor = Ann });
        told.HasOtherActors.Should().BeFalse("that is the same process");
        hold.Note(new FileChange(FileChangeKind.Modified, root, hinted, hinted == "new" ? path : null) { Actor = Bob });
        told.HasOtherActors.Should().Be(hasOthers);
    }

    [Fact]
    public void Where_the_source_is_behind_for_long_the_event_says_that_there_may_be_others()
    {
        var told = Made("a", Ann);
        var hold = new ActorHold(_clock, static () => HintedUpTo);
        hold.TryHold(new StreamItem(told)).Should().BeTrue();
        _clock.Advance(TimeSpan.FromMilliseconds(49));
        hold.TryRelease(upTo: 0, out _).Should().BeFalse();
        _clock.Advance(TimeSpan.FromMilliseconds(1));

        hold.TryRelease(upTo: 0, out var item).Should().BeTrue();
        item!.Value.Event.Should().BeSameAs(told);
        told.HasOtherActors.Should().BeTrue();
        hold.TryRelease(upTo: long.MaxValue, out _).Should().BeFalse();
    }

    [Fact]
    public void A_hint_that_comes_after_the_release_changes_nothing_that_was_told()
    {
        var root = new MonitoredRoot(0, "/r", "/r", IgnoreRules.None);
        var (first, second) = (Made("a", Ann), Made("a", Ann));
        var hold = new ActorHold(_clock, static () => HintedUpTo);
        hold.TryHold(new StreamItem(first)).Should().BeTrue();
        var between = _clock.GetTimestamp();
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        hold.TryHold(new StreamItem(second)).Should().BeTrue();
        hold.TryRelease(between, out _).Should().BeTrue();

        hold.Note(new FileChange(FileChangeKind.Modified, root, "a") { Actor = Bob });
        (first.HasOtherActors, second.HasOtherActors).Should().Be((false, true));
        hold.TryRelease(_clock.GetTimestamp(), out _).Should().BeTrue();
        hold.TryHold(new StreamItem(Made("b", Ann))).Should().BeTrue();
        hold.Note(new FileChange(FileChangeKind.Modified, root, "a") { Actor = Bob });
        first.HasOtherActors.Should().BeFalse();
    }

    [Fact]
    public void What_is_held_back_counts_as_waiting_and_is_dropped_with_the_rest()
    {
        var outbox = New(room: 0);
        for (var i = 0; i < 1024; i++)
        {
            outbox.Add(Made($"{i}", Ann));
        }

        outbox.HasMany.Should().BeTrue();
        outbox.Drop().Should().Be(1024);
        outbox.IsHolding.Should().BeFalse();
    }

    private static Actor Ann { get; } = new() { ProcessId = 1, StartKey = 1 };

    private static Actor Bob { get; } = new() { ProcessId = 2, StartKey = 2 };

    private Outbox New(int room)
    {
        _room = room;
        return new Outbox(TryTake, new EventRate(perSecond: 0, ticksPerSecond: 1), new ActorHold(_clock, static () => HintedUpTo), turns: null);
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

    private static AuditEvent Made(string path, Actor? actor = null) => new() { Root = "/r", RelativePath = path, Actor = actor };
}
