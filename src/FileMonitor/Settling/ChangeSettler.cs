using FileMonitor.Delivery;
using FileMonitor.Extending;
using FileMonitor.Scanning;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

/// <summary>
/// Decides what happened: compares the disk with the snapshot, changes the snapshot, and emits exactly that change. Hints only say where to
/// look. Owner: the pipeline's one reader, which also owns the snapshots, the debouncer, the gate's queue and the reconciler's.
/// </summary>
/// <remarks>
/// Nothing here waits: what is told goes to the outbox, and what has to be read first is settled when it was. One idea
/// in several files: names here; renames, content, directories and what stands in the way in those called so.
/// </remarks>
internal sealed partial class ChangeSettler(
    IReadOnlyList<Snapshot> snapshots,
    IFileView files,
    SettleRules rules,
    Debouncer debouncer,
    ChecksumGate gate,
    Reconciler reconciler,
    PipelineCounters counters,
    AuditEventBuilder events,
    TimeProvider time,
    Outbox outbox,
    Action<PendingChange?, Snapshot, Exception> lose,
    SettlerReports reports,
    CancellationToken giveUp)
{
    private const int MaxClockReads = 3;

    private static readonly TimeSpan LongestClockRead = TimeSpan.FromMilliseconds(1);

    private readonly Dictionary<SnapshotEntry, HashWork> _working = [];
    private readonly ITurnView _looks = PlainTurnView.Of(files);
    private readonly SettleProgress _progress = new(snapshots.Count);

    /// <summary>What flushes and open gaps wait for.</summary>
    public SettleProgress Progress => _progress;

    /// <summary>Hints were taken, or nothing is judged for now: what the disk showed is asked anew.</summary>
    public void EndTurn() => _looks.EndTurn();

    /// <returns>What has to be settled before it; null when it is settled itself, or put off.</returns>
    private PendingChange? SettleAlone(PendingChange change)
    {
        var snapshot = snapshots[change.Root.Index];
        _budget.Earn(time.GetTimestamp());
        try
        {
            if (FindEarlier(snapshot, change) is { } earlier)
            {
                return earlier;
            }

            if (_putOffNow is not null)
            {
                return null;
            }

            if (SettleName(snapshot, change))
            {
                Finish(snapshot, change);
            }
        }
        catch (Exception defect) when (!IsGivenUp(defect))
        {
            // Here and not in the loop: a change may be settled on behalf of another, and each is lost alone.
            lose(change, snapshot, defect);
        }
        finally
        {
            _seenFor = null;
        }

        return null;
    }

    /// <summary>Whether an exception says that the stop gave up; a host's own cancellation does not.</summary>
    public bool IsGivenUp(Exception exception) => exception is OperationCanceledException cancelled && cancelled.CancellationToken == giveUp;

    private Occurrence OccurrenceOf(PendingChange change, DateTimeOffset settledAt)
    {
        // Back from now, not from when it was settled: reading the file took its time since.
        var (utcNow, now) = ReadClocks();
        var hints = change.HasEmitted ? 0 : change.Hints;
        return new Occurrence(
            change.Origin,
            change.Origin == AuditEventOrigin.Live ? hints : 0,
            utcNow - time.GetElapsedTime(change.FirstAt, now),
            utcNow - time.GetElapsedTime(change.LastAt, now),
            settledAt,
            change.Actor,
            change.HasOtherActors);
    }

    /// <summary>The time of day and the timestamp of one moment: between the two questions the thread may have been kept waiting.</summary>
    private (DateTimeOffset UtcNow, long Timestamp) ReadClocks()
    {
        var tries = 0;
        while (true)
        {
            var timestamp = time.GetTimestamp();
            var utcNow = time.GetUtcNow();
            if (++tries == MaxClockReads || time.GetElapsedTime(timestamp) < LongestClockRead)
            {
                return (utcNow, timestamp);
            }
        }
    }

    private void Emit(PendingChange? change, Snapshot snapshot, AuditEvent auditEvent)
    {
        change?.HasEmitted = true;
        _progress.Found(snapshot.Root, change is { Healing: > 0 } || auditEvent.Origin == AuditEventOrigin.Reconciled);
        outbox.Add(auditEvent);
    }

    /// <returns>Whether it is done; false when a file has to be read first.</returns>
    private bool SettleName(Snapshot snapshot, PendingChange change)
    {
        var root = snapshot.Root;
        if (!root.Recursive && change.Path.Contains('/', StringComparison.Ordinal))
        {
            change.WasIgnored = true;
            return true;
        }

        if (snapshot.IsLost)
        {
            // It may name another directory's file by now. When the root is back, all of it is compared.
            return true;
        }

        var entry = snapshot.Find(change.Path);
        var status = Look(snapshot, change);
        if (!root.Rules.IsEmpty && root.Rules.IsIgnored(change.Path, TypeOf(status, entry).IsDirectory()))
        {
            // What was renamed to an ignored name is gone for the consumer; Finish looks at the old name. So is what is known by a
            // name that is ignored now, because its directory was renamed or because it has become something else.
            change.WasIgnored = true;
            if (entry is not null)
            {
                DeleteTree(snapshot, entry, change.Path, OccurrenceOf(change, time.GetUtcNow()), change);
            }

            return true;
        }

        switch (status.Outcome)
        {
            case FileStatusOutcome.Found:
                return SettleFound(snapshot, change, status);
            case FileStatusOutcome.Missing:
                return SettleGone(snapshot, change, entry);
            default:
                ReportInaccessible(snapshot, snapshot.FindClosestDirectory(change.Path), status.Outcome);
                return true;
        }
    }

    private static ItemType TypeOf(in FileStatus status, SnapshotEntry? entry) =>
        status.IsFound ? status.ItemType : entry?.Type ?? ItemType.File; // Nothing was known there, so nothing below it was.

    private bool SettleFound(Snapshot snapshot, PendingChange change, FileStatus status)
    {
        var now = time.GetUtcNow();
        if (snapshot.Find(PathText.DirectoryOf(change.Path)) is not { Type: ItemType.Directory } parent)
        {
            // The directory above is gone, is a link now, or is left out: nothing is there as far as this root is concerned.
            return SettleGone(snapshot, change, snapshot.Find(change.Path));
        }

        var entry = snapshot.Find(change.Path);
        if (entry is not null && IsMissed(entry, status) && TryPutOff(snapshot, change, entry))
        {
            return false;
        }

        if (FindMoved(snapshot, change, status, parent, entry) is { } moved)
        {
            entry = MoveHere(snapshot, change, status, moved, parent, entry);
        }

        if (entry is not null && entry.Type != status.ItemType)
        {
            // A file became a directory, or the other way round: another thing under the same name.
            DeleteTree(snapshot, entry, change.Path, OccurrenceOf(change, now), change);
            entry = null;
        }

        if (entry is not null)
        {
            return SettleKnown(snapshot, change, status, entry, now);
        }

        entry = snapshot.Add(parent, PathText.NameOf(change.Path).ToString(), status);
        return Announce(snapshot, change, status, entry, now);
    }

    /// <returns>Whether it is done; false when it was put off.</returns>
    private bool SettleGone(Snapshot snapshot, PendingChange change, SnapshotEntry? entry)
    {
        var now = time.GetUtcNow();
        if (!IsIntact(snapshot))
        {
            return true;
        }

        if (entry is null)
        {
            if ((change.Kinds & (PendingHints.Created | PendingHints.Renamed)) != 0 && change.From is null)
            {
                ReportTransient(snapshot, change.Path, OccurrenceOf(change, now), change);
            }
        }
        else if (TryPutOff(snapshot, change, entry))
        {
            return false;
        }
        else
        {
            DeleteTree(snapshot, entry, change.Path, OccurrenceOf(change, now), change);
        }

        FollowWrite(snapshot, change);
        return true;
    }

    /// <summary>What remains of a change once its own name is settled: the other names it involved. Then its hints are counted.</summary>
    private void Finish(Snapshot snapshot, PendingChange change)
    {
        if (change.From is { } from)
        {
            LookAtOldName(snapshot, from, change);
        }

        if (change is { IsOnBehalf: false, AlsoLook: { } names })
        {
            foreach (var name in names)
            {
                LookAtOldName(snapshot, name, change);
            }
        }

        Count(change);
        debouncer.Recycle(change);
    }

    private void Count(PendingChange change)
    {
        ref var totals = ref counters.Current;
        totals.Pending -= change.Hints;
        _progress.Settled(change);
        totals.Coalesced += change.Hints - 1;
        if (change.HasEmitted)
        {
            totals.Emitted++;
        }
        else if (change.WasIgnored)
        {
            totals.Ignored++;
        }
        else
        {
            totals.Suppressed++;
            totals.Transient += change.WasTransient ? 1 : 0;
        }
    }

    /// <summary>A hint that the monitor gives itself. It is received like any other, so that the counters balance over all of them.</summary>
    /// <param name="root">The root.</param>
    /// <param name="path">The path below it.</param>
    /// <param name="kind">Look; or Modified, to have the content read whatever the metadata say.</param>
    /// <param name="origin">What events that come of it will say.</param>
    /// <param name="isAwaited">Whether a flush waits for what it follows from.</param>
    /// <param name="isHealing">Whether it follows from a comparison after a loss.</param>
    private void AddOwnHint(MonitoredRoot root, string path, FileChangeKind kind, AuditEventOrigin origin, bool isAwaited, bool isHealing)
    {
        counters.Current.Own++;
        counters.Current.Pending++;
        _progress.Hinted(root, isAwaited, isHealing);
        debouncer.Add(new FileChange(kind, root, path) { ReceivedAt = time.GetTimestamp(), Origin = origin, IsOwn = true, IsAwaited = isAwaited, IsHealing = isHealing });
    }
}
