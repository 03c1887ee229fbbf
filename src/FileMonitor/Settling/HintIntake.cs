using FileMonitor.Extending;

namespace FileMonitor.Settling;

/// <summary>Moves hints from the inbox into the debouncer. Owner: the pump.</summary>
internal sealed class HintIntake(PumpInbox inbox, SettleContext context, ArrivingRoots arriving, ActorHold hold)
{
    // How many hints are moved before other work gets its turn.
    private const int MaxHintsPerTurn = 8192;

    private int _hintsToAwait;

    /// <summary>
    /// All hints received up to this time are in the debouncer. Whether a path is quiet is decided as of this time: while the pump was busy, hints of a path that is
    /// written all the time may still be in the inbox.
    /// </summary>
    public long HeardUntil { get; private set; }

    /// <summary>How many of the next hints a flush waits for.</summary>
    public int HintsToAwait => _hintsToAwait;

    /// <summary>A flush begins: it waits for the hints that are in the inbox now.</summary>
    public void BeginFlush() => _hintsToAwait = inbox.Length;

    public void EndFlush() => _hintsToAwait = 0;

    /// <summary>Moves waiting hints into the debouncer.</summary>
    /// <returns>Whether there may be more.</returns>
    public bool Absorb()
    {
        var now = context.Time.GetTimestamp();
        var hintedUpTo = hold.AskSource();
        inbox.BeginRead();
        for (var taken = 0; taken < MaxHintsPerTurn; taken++)
        {
            // A full debouncer releases paths early. Until then hints wait in the queue, and a hint that the queue refuses opens a gap.
            var isFull = context.Debouncer.IsFull;
            if (isFull || !inbox.TryRead(out var change))
            {
                HeardUntil = now;
                context.Outbox.Release(isFull ? 0 : hintedUpTo);
                return false;
            }

            HeardUntil = change.ReceivedAt;
            context.EndTurn();
            hold.Note(change);
            context.Counters.Current.Taken++;
            context.Counters.Current.Pending++;
            if (arriving.MustWait(change))
            {
                _hintsToAwait = Math.Max(0, _hintsToAwait - 1);
                continue;
            }

            context.Debouncer.Add(MarkAwaited(change));
        }

        context.Outbox.Release(upTo: 0);
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
