// Over 300 lines because it is one idea: how the loop comes to know what it was not told.
using System.Diagnostics.CodeAnalysis;
using FileMonitor.Delivery;
using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using FileMonitor.Scanning;
using FileMonitor.Tree;

namespace FileMonitor.Settling;

// Losses, gaps, roots that are gone, and those who wait for the pump: orders, flushes, comparisons.
internal sealed partial class ChangePipeline
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly List<Gap> _untold = [];
    private readonly List<(MonitoredRoot Root, SnapshotEntry Directory)> _readableAgain = [];
    private readonly List<PumpOrder.Compare> _compares = [];
    private readonly List<PumpOrder.Flush> _flushes = [];
    private readonly List<PumpOrder.Flush> _nextFlushes = [];
    private int _hintsToAwait;
    private IReadOnlyList<OpenGap> _openGaps = [];
    private long[] _gapsByCause = new long[Enum.GetValues<GapCause>().Length];
    private bool _areGapsStale;
    private long _closedGapsAt;

    /// <summary>How many gaps are open, by <see cref="GapCause"/>, as of the end of the latest turn; any thread.</summary>
    public IReadOnlyList<long> GapsByCause => Volatile.Read(ref _gapsByCause);

    /// <summary>The gaps that are open, as of the end of the latest turn; any thread.</summary>
    public IReadOnlyList<OpenGap> OpenGaps => Volatile.Read(ref _openGaps);

    private bool IsFlushing => _flushes.Count > 0;

    /// <returns>Whether an order changed what there is to do.</returns>
    private bool TakeOrders()
    {
        var any = false;
        while (_queue.TryReadOrder(out var order))
        {
            any = true;
            switch (order)
            {
                case PumpOrder.Compare compare:
                    Compare(compare);
                    break;
                case PumpOrder.Coverage { Detail: { } detail } condition:
                    Tell(_gaps.AddCondition(condition.Root, condition.Directory, condition.Cause, detail, _time.GetUtcNow()));
                    break;
                case PumpOrder.Coverage over:
                    if (_gaps.EndCondition(over.Root, over.Directory, over.Cause))
                    {
                        Heal(_snapshots[over.Root.Index], over.Directory, isTree: true);
                        _settler.LookAtItself(_snapshots[over.Root.Index], over.Directory);
                    }

                    break;
                case PumpOrder.LoseRoot lose:
                    Lose(_snapshots[lose.Root.Index], lose.Problem);
                    break;
                case PumpOrder.RestoreRoot restore:
                    // What was lost before it was there again is found by the comparison that follows, and is no gap of its own.
                    TakeLosses();
                    RestoreRoot(_snapshots[restore.Root.Index], restore.Status);
                    break;
                case PumpOrder.Flush flush:
                    _nextFlushes.Add(flush);
                    break;
                case PumpOrder.EndFlush end:
                    EndFlush(end);
                    break;
                case PumpOrder.Inspect inspect:
                    Inspect(inspect);
                    break;
            }
        }

        BeginFlush();
        return any;
    }

    private void Compare(PumpOrder.Compare compare)
    {
        var snapshot = _snapshots[compare.Root.Index];
        if (snapshot.IsLost || _queue.IsComplete)
        {
            compare.Done.TrySetResult();
            return;
        }

        _reconciler.Request(snapshot, snapshot.FindClosestDirectory(compare.Directory), compare.Look);
        _compares.Add(compare);
    }

    private void Inspect(PumpOrder.Inspect inspect)
    {
        try
        {
            inspect.Look(_snapshots);
            inspect.Done.TrySetResult();
        }
        catch (Exception defect)
        {
            inspect.Done.TrySetException(defect);
        }
    }

    private void TakeLosses()
    {
        while (_queue.TryReadLoss(out var loss))
        {
            NoteLoss(loss);
        }
    }

    private void NoteLoss(in LostHints loss)
    {
        var snapshot = _snapshots[loss.Root.Index];
        if (loss.Cause != GapCause.SourceRestarted || !(_gaps.IsSourceDown(loss.Root) || snapshot.IsLost))
        {
            // A restart that ends a gap is no second one; nor is one that comes while the root is lost, whose gap is closed after all was compared.
            Tell(_gaps.AddLoss(loss, _time.GetTimestamp(), _time.GetUtcNow()));
        }

        var directory = snapshot.FindClosestDirectory(loss.Directory);

        // A directory that is not known by that name has another one by now, or a garbled one: it is one of those below.
        Heal(snapshot, directory, loss.IsTree || Snapshot.PathOf(directory) != loss.Directory);
        if (loss.IsTree)
        {
            _settler.LookAtItself(snapshot, loss.Directory);
        }

        if (loss.Item is not null && snapshot.Find(loss.Item) is { Type: ItemType.Directory } renamed)
        {
            Heal(snapshot, renamed, isTree: true);
        }
    }

    private void Heal(Snapshot snapshot, string directory, bool isTree) => Heal(snapshot, snapshot.FindClosestDirectory(directory), isTree);

    private void Heal(Snapshot snapshot, SnapshotEntry directory, bool isTree) =>
        _reconciler.Request(snapshot, directory, DirectoryLook.Reconcile | (isTree ? DirectoryLook.Tree : DirectoryLook.None));

    private void Tell(Gap? gap)
    {
        if (gap is not null)
        {
            gap.FoundBefore = _settler.Progress.Found(gap.Root);
            _untold.Add(gap);
        }

        _areGapsStale = true;
    }

    /// <summary>Gaps that were opened are told before anything that was found because of them.</summary>
    private void TellOpened()
    {
        if (_untold.Count > 0)
        {
            // Who hears of a gap and asks health finds it there.
            PublishGaps();
            _areGapsStale = true;
        }

        for (var i = 0; i < _untold.Count; i++)
        {
            var gap = _untold[i];
            _logger.GapOpened(gap.Cause, gap.Lost, gap.Root.Path, gap.Number, gap.Detail);
            var opening = _events.Opened(gap);
            gap.Opening = opening.Gap;
            _outbox.Add(opening);
        }

        _untold.Clear();
    }

    private void CloseGaps()
    {
        _closedGapsAt = _time.GetTimestamp();
        if (_gaps.Count == 0)
        {
            return;
        }

        var atOnce = IsFlushing || _queue.IsComplete;
        foreach (var gap in _gaps.TakeHealed(_closedGapsAt, atOnce, IsHealed))
        {
            var found = _settler.Progress.Found(gap.Root) - gap.FoundBefore;
            if (gap.Cause == GapCause.InternalError)
            {
                _uncovered.Remove(_snapshots[gap.Root.Index].Top, gap.Cause);
            }

            _logger.GapClosed(gap.Cause, found, gap.Root.Path, gap.Number);
            _outbox.Add(_events.Closed(gap, found, _time.GetUtcNow()));
            _areGapsStale = true;
        }
    }

    private bool IsHealed(MonitoredRoot root) =>
        _reconciler.HasHealed(root) && _settler.Progress.Healing(root) == 0 && !_snapshots[root.Index].IsLost;

    /// <summary>The pump itself found that a root is gone; who looks after it brings it back.</summary>
    private void LoseRoot(Snapshot snapshot, string problem)
    {
        if (!snapshot.IsLost)
        {
            Lose(snapshot, problem);
            _hooks.RootLost(snapshot.Root, problem);
        }
    }

    /// <summary>The root is gone, or is not what it was. What is known of it stays known; nothing is said about it until it is back.</summary>
    private void Lose(Snapshot snapshot, string problem)
    {
        if (snapshot.IsLost)
        {
            return;
        }

        snapshot.IsLost = true;
        TellLost(snapshot, problem);
    }

    /// <summary>Says, also before anything else, that a root cannot be watched.</summary>
    public void TellLost(Snapshot snapshot, string problem)
    {
        // So that the gap of the loss comes next to it, and not behind one that was opened before.
        TellOpened();
        _logger.RootLost(snapshot.Root.Path, problem);
        _outbox.Add(_events.Root(AuditEventKind.RootLost, snapshot.Root, problem, _time.GetUtcNow()));
        Tell(_gaps.AddLostRoot(snapshot.Root, problem, _time.GetUtcNow()));
        TellOpened();
    }

    private void RestoreRoot(Snapshot snapshot, FileStatus status)
    {
        if (snapshot.IsLost)
        {
            snapshot.IsLost = false;
            snapshot.Top.SetStatus(status);
            snapshot.Top.IsInaccessible = false;
            EndUncovered(snapshot.Top, GapCause.Inaccessible);
            _logger.RootRestored(snapshot.Root.Path);
            _outbox.Add(_events.Root(
                AuditEventKind.RootRestored, snapshot.Root, "The root is watched again; what changed meanwhile is reported next.", _time.GetUtcNow()));
            _gaps.EndCondition(snapshot.Root, "", GapCause.RootLost);
        }

        // Also where it was not lost, but armed anew: what happened in between is compared, and directories that were closed are covered now.
        EndClosed(snapshot.Root);
        Heal(snapshot, snapshot.Top, isTree: true);
    }

    /// <summary>One change could not be handled because of a defect: said and counted. Later everything is compared, in case it has passed.</summary>
    private void Lose(PendingChange? change, Snapshot snapshot, Exception defect)
    {
        _logger.ChangeFailed(defect);
        if (change is not null)
        {
            _counters.Current.Pending -= change.Hints;
            _counters.Current.CutOff += change.Hints;
            _settler.Progress.Settled(change);
        }

        // Not at once: it would most likely fail again, and a stop or a flush must end.
        Uncover(snapshot, snapshot.Top, GapCause.InternalError, $"{defect.GetType().Name}: {defect.Message}");
        _gaps.AddTo(snapshot.Root, "", GapCause.InternalError, change?.Hints ?? 0);
    }

    /// <summary>Nothing is noticed in a directory: a gap that lasts, and a directory to look into from time to time.</summary>
    private void Uncover(Snapshot snapshot, SnapshotEntry directory, GapCause cause, string detail)
    {
        var path = Snapshot.PathOf(directory);
        Tell(_gaps.AddCondition(snapshot.Root, path, cause, detail, _time.GetUtcNow()));
        _uncovered.Add(snapshot, directory, cause, path, _time.GetTimestamp());
    }

    private void LookIntoUncovered()
    {
        var now = _time.GetTimestamp();
        for (var left = _uncovered.Count; left > 0 && !_queue.IsComplete && _uncovered.TryTakeDue(now, all: false, out var due); left--)
        {
            LookIntoUncovered(due.Snapshot, due.Directory, due.Cause, now);
        }
    }

    private void LookIntoUncovered(Snapshot snapshot, SnapshotEntry directory, GapCause cause, long now)
    {
        if (directory.IsDetached || (cause == GapCause.PartialCoverage && !ChangeSettler.IsUnwatchable(directory)))
        {
            EndUncovered(directory, cause);
            return;
        }

        _uncovered.PutBack(directory, cause, now);
        if (cause == GapCause.InternalError)
        {
            // Closed if it does not happen again; if it does, it is opened again before that.
            _gaps.EndCondition(snapshot.Root, "", cause);
        }

        _reconciler.Request(snapshot, directory, DirectoryLook.Tree | (cause == GapCause.PartialCoverage ? DirectoryLook.Compare : DirectoryLook.Reconcile));
    }

    /// <summary>A directory could be read. If it was closed to us before, the source may not be watching it: that has to be made good first.</summary>
    private void Cover(Snapshot snapshot, SnapshotEntry directory)
    {
        if (directory.IsInaccessible)
        {
            directory.IsInaccessible = false;
            _readableAgain.Add((snapshot.Root, directory));
            _hooks.Rearm(snapshot.Root);
        }
    }

    /// <summary>The source was armed anew: directories that were closed and are not any more are covered.</summary>
    private void EndClosed(MonitoredRoot root)
    {
        foreach (var (_, directory) in _readableAgain.Where(again => again.Root == root && !again.Directory.IsInaccessible))
        {
            EndUncovered(directory, GapCause.Inaccessible);
        }

        _readableAgain.RemoveAll(again => again.Root == root);
    }

    private void EndUncovered(SnapshotEntry directory, GapCause cause)
    {
        if (_uncovered.Remove(directory, cause) is { } known)
        {
            _gaps.EndCondition(known.Root, known.Directory, cause);
        }
    }

    /// <summary>Whoever flushes waits for all that is inside now. Further flushes share the next one.</summary>
    private void BeginFlush()
    {
        if (IsFlushing || _nextFlushes.Count == 0)
        {
            return;
        }

        _flushes.AddRange(_nextFlushes);
        _nextFlushes.Clear();
        TakeLosses();
        var now = _time.GetTimestamp();
        var uncovered = new List<(Snapshot Snapshot, SnapshotEntry Directory, GapCause Cause, string Path)>();

        // All are taken before the first is put back: it may be due again before another is due at all.
        while (_uncovered.TryTakeDue(now, all: true, out var due))
        {
            uncovered.Add(due);
        }

        _settler.LookWhereWritten(now, all: true);
        uncovered.ForEach(one => LookIntoUncovered(one.Snapshot, one.Directory, one.Cause, now));

        _hintsToAwait = _queue.Length;
        _settler.Progress.BeginFlush(_reconciler.LatestTicket, _debouncer.AwaitAll());
        _settler.AwaitAll();
        _settler.RetryDue(now, all: true, isAwaited: true);
        _settler.QueueUnread(_baseline, now, all: true);
    }

    /// <summary>Whoever flushes waits no longer. Others who flush still do, and what is awaited goes on as before.</summary>
    private void EndFlush(PumpOrder.EndFlush end)
    {
        var unreached = new List<string>();
        if (_flushes.Exists(flush => flush.Done.Task == end.Waiting) || _nextFlushes.Exists(flush => flush.Done.Task == end.Waiting))
        {
            unreached.AddRange(_settler.TellUnreached());
            AddUnreached(unreached, _settler.Progress.Awaited + _hintsToAwait - _settler.AwaitedInWork, "hints are not settled.");
            AddUnreached(unreached, _reconciler.HasDone(_settler.Progress.AwaitedTicket) ? 0 : _reconciler.Count, "directories are not compared.");
            AddUnreached(unreached, _reportsBaseline ? _baseline.Count + _largeBaseline.Count : 0, "items of the baseline are not told.");
        }

        foreach (var flushes in new[] { _flushes, _nextFlushes })
        {
            foreach (var flush in flushes.FindAll(flush => flush.Done.Task == end.Waiting))
            {
                flush.Done.TrySetResult();
                flushes.Remove(flush);
            }
        }

        if (!IsFlushing)
        {
            _settler.Progress.EndFlush();
            _hintsToAwait = 0;
        }

        end.Unreached.TrySetResult(unreached);
    }

    private static void AddUnreached(List<string> unreached, long count, string what)
    {
        if (count > 0)
        {
            unreached.Add(FormattableString.Invariant($"{count:N0} {what}"));
        }
    }

    private FileChange MarkAwaited(in FileChange change)
    {
        if (_hintsToAwait == 0)
        {
            return change;
        }

        _hintsToAwait--;
        _settler.Progress.Hinted(change.Root, isAwaited: true, isHealing: false);
        return change with { IsAwaited = true };
    }

    private bool TryTakeNext(long now, [NotNullWhen(true)] out PendingChange? change)
    {
        if (_settler.IsFlushing)
        {
            return _debouncer.TryTakeAny(out change);
        }

        change = null;
        return (IsFlushing && _debouncer.TryTakeAwaited(out change)) || _debouncer.TryTakeDue(now, out change);
    }

    /// <summary>Answers those whose wish is fulfilled.</summary>
    /// <returns>Whether another flush can begin.</returns>
    private bool CompleteWaiters()
    {
        for (var i = _compares.Count - 1; i >= 0; i--)
        {
            if (_reconciler.HasCompared(_compares[i].Root) || _snapshots[_compares[i].Root.Index].IsLost || _queue.IsComplete)
            {
                _compares[i].Done.TrySetResult();
                _compares.RemoveAt(i);
            }
        }

        var progress = _settler.Progress;
        if (!IsFlushing || _hintsToAwait > 0 || progress.Awaited > 0 || !_reconciler.HasDone(progress.AwaitedTicket) || _untold.Count > 0 || IsBaselineOwed)
        {
            return false;
        }

        // Before anyone is told: who flushes looks at the gaps that are left, and at the counters.
        Publish();
        progress.EndFlush();
        _flushes.ForEach(static flush => flush.Done.TrySetResult());
        _flushes.Clear();
        return _nextFlushes.Count > 0;
    }

    /// <summary>Who was promised a baseline has not been told everything before it was told that.</summary>
    private bool IsBaselineOwed => _reportsBaseline && (HasBaselineLeft || _settler.IsReadingForBaseline);

    /// <summary>The pump ends: nobody is left waiting.</summary>
    private void EndOrders()
    {
        _queue.EndOrders();
        while (_queue.TryReadOrder(out var order))
        {
            Cancel(order);
        }

        _compares.ForEach(Cancel);
        _flushes.ForEach(Cancel);
        _nextFlushes.ForEach(Cancel);
    }

    private static void Cancel(PumpOrder order)
    {
        var done = order switch
        {
            PumpOrder.Compare compare => compare.Done,
            PumpOrder.Flush flush => flush.Done,
            PumpOrder.Inspect inspect => inspect.Done,
            _ => null,
        };
        done?.TrySetCanceled();
        (order as PumpOrder.EndFlush)?.Unreached.TrySetCanceled();
    }

    private void PublishGaps()
    {
        if (!_areGapsStale)
        {
            return;
        }

        _areGapsStale = false;
        Volatile.Write(ref _gapsByCause, _gaps.CountByCause());
        Volatile.Write(ref _openGaps, [.. _gaps.Open.OrderBy(gap => gap.Number).Take(MaxGapsShown).Select(gap => new OpenGap
        {
            Number = gap.Number,
            Cause = gap.Cause,
            Root = gap.Root.Path,
            RelativePath = gap.Directory,
            Since = gap.Since,
            Detail = gap.Detail,
        })]);
    }

    private const int MaxGapsShown = 1_000;
}

/// <summary>What the pipeline tells those who look after it.</summary>
/// <param name="RootLost">A root was found to be gone, or not what it was; whoever looks after it brings it back.</param>
/// <param name="Rearm">A directory can be read again that may have been closed when the source was armed; it is armed anew, and the root restored.</param>
/// <param name="Reconciled">A comparison is through.</param>
/// <param name="Turns">Sees each turn of the pump; null where nobody does.</param>
internal sealed record PipelineHooks(
    Action<MonitoredRoot, string> RootLost, Action<MonitoredRoot> Rearm, Action<ReconcileEpisode> Reconciled, ITurnObserver? Turns = null);
