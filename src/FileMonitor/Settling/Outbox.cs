using FileMonitor.Delivery;

namespace FileMonitor.Settling;

/// <summary>
/// Events that were decided, in order, until the stream takes them. Adding one never waits: the pump waits for room between two changes, not
/// within one. Owner: the pump.
/// </summary>
/// <param name="tryWrite">Hands an event to the stream; false when it is full.</param>
/// <param name="rate">Counts every event against the limit per second.</param>
/// <param name="turns">Sees every event; null where nobody does.</param>
/// <param name="recorder">Has the changes of the snapshots that go with the events; null where nobody stores them.</param>
internal sealed class Outbox(Func<StreamItem, bool> tryWrite, EventRate rate, ITurnObserver? turns, TreeRecorder? recorder = null)
{
    private const int Many = 1024;

    private readonly Queue<StreamItem> _waiting = new();

    public bool IsEmpty => _waiting.Count == 0;

    /// <summary>Whether so many events wait that a tree of any size is not deleted further before there is room.</summary>
    public bool HasMany => _waiting.Count >= Many;

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

    /// <summary>A turn is over: changes of the snapshots that no event tells are handed over by themselves.</summary>
    public void AddUntold()
    {
        while (recorder?.Take() is { } changes)
        {
            Add(new StreamItem(Deltas: changes));
        }
    }

    /// <summary>Hands over what the stream takes.</summary>
    /// <returns>Whether nothing is left.</returns>
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

    /// <summary>Gives up what is left.</summary>
    /// <returns>How many events that are.</returns>
    public int Drop()
    {
        var left = _waiting.Count(static item => item.Event is not null);
        _waiting.Clear();
        return left;
    }

    private void Add(in StreamItem item)
    {
        if (_waiting.Count > 0 || !tryWrite(item))
        {
            _waiting.Enqueue(item);
        }
    }
}
