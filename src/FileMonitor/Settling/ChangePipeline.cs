// Over 300 lines because it is one idea: the loop, and every turn it takes. What each turn does is elsewhere.
using FileMonitor.Delivery;
using FileMonitor.Extending;
using FileMonitor.Hashing;
using FileMonitor.Scanning;
using FileMonitor.Tree;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Settling;

/// <summary>
/// The one reader: takes hints, debounces, lets the settler decide, feeds the gate and the reconciler. It owns everything that decides
/// (debouncer, settler, snapshots, ledger, baseline), so none of that has a lock. It sleeps until a hint, a result, or the next due time.
/// </summary>
internal sealed partial class ChangePipeline : IDisposable
{
    // How much of one kind of work is done before the others get their turn.
    private const int MaxHintsPerTurn = 8192;
    private const int MaxChangesPerTurn = 1024;
    private const int MaxListingsPerTurn = 32;

    private static readonly TimeSpan LongestSleep = TimeSpan.FromMilliseconds(50);

    private readonly ChangeQueue _queue;
    private readonly Debouncer _debouncer;
    private readonly ChecksumGate _gate;
    private readonly Reconciler _reconciler;
    private readonly ChangeSettler _settler;
    private readonly PipelineCounters _counters = new();
    private readonly EventRate _rate;
    private readonly GapLedger _gaps;
    private readonly AuditEventBuilder _events;
    private readonly IReadOnlyList<Snapshot> _snapshots;
    private readonly Queue<(Snapshot Snapshot, SnapshotEntry Entry)> _baseline = new();
    private readonly Queue<(Snapshot Snapshot, SnapshotEntry Entry)> _largeBaseline = new();
    private readonly Outbox _outbox;
    private readonly PumpSignal _signal;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly PumpTimer _timer;
    private readonly CancellationTokenSource _abandon = new();
    private readonly CancellationTokenSource _giveUp = new();
    private readonly int _maxWaiting;
    private readonly bool _reportsBaseline;
    private readonly UncoveredDirectories _uncovered;
    private readonly PipelineHooks _hooks;
    private (Listing Listing, IEnumerator<(string Path, FileStatus Status)> Discrepancies)? _comparing;
    private long _cutOff;

    // Every hint that was received by then was taken: what is quiet since can be told only as of this time. A pump that has been kept busy
    // would otherwise find quiet what is written all the time, because the hints that say so are still in the queue.
    private long _heardUntil;

    public ChangePipeline(
        FileMonitorOptions options,
        IReadOnlyList<Snapshot> snapshots,
        IFileView files,
        ChangeQueue queue,
        PumpSignal signal,
        Func<IContentRead> read,
        Func<AuditEvent, bool> tryWrite,
        PipelineHooks hooks,
        string monitor,
        Func<MonitoredRoot, bool> watchesAnyName,
        TimeProvider time,
        ILogger logger)
    {
        _queue = queue;
        _signal = signal;
        _time = time;
        _logger = logger;
        _hooks = hooks;
        _snapshots = snapshots;
        _maxWaiting = options.Queue.MaxPendingPaths;
        _reportsBaseline = options.Report.Baseline;
        _events = new AuditEventBuilder(monitor);
        _rate = new EventRate(options.MaxEventsPerSecond, time.TimestampFrequency);
        _outbox = new Outbox(tryWrite, _rate, hooks.Turns);
        _gaps = new GapLedger(Ticks(options.Debounce.QuietPeriod));
        _debouncer = new Debouncer(Ticks(options.Debounce.QuietPeriod), Ticks(options.Debounce.MaxDelay), Ticks(options.Debounce.FinishedDelay), options.Queue.MaxPendingPaths, snapshots.Count);
        _gate = new ChecksumGate(options.Checksum.Concurrency, read, signal, time, _abandon.Token);
        _reconciler = new Reconciler(files, signal.SetForResult, snapshots.Count, options.Recovery.EntriesPerSecond, time, hooks.Reconciled);
        _uncovered = new UncoveredDirectories(Ticks(options.Polling.Interval), Ticks(LongestPause));
        _settler = new ChangeSettler(
            snapshots, files, SettleRules.From(options, watchesAnyName), _debouncer, _gate, _reconciler, _counters, _events, time, _outbox, Lose,
            new SettlerReports(LoseRoot, Uncover, () => Absorb(), MakeRoom), _giveUp.Token);
        _timer = new PumpTimer(time, signal);
        if (options.Report.Baseline || (options.Checksum.Enabled && options.Checksum.Baseline))
        {
            _baseline = new(snapshots.SelectMany(snapshot => snapshot.All().Select(entry => (snapshot, entry))));
        }
    }

