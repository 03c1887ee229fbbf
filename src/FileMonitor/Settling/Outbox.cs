namespace FileMonitor.Settling;

/// <summary>
/// Events that were decided, in order, until the stream takes them. Adding one never waits: the pump waits for room between two changes, not
/// within one. Owner: the pump.
/// </summary>
/// <param name="tryWrite">Hands an event to the stream; false when it is full.</param>
/// <param name="rate">Counts every event against the limit per second.</param>
/// <param name="turns">Sees every event; null where nobody does.</param>
internal sealed class Outbox(Func<AuditEvent, bool> tryWrite, EventRate rate, ITurnObserver? turns)
{
    private const int Many = 1024;

    private readonly Queue<AuditEvent> _waiting = new();

    public bool IsEmpty => _waiting.Count == 0;

    /// <summary>Whether so many events wait that a tree of any size is not deleted further before there is room.</summary>
    public bool HasMany => _waiting.Count >= Many;

    public void Add(AuditEvent auditEvent)
    {
        rate.Spend();
        turns?.Emitted(auditEvent);
        if (_waiting.Count > 0 || !tryWrite(auditEvent))
        {
            _waiting.Enqueue(auditEvent);
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
        var left = _waiting.Count;
        _waiting.Clear();
        return left;
    }
}
