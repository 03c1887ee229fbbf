using FileMonitor.Reconciliation;

namespace FileMonitor.Pipeline;

/// <summary>
/// Decides what happened: compares the disk with the snapshot, changes the snapshot, and emits exactly that change. Hints only say where to
/// look. Owner: the pipeline's one reader, which also owns the snapshots, the debouncer, the gate's queue and the reconciler's.
/// </summary>
/// <remarks>
/// Every method that emits may wait for room in the stream; meanwhile the pump takes hints into the debouncer, nothing else runs. One idea
/// in five files: names here; renames, content, directories and what stands in the way in those called so.
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
    Func<AuditEvent, ValueTask> emit,
    Action<PendingChange?, Snapshot, Exception> lose,
    SettlerReports reports,
    CancellationToken giveUp)
{
    private readonly Dictionary<SnapshotEntry, HashWork> _working = [];
    private readonly ITurnView _looks = PlainTurnView.Of(files);
    private readonly SettleProgress _progress = new(snapshots.Count);

    /// <summary>What flushes and open gaps wait for.</summary>
    public SettleProgress Progress => _progress;

    /// <summary>Hints were taken, or nothing is judged for now: what the disk showed is asked anew.</summary>
    public void EndTurn() => _looks.EndTurn();

    /// <returns>What has to be settled before it; null when it is settled itself, or put off.</returns>
    private async ValueTask<PendingChange?> SettleAloneAsync(PendingChange change)
    {
        var snapshot = snapshots[change.Root.Index];
        try
        {
            if (TryTakeEarlier(change, out var earlier))
            {
                return earlier;
            }

            if (await SettleNameAsync(snapshot, change).ConfigureAwait(false))
            {
                await FinishAsync(snapshot, change).ConfigureAwait(false);
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
        var (utcNow, now) = (time.GetUtcNow(), time.GetTimestamp());
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

    private ValueTask EmitAsync(PendingChange? change, Snapshot snapshot, AuditEvent auditEvent)
    {
        change?.HasEmitted = true;
        _progress.Found(snapshot.Root, change is { Healing: > 0 } || auditEvent.Origin == AuditEventOrigin.Reconciled);
        return emit(auditEvent);
    }

    /// <returns>Whether it is done; false when a file has to be read first.</returns>
    private async ValueTask<bool> SettleNameAsync(Snapshot snapshot, PendingChange change)
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
        if (!root.Rules.IsEmpty && root.Rules.IsIgnored(change.Path, TypeOf(status, entry)))
        {
            // What was renamed to an ignored name is gone for the consumer; FinishAsync looks at the old name. So is what is known by a
            // name that is ignored now, because its directory was renamed or because it has become something else.
            change.WasIgnored = true;
            if (entry is not null)
            {
                await DeleteTreeAsync(snapshot, entry, change.Path, OccurrenceOf(change, time.GetUtcNow()), change).ConfigureAwait(false);
            }

            return true;
        }

        switch (status.Outcome)
        {
            case FileStatusOutcome.Found:
                return await SettleFoundAsync(snapshot, change, status).ConfigureAwait(false);
            case FileStatusOutcome.Missing:
                return await SettleGoneAsync(snapshot, change, entry).ConfigureAwait(false);
            default:
                ReportInaccessible(snapshot, snapshot.FindClosestDirectory(change.Path), status.Outcome);
                return true;
        }
    }

    private static ItemType TypeOf(in FileStatus status, SnapshotEntry? entry) =>
        status.IsFound ? status.ItemType : entry?.Type ?? ItemType.File; // Nothing was known there, so nothing below it was.

    private async ValueTask<bool> SettleFoundAsync(Snapshot snapshot, PendingChange change, FileStatus status)
    {
        var now = time.GetUtcNow();
        if (snapshot.Find(PathText.DirectoryOf(change.Path)) is not { Type: ItemType.Directory } parent)
        {
            // The directory above is gone, is a link now, or is left out: nothing is there as far as this root is concerned.
            return await SettleGoneAsync(snapshot, change, snapshot.Find(change.Path)).ConfigureAwait(false);
        }

        var entry = snapshot.Find(change.Path);
        if (entry is not null && IsMissed(entry, status) && TryPutOff(snapshot, change, entry))
        {
            return false;
        }

        if (FindMoved(snapshot, change, status, parent, entry) is { } moved)
        {
            entry = await MoveHereAsync(snapshot, change, status, moved, parent, entry).ConfigureAwait(false);
            if (_settleLater is not null)
            {
                return false;
            }
        }
        else if (entry is not null && IsMissed(entry, status) && FindElsewhere(snapshot, entry, change.Path, startAt: null) is { } place)
        {
            await StepAsideAsync(snapshot, entry, change, place).ConfigureAwait(false);
            entry = null;
        }

        if (entry is not null && entry.Type != status.ItemType)
        {
            if (TryYield(snapshot, change))
            {
                return false;
            }

            // A file became a directory, or the other way round: another thing under the same name.
            await DeleteTreeAsync(snapshot, entry, change.Path, OccurrenceOf(change, now), change).ConfigureAwait(false);
            entry = null;
        }

        if (entry is not null)
        {
            return await SettleKnownAsync(snapshot, change, status, entry, now).ConfigureAwait(false);
        }

        entry = snapshot.Add(parent, PathText.NameOf(change.Path).ToString(), status);
        return await AnnounceAsync(snapshot, change, status, entry, now).ConfigureAwait(false);
    }

    /// <returns>Whether it is done; false when it was put off.</returns>
    private async ValueTask<bool> SettleGoneAsync(Snapshot snapshot, PendingChange change, SnapshotEntry? entry)
    {
        var now = time.GetUtcNow();
        if (!await IsIntactAsync(snapshot).ConfigureAwait(false))
        {
            return true;
        }

        if (entry is null)
        {
            if ((change.Kinds & (PendingHints.Created | PendingHints.Renamed)) != 0 && change.From is null)
            {
                await ReportTransientAsync(snapshot, change.Path, OccurrenceOf(change, now), change).ConfigureAwait(false);
            }
        }
        else if (TryPutOff(snapshot, change, entry) || TryYield(snapshot, change))
        {
            return false;
        }
        else
        {
            await DeleteTreeAsync(snapshot, entry, change.Path, OccurrenceOf(change, now), change).ConfigureAwait(false);
        }

        FollowWrite(snapshot, change);
        return true;
    }

    /// <summary>What remains of a change once its own name is settled: the other names it involved. Then its hints are counted.</summary>
    private async ValueTask FinishAsync(Snapshot snapshot, PendingChange change)
    {
        if (change.From is { } from)
        {
            await LookAtOldNameAsync(snapshot, from, change).ConfigureAwait(false);
        }

        if (change is { IsOnBehalf: false, AlsoLook: { } names })
        {
            foreach (var name in names)
            {
                await LookAtOldNameAsync(snapshot, name, change).ConfigureAwait(false);
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