    public int Permits => _gate.Permits;

    public int PermitsInUse => _gate.InUse;

    /// <summary>When the file that is being read and got on least recently got on; null when none is being read. Any thread.</summary>
    public long? ReadingSince => _gate.ReadingSince;

    /// <summary>The counters as of the end of the latest turn; any thread.</summary>
    public PipelineCounters.Totals Totals => _counters.Read();

    /// <summary>Reports, before anything else, what the baseline scan could not read.</summary>
    public void ReportUnreadable(Snapshot snapshot, string path, FileStatusOutcome outcome)
    {
        if (path.Length > 0)
        {
            _settler.ReportInaccessible(snapshot, snapshot.FindClosestDirectory(path), outcome);
        }

        TellOpened();
    }

    /// <summary>Reports, before anything else, the directories found at start that the source cannot watch because of their names.</summary>
    public void ReportUnwatchable(Snapshot snapshot)
    {
        foreach (var entry in snapshot.All())
        {
            _settler.ReportUnwatchable(snapshot, entry);
        }

        TellOpened();
    }

    /// <summary>Runs until the queue is complete and everything that was in it is settled.</summary>
    public void Run()
    {
        try
        {
            _hooks.Turns?.TurnEnded(_snapshots);
            while (TryTurn())
            {
            }

            TellOpened();
            TellCutOff();
            MakeRoom();
            Publish();
        }
        catch (OperationCanceledException) when (_giveUp.IsCancellationRequested)
        {
            CountRest();
        }
        finally
        {
            _settler.EndTurn();
            EndOrders();
        }
    }

    /// <summary>Does what there is to do, each kind of work in its turn, and sleeps when nothing is left.</summary>
    /// <returns>Whether there is another turn.</returns>
    private bool TryTurn()
    {
        var hasMore = TakeOrders();
        hasMore |= Absorb();
        if (!_outbox.TryEmpty())
        {
            // A reader or a required sink is slow. Hints are still taken and merged meanwhile; nothing is judged.
            Publish();
            if (!hasMore)
            {
                WaitForRoom();
            }

            return true;
        }

        TakeLosses();
        LookIntoUncovered();
        TellOpened();
        ApplyDone();
        hasMore |= CompareListings();
        _settler.LookForMissing();
        _settler.LookWhereWritten(_time.GetTimestamp(), all: _queue.IsComplete);
        hasMore |= SettleDue();
        _settler.TellOverdue(_time.GetTimestamp());
        hasMore |= FeedBaseline();
        _gate.Launch();
        _reconciler.Launch();
        CloseGaps();
        _hooks.Turns?.TurnEnded(_snapshots);
        hasMore |= _outbox.IsEmpty && CompleteWaiters();
        Publish();
        if (hasMore || HasRoomAgain || !_outbox.IsEmpty)
        {
            return true;
        }

        if (IsFinished)
        {
            return false;
        }

        _giveUp.Token.ThrowIfCancellationRequested();
        _settler.EndTurn();
        var wakesAt = NextWakeUp(out var now);
        if (!_queue.Await(_debouncer.Count == 0, wakesAt))
        {
            _timer.Sleep(wakesAt, now);
        }

        return true;
    }

    /// <summary>The stop ran out of time: what is not read yet is reported without checksum, directories not looked into yet are left. Any thread.</summary>
    public void Abandon()
    {
        _abandon.Cancel();
        _signal.Set();
    }

    /// <summary>The stream takes no events any more, or a file cannot be read to its end: ends where it stands, and counts what is inside as lost. Any thread.</summary>
    public void GiveUp()
    {
        _giveUp.Cancel();
        Abandon();
    }

    public void Dispose()
    {
        _timer.Dispose();
        _gate.Dispose();
        _abandon.Dispose();
        _giveUp.Dispose();
    }

    // Completeness first: what is empty after that stays empty.
    private bool IsFinished => _queue.IsComplete && _queue.IsEmpty && _debouncer.Count == 0
        && (_settler.NextRetry is null || IsAbandoned) && _gate.IsIdle && _settler.IsIdle && _reconciler.IsIdle && _comparing is null && !HasBaselineLeft;

    private bool HasBaselineLeft => _baseline.Count + _largeBaseline.Count > 0;

    /// <summary>What stopped at a full debouncer can go on: nobody signals for that.</summary>
    private bool HasRoomAgain => (!_debouncer.IsFull && (_queue.Length > 0 || _comparing is not null || _reconciler.HasMissing))
        || _untold.Count > 0;

