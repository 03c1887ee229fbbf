using FileMonitor.Extending;

namespace FileMonitor.Settling;

/// <summary>Takes hints out of the inbox into the debouncer. Owner: the pump.</summary>
internal sealed class HintIntake(PumpInbox inbox, SettleContext context)
{
    // How much is taken before other work gets its turn.
    private const int MaxHintsPerTurn = 8192;

    private int _hintsToAwait;

    /// <summary>
    /// Every hint that was received by then was taken: what is quiet since can be told only as of this time. A pump that has been kept busy
    /// would otherwise find quiet what is written all the time, because the hints that say so are still in the inbox.
    /// </summary>
    public long HeardUntil { get; private set; }

    /// <summary>How many of those that are taken next a flush waits for.</summary>
    public int HintsToAwait => _hintsToAwait;

    /// <summary>A flush begins: it waits for what is in the inbox now.</summary>
    public void BeginFlush() => _hintsToAwait = inbox.Length;

    public void EndFlush() => _hintsToAwait = 0;

    /// <summary>Takes the hints that are waiting into the debouncer.</summary>
    /// <returns>Whether there may be more.</returns>
    public bool Absorb()
    {
        var now = context.Time.GetTimestamp();
        inbox.BeginRead();
        for (var taken = 0; taken < MaxHintsPerTurn; taken++)
        {
            // A full debouncer releases early first; until it has, hints wait in the queue, and what the queue refuses becomes a gap.
            if (context.Debouncer.IsFull || !inbox.TryRead(out var change))
            {
                HeardUntil = now;
                return false;
            }

            HeardUntil = change.ReceivedAt;
            context.EndTurn();
            context.Counters.Current.Taken++;
            context.Counters.Current.Pending++;
            context.Debouncer.Add(MarkAwaited(change));
        }

        return true;
    }

    private FileChange MarkAwaited(in FileChange change)
    {
        if (_hintsToAwait == 0)
        {
            return change;
        }

        _hintsToAwait--;
        context.Progress.Hinted(change.Root, isAwaited: true, isHealing: false);
        return change with { IsAwaited = true };
    }
}
