using FileMonitor.Delivery;

namespace FileMonitor.Settling;

/// <summary>
/// Holds emitted events in order until the stream takes them. Adding one never waits: the pump waits for room between two changes, not within one. Owner: the
/// pump.
/// </summary>
/// <param name="tryWrite">Passes an item to the stream; false when the stream is full.</param>
/// <param name="rate">Counts every event for the limit per second.</param>
/// <param name="hold">Holds back events that name an actor.</param>
/// <param name="turns">Observes every event; null when nobody does.</param>
/// <param name="recorder">Collects the tree changes that go with the events; null when there is no store.</param>
internal sealed class Outbox(Func<StreamItem, bool> tryWrite, EventRate rate, ActorHold hold, ITurnObserver? turns, TreeRecorder? recorder = null)
{
    private const int Many = 1024;

    private readonly Queue<StreamItem> _waiting = new();

    /// <summary>Whether the stream has taken everything that is not held back.</summary>
    public bool IsEmpty => _waiting.Count == 0;

    /// <summary>Whether events are held back until the hints about everything from before them are in.</summary>
    public bool IsHolding => hold.Count > 0;

    /// <summary>Whether so many events wait that the deletion of a large tree must pause until there is room.</summary>
    public bool HasMany => _waiting.Count + hold.Count >= Many;

    public void Add(AuditEvent auditEvent)
    {
        rate.Spend();
        turns?.Emitted(auditEvent);
        while (recorder is { HasMany: true })
        {
            Add(new StreamItem(Deltas: recorder.Take()));
        }

        Add(new StreamItem(auditEvent, recorder?.Take()));
    }

    /// <summary>Called at the end of a turn: passes on tree changes that have no event.</summary>
    public void AddUntold()
    {
        while (recorder?.Take() is { } changes)
        {
            Add(new StreamItem(Deltas: changes));
        }
    }

    /// <summary>Passes on what was held back before all these hints were in.</summary>
    /// <param name="upTo">The time up to which the hints are in.</param>
    public void Release(long upTo)
    {
        while (hold.TryRelease(upTo, out var item))
        {
            Pass(item.Value);
        }
    }

    /// <summary>Passes on as many events as the stream takes.</summary>
    /// <returns>Whether nothing waits for the stream any more.</returns>
    public bool TryEmpty()
    {
        while (_waiting.TryPeek(out var next))
        {
            if (!tryWrite(next))
            {
                return false;
            }

            _waiting.Dequeue();
        }

        return true;
    }

    /// <summary>Drops the remaining events.</summary>
    /// <returns>How many events were dropped.</returns>
    public int Drop()
    {
        var left = _waiting.Count(static item => item.Event is not null) + hold.Drop();
        _waiting.Clear();
        return left;
    }

    private void Add(in StreamItem item)
    {
        if (!hold.TryHold(item))
        {
            Pass(item);
        }
    }

    private void Pass(in StreamItem item)
    {
        if (_waiting.Count > 0 || !tryWrite(item))
        {
            _waiting.Enqueue(item);
        }
    }
}