    private bool IsAbandoned => _abandon.IsCancellationRequested;

    private long Ticks(TimeSpan duration) => (long)(duration.TotalSeconds * _time.TimestampFrequency);

    private bool Absorb()
    {
        var now = _time.GetTimestamp();
        _queue.BeginRead();
        for (var taken = 0; taken < MaxHintsPerTurn; taken++)
        {
            // A full debouncer releases early first; until it has, hints wait in the queue, and what the queue refuses becomes a gap.
            if (_debouncer.IsFull || !_queue.TryRead(out var change))
            {
                _heardUntil = now;
                return false;
            }

            _heardUntil = change.ReceivedAt;
            _settler.EndTurn();
            _counters.Current.Taken++;
            _counters.Current.Pending++;
            _debouncer.Add(MarkAwaited(change));
        }

        return true;
    }

    private void ApplyDone()
    {
        while (_outbox.IsEmpty && _gate.TryTakeDone(out var work, out var result))
        {
            _settler.Apply(work, result);
        }
    }

    private bool CompareListings()
    {
        var compared = 0;
        while (compared < MaxListingsPerTurn && CompareListing())
        {
            compared++;
        }

        return compared > 0;
    }

    private bool CompareListing()
    {
        if (IsAbandoned)
        {
            _comparing = null;
            _cutOff += _reconciler.Abandon();
            return false;
        }

        _reconciler.IsHurried = IsFlushing || _queue.IsComplete;
        if (_queue.IsComplete)
        {
            _reconciler.AbandonTimed();
        }

        var isNew = _comparing is null;
        if (isNew)
        {
            if (!_reconciler.TryTakeListing(out var listing))
            {
                return false;
            }

            _comparing = (listing, listing.Discrepancies(isComplete: listing.Outcome == FileStatusOutcome.Found).GetEnumerator());
        }

        var (current, discrepancies) = _comparing!.Value;
        try
        {
            if (isNew)
            {
                NoteOutcome(current);
            }

            if (!_settler.Compare(current, discrepancies))
            {
                return false;
            }
        }
        catch (Exception defect) when (!_settler.IsGivenUp(defect))
        {
            Lose(change: null, current.Snapshot, defect);
        }

        _comparing = null;
        _reconciler.Done(current);
        return true;
    }

    private void NoteOutcome(Listing listing)
    {
        if (listing.Outcome != FileStatusOutcome.Found)
        {
            _settler.ListingFailed(listing);
        }
        else if (listing.Obstacle is { } obstacle)
        {
            _settler.ReportInaccessible(listing.Snapshot, listing.Directory, obstacle);
        }
        else
        {
            Cover(listing.Snapshot, listing.Directory);
        }

        TellOpened();
    }

    private bool SettleDue()
    {
        _settler.EndTurn();
        _settler.IsFlushing = _queue.IsComplete;
        var now = _heardUntil;
        if (!IsAbandoned)
        {
            _settler.RetryDue(now);
        }

        for (var settled = 0; settled < MaxChangesPerTurn && _outbox.IsEmpty; settled++)
        {
            if (_gate.Waiting >= _maxWaiting || (!_rate.HasRoom(now, _settler.UnderWay) && !_settler.IsFlushing))
            {
                return false;
            }

            if (!TryTakeNext(now, out var change))
            {
                // Nothing that is pending can say any more where a file went that was put off.
                return _settler.SettlePutOff(now, all: (IsFlushing || _settler.IsFlushing) && !_reconciler.IsLooking);
            }

            _settler.Settle(change);
        }

        return true;
    }

    /// <summary>What was there at start comes after everything that is happening now.</summary>
    private bool FeedBaseline()
    {
        var now = _time.GetTimestamp();
        _settler.QueueUnread(_baseline, now);
        if (IsAbandoned)
        {
            _cutOff += _baseline.Count + _largeBaseline.Count;
            _baseline.Clear();
            _largeBaseline.Clear();
        }

        for (var fed = 0; fed < MaxChangesPerTurn && HasRoomForBaseline && _outbox.IsEmpty; fed++)
        {
            // It would overdraw the rate for hours, and hold back everything that happens.
            if (!_rate.HasRoom(now, _settler.UnderWay) && !_settler.IsFlushing)
            {
                return false;
            }

            if (_baseline.TryDequeue(out var item))
            {
                if (_settler.IsSlowBaseline(item.Entry))
                {
                    _largeBaseline.Enqueue(item);
                    continue;
                }
            }
            else if (!_largeBaseline.TryDequeue(out item))
            {
                return false;
            }

            try
            {
                _settler.ReportBaseline(item.Snapshot, item.Entry);
            }
            catch (Exception defect) when (!_settler.IsGivenUp(defect))
            {
                Lose(change: null, item.Snapshot, defect);
            }

            _gate.Launch();
        }

        return HasRoomForBaseline;
    }

