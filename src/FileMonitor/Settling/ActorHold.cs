using System.Diagnostics.CodeAnalysis;
using FileMonitor.Delivery;
using FileMonitor.Extending;

namespace FileMonitor.Settling;

/// <summary>
/// Holds back events that name an actor until the hints about everything from before are in. The disk may show a change whose hint is still on its way; the event
/// then tells of that change, too, and must not name the first actor as the only one. What comes after such an event waits with it. Owner: the pump.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="hintedUpTo">The time up to which the source has written hints (<see cref="IChangeSource.HintedUpTo"/>).</param>
/// <param name="longest">How long an event is held at most; <see cref="Longest"/> when null.</param>
internal sealed class ActorHold(TimeProvider time, Func<long> hintedUpTo, TimeSpan? longest = null)
{
    // Longer than a thread that reads hints waits for a processor, unless the machine is overloaded. Then the event says that there may be others.
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(50);

    private readonly Queue<HeldItem> _items = new();
    private readonly Dictionary<(string Root, string Path), HeldItem> _latest = [];

    public int Count => _items.Count;

    /// <summary>Holds an item back.</summary>
    /// <returns>False when nothing is held, and the item names no actor.</returns>
    public bool TryHold(in StreamItem item)
    {
        if (item.Event is not { Actor: not null } named)
        {
            if (_items.Count == 0)
            {
                return false;
            }

            _items.Enqueue(new HeldItem(item, 0, null));
            return true;
        }

        var place = (named.Root, named.RelativePath);
        var held = new HeldItem(item, time.GetTimestamp(), _latest.GetValueOrDefault(place));
        _items.Enqueue(held);
        _latest[place] = held;
        return true;
    }

    /// <summary>The source's time to pass to <see cref="TryRelease"/>, once all hints that it had written at this call are noted.</summary>
    public long AskSource() => _items.Count == 0 ? 0 : hintedUpTo();

    /// <summary>A hint came in: the events about its names may tell of what it is about.</summary>
    public void Note(in FileChange hint)
    {
        if (_items.Count > 0 && hint.Actor is { } actor)
        {
            Note(hint.Root.Path, hint.RelativePath, actor);
            if (hint.OldRelativePath is { } old)
            {
                Note(hint.Root.Path, old, actor);
            }
        }
    }

    /// <summary>Releases the oldest item, if all hints from before it are in, or it was held for long enough.</summary>
    /// <param name="upTo">The time up to which the hints are in.</param>
    /// <param name="item">The item.</param>
    public bool TryRelease(long upTo, [NotNullWhen(true)] out StreamItem? item)
    {
        item = null;
        if (!_items.TryPeek(out var oldest))
        {
            return false;
        }

        if (oldest.At > upTo)
        {
            if (time.GetElapsedTime(oldest.At) < (longest ?? Longest))
            {
                return false;
            }

            oldest.Item.Event!.HasOtherActors = true;
        }

        _items.Dequeue();
        Forget(oldest);
        item = oldest.Item;
        return true;
    }

    /// <summary>Drops everything.</summary>
    /// <returns>How many events were dropped.</returns>
    public int Drop()
    {
        var events = _items.Count(static held => held.Item.Event is not null);
        _items.Clear();
        _latest.Clear();
        return events;
    }

    private void Note(string root, string path, Actor actor)
    {
        for (var held = _latest.GetValueOrDefault((root, path)); held is { IsReleased: false }; held = held.Earlier)
        {
            var about = held.Item.Event!;
            about.HasOtherActors |= !about.Actor!.IsSameProcess(actor);
        }
    }

    /// <summary>An item was released: what was told does not change any more.</summary>
    private void Forget(HeldItem released)
    {
        (released.IsReleased, released.Earlier) = (true, null);
        if (released.Item.Event is { Actor: not null } told && _latest.GetValueOrDefault((told.Root, told.RelativePath)) == released)
        {
            _latest.Remove((told.Root, told.RelativePath));
        }
    }

    /// <param name="item">The item.</param>
    /// <param name="at">When an event that names an actor was made; 0 for what only waits behind it.</param>
    /// <param name="earlier">The event before it with the same path.</param>
    private sealed class HeldItem(StreamItem item, long at, HeldItem? earlier)
    {
        public StreamItem Item { get; } = item;

        public long At { get; } = at;

        /// <summary>The event before it with the same path; it may have been released.</summary>
        public HeldItem? Earlier { get; set; } = earlier;

        public bool IsReleased { get; set; }
    }
}
