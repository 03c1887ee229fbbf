using FileMonitor.Diagnostics;
using FileMonitor.Tree;

namespace FileMonitor.Scanning;

/// <summary>The pending comparisons of one root, and when the next may run. Owned by the <see cref="Reconciler"/>.</summary>
/// <remarks>
/// When losses follow each other, there is a pause between the comparisons, or they would take all resources. It is as long as the comparison
/// took, doubled for each in a row, at most half a minute.
/// </remarks>
internal sealed class RootReconciliation(long frequency, Action<ReconcileEpisode> ended)
{
    private const int LongestPauseInSeconds = 30;
    private const int MaxDoublings = 5;

    private int _lost;
    private int _timed;
    private long _begunAt;
    private long _timedSince;
    private (long Entries, long Discrepancies) _ofLost;
    private (long Entries, long Discrepancies) _ofTimed;
    private int _inARow;

    /// <summary>Directories below which hints were lost.</summary>
    public Queue<(Snapshot Snapshot, SnapshotEntry Directory, long Ticket)> Lost { get; } = new();

    /// <summary>Directories that a timer asked for: polling, and the periodic comparison.</summary>
    public Queue<(Snapshot Snapshot, SnapshotEntry Directory, long Ticket)> Timed { get; } = new();

    public List<(SnapshotEntry Entry, AuditEventOrigin Origin)> MissingLost { get; } = [];

    public List<(SnapshotEntry Entry, AuditEventOrigin Origin)> MissingTimed { get; } = [];

    /// <summary>No comparison after a loss starts before this time.</summary>
    public long NotBefore { get; private set; }

    public int Queued => Lost.Count + Timed.Count;

    public bool HasHealed => _lost == 0 && MissingLost.Count == 0;

    public bool HasCompared => _timed == 0 && MissingTimed.Count == 0;

    public bool IsDone => HasHealed && HasCompared;

    public void Count(DirectoryLook added, long now)
    {
        if (added.HasFlag(DirectoryLook.Reconcile) && _lost++ == 0)
        {
            // Long enough after the last comparison: a new series, without a pause.
            _inARow = now - NotBefore > frequency ? 0 : _inARow;
            _begunAt = Math.Max(now, _inARow == 0 ? now : NotBefore);
        }

        if (_timed == 0)
        {
            _timedSince = now;
        }

        _timed += Timers(added);
    }

    /// <summary>Counts the entries that were read.</summary>
    public void Read(DirectoryLook look, int entries)
    {
        _ofLost.Entries += look.HasFlag(DirectoryLook.Reconcile) ? entries : 0;
        _ofTimed.Entries += Timers(look) > 0 ? entries : 0;
    }

    /// <summary>Counts an entry that differs from the snapshot.</summary>
    public void Differ(DirectoryLook look)
    {
        _ofLost.Discrepancies += look.HasFlag(DirectoryLook.Reconcile) ? 1 : 0;
        _ofTimed.Discrepancies += Timers(look) > 0 ? 1 : 0;
    }

    public void Uncount(DirectoryLook done, long now)
    {
        if (done.HasFlag(DirectoryLook.Reconcile) && --_lost == 0)
        {
            var took = Math.Max(0, now - _begunAt);
            NotBefore = now + Math.Min(took << Math.Min(_inARow, MaxDoublings), LongestPauseInSeconds * frequency);
            _inARow++;
            End(ReconcileReason.Loss, took, ref _ofLost);
        }

        if (Timers(done) is > 0 and var timers && (_timed -= timers) == 0)
        {
            End(ReconcileReason.Timer, now - _timedSince, ref _ofTimed);
        }
    }

    /// <summary>Whether an item was missing in a finished comparison.</summary>
    public bool HasMissing => (_lost == 0 && MissingLost.Count > 0) || (_timed == 0 && MissingTimed.Count > 0);

    /// <summary>Takes an item that was missing in a finished comparison.</summary>
    public bool TryTakeMissing(out (SnapshotEntry Entry, AuditEventOrigin Origin, bool IsHealing) missing)
    {
        var (isLost, from) = _lost == 0 && MissingLost.Count > 0 ? (true, MissingLost) : (false, MissingTimed);
        if (from.Count == 0 || (!isLost && _timed > 0))
        {
            missing = default;
            return false;
        }

        var (entry, origin) = from[^1];
        from.RemoveAt(from.Count - 1);
        missing = (entry, origin, isLost);
        return true;
    }

    public void ClearTimed()
    {
        while (Timed.TryDequeue(out var request))
        {
            var look = request.Directory.Look & (DirectoryLook.Compare | DirectoryLook.Periodic);
            _timed -= Timers(look);
            var rest = request.Directory.Look & ~look;

            // Tree alone is no reason; left set, it would look like a queued request.
            request.Directory.Look = rest == DirectoryLook.Tree ? DirectoryLook.None : rest;
        }

        MissingTimed.Clear();
    }

    public void Clear()
    {
        Clear(Lost);
        Clear(Timed);
        MissingLost.Clear();
        MissingTimed.Clear();
        _lost = _timed = 0;
    }

    /// <summary>Empties a queue, so that its directories can be requested again.</summary>
    public static void Clear(Queue<(Snapshot Snapshot, SnapshotEntry Directory, long Ticket)> requests)
    {
        while (requests.TryDequeue(out var request))
        {
            request.Directory.Look = DirectoryLook.None;
        }
    }

    private void End(ReconcileReason reason, long took, ref (long Entries, long Discrepancies) found)
    {
        ended(new ReconcileEpisode(reason, TimeSpan.FromSeconds((double)took / frequency), found.Entries, found.Discrepancies));
        found = default;
    }

    private static int Timers(DirectoryLook look) =>
        (look.HasFlag(DirectoryLook.Compare) ? 1 : 0) + (look.HasFlag(DirectoryLook.Periodic) ? 1 : 0);
}

/// <summary>A finished comparison: all scans of one root for one reason.</summary>
internal readonly record struct ReconcileEpisode(ReconcileReason Reason, TimeSpan Took, long Entries, long Discrepancies);

/// <summary>Limits the rate of directory entries that are read; saves up at most a tenth of a second. Owned by the <see cref="Reconciler"/>.</summary>
internal sealed class ReconcileBudget(int entriesPerSecond, long frequency)
{
    private long _spentUntil;

    public void Spend(int entries, long now)
    {
        if (entriesPerSecond > 0)
        {
            _spentUntil = Math.Max(_spentUntil, now - (frequency / 10)) + (long)((double)entries / entriesPerSecond * frequency);
        }
    }

    /// <summary>When the next directory may be read.</summary>
    public long NextAt(long now) => Math.Max(now, _spentUntil);
}