    /// <summary>Large files of the baseline come last, and only when nothing else waits to be read.</summary>
    private bool HasRoomForBaseline => !_gate.IsSmallWaiting && _gate.Waiting < _maxWaiting
        && (_baseline.Count > 0 || (_largeBaseline.Count > 0 && !_gate.IsLargeWaiting));

    private void TellCutOff()
    {
        var abandoned = _settler.Abandoned;
        if (_cutOff + abandoned > 0)
        {
            _outbox.Add(_events.Gap(
                GapPhase.Opened,
                GapCause.ShutdownTimeout,
                "",
                "",
                _cutOff + abandoned,
                $"The shutdown timeout passed: {abandoned} files are reported without checksum, {_cutOff} directories or items of the baseline were not looked at.",
                _time.GetUtcNow()));
        }
    }

    /// <summary>Waits until the stream has taken everything that was told. Hints are still taken meanwhile.</summary>
    private void MakeRoom()
    {
        while (!_outbox.TryEmpty())
        {
            WaitForRoom();
            Absorb();
            Publish();
        }

        // The signal may also have meant results or losses, which the next turn looks for.
        _signal.Set();
    }

    private void WaitForRoom()
    {
        _giveUp.Token.ThrowIfCancellationRequested();
        _settler.EndTurn();
        _signal.Wait(Timeout.InfiniteTimeSpan);
    }

    /// <returns>When it wakes at the latest.</returns>
    private long NextWakeUp(out long now)
    {
        now = _time.GetTimestamp();
        var next = Earliest(
            _debouncer.NextDue, _settler.NextRetry, _settler.NextUnread, _settler.NextPutOff, _settler.NextOverdue, _settler.NextLookWhereWritten, _gate.NextDue, _reconciler.NextDue, _uncovered.NextDue);

        // After the turn's look at the gaps, not after now: one that came due in between has not been looked at.
        if (_gaps.NextDueAfter(_closedGapsAt) is { } closing)
        {
            next = Math.Min(next, closing);
        }

        if (_debouncer.Count > 0)
        {
            // Hints do not wake the pump meanwhile; however long the quiet period, what they add up to is not left lying.
            next = Math.Min(next, now + Ticks(LongestSleep));
        }

        if (_rate.IsLimited && (next != long.MaxValue || HasBaselineLeft) && !_rate.HasRoom(now, _settler.UnderWay))
        {
            var room = _rate.NextRoom(now, _settler.UnderWay);
            next = HasBaselineLeft ? room : Math.Max(next, room);
        }

        return next;
    }

    private static long Earliest(params ReadOnlySpan<long?> times)
    {
        var earliest = long.MaxValue;
        foreach (var time in times)
        {
            earliest = Math.Min(earliest, time ?? long.MaxValue);
        }

        return earliest;
    }

    /// <summary>What is still inside when something hangs for good is lost, counted as such, and said (G6).</summary>
    private void CountRest()
    {
        while (_queue.TryRead(out _))
        {
            _counters.Current.Taken++;
            _counters.Current.Pending++;
        }

        var rest = _counters.Current.Pending;
        _counters.Current.CutOff += rest;
        _counters.Current.Pending = 0;
        Publish();

        // As far as the stream takes it; where a sink or a reader is what hangs, health is all that is left to say it.
        var untaken = _outbox.Drop();
        _outbox.Add(_events.Gap(
            GapPhase.Opened,
            GapCause.ShutdownTimeout,
            "",
            "",
            rest,
            $"The shutdown timeout passed: {rest} hints were not followed up, what was being read is left behind, and {untaken} events were not taken.",
            _time.GetUtcNow()));
    }

    private void Publish()
    {
        ref var totals = ref _counters.Current;
        totals.PendingPaths = _debouncer.Count;
        totals.WaitingForPermit = _gate.Waiting;
        totals.DirectoriesToLook = _reconciler.Count;
        totals.DueSince = _debouncer.NextDue;
        totals.WaitingSince = _gate.WaitingSince;
        PublishGaps();
        totals.KnownItems = 0;
        totals.SnapshotBytes = 0;
        totals.Reconciled = _reconciler.Totals;
        foreach (var snapshot in _snapshots)
        {
            totals.KnownItems += snapshot.Count;
            totals.SnapshotBytes += snapshot.Bytes;
        }

        _counters.Publish();
    }
}
