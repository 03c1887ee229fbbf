// Over 300 lines because it is one idea: the loop, and every turn it takes. What each turn does is elsewhere.
using FileMonitor.Diagnostics;
using FileMonitor.Reconciliation;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Pipeline;

/// <summary>
/// The one reader: takes hints, debounces, lets the settler decide, feeds the gate and the reconciler. It owns everything that decides
/// (debouncer, settler, snapshots, ledger, baseline), so none of that has a lock. It sleeps until a hint, a result, or the next due time.
/// </summary>
internal sealed class ChangePipeline : IDisposable
{
    // How much of one kind of work is done before the others get their turn.
    private const int MaxHintsPerTurn = 8192;
    private const int MaxChangesPerTurn = 1024;

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
    private readonly Func<AuditEvent, bool> _tryEmit;
    private readonly PumpSignal _signal;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly PumpTimer _timer;
    private readonly CancellationTokenSource _abandon = new();
    private readonly CancellationTokenSource _giveUp = new();
    private readonly int _maxWaiting;
    private (Listing Listing, IEnumerator<(string Path, FileStatus Status)> Discrepancies)? _comparing;
    private long _cutOff;

    public ChangePipeline(
        FileMonitorOptions options,
        IReadOnlyList<Snapshot> snapshots,
        IFileView files,
        ChangeQueue queue,
        PumpSignal signal,
        Func<string, CancellationToken, ValueTask<HashResult>> hash,
        Func<AuditEvent, bool> tryEmit,
        string monitor,
        bool watchesAnyName,
        TimeProvider time,
        ILogger logger)
    {
        _queue = queue;
        _signal = signal;
        _time = time;
        _logger = logger;
        _tryEmit = tryEmit;
        _snapshots = snapshots;
        _maxWaiting = options.Queue.MaxPendingPaths;
        _events = new AuditEventBuilder(monitor);
        _rate = new EventRate(options.MaxEventsPerSecond, time.TimestampFrequency);
        _gaps = new GapLedger(Ticks(options.Debounce.QuietPeriod));
        _debouncer = new Debouncer(Ticks(options.Debounce.QuietPeriod), Ticks(options.Debounce.MaxDelay), options.Queue.MaxPendingPaths, snapshots.Count);
        _gate = new ChecksumGate(options.Checksum.Concurrency, hash, signal, _abandon.Token);
        _reconciler = new Reconciler(files, signal.Set);
        _settler = new ChangeSettler(
            snapshots, files, SettleRules.From(options, watchesAnyName), _debouncer, _gate, _reconciler, _counters, _events, time, EmitAsync, Lose, _giveUp.Token);
        _timer = new PumpTimer(time, signal);
        if (options.Report.Baseline || (options.Checksum.Enabled && options.Checksum.Baseline))
        {
            _baseline = new(snapshots.SelectMany(snapshot => snapshot.All().Select(entry => (snapshot, entry))));
        }
    }

    public int Permits => _gate.Permits;

    public int PermitsInUse => _gate.InUse;

    /// <summary>The counters as of the end of the latest turn; any thread.</summary>
    public PipelineCounters.Totals Totals => _counters.Read();

    /// <summary>Reports, before anything else, a directory that the baseline scan could not read.</summary>
    public ValueTask ReportUnreadableAsync(Snapshot snapshot, string path, FileStatusOutcome outcome) =>
        _settler.ReportInaccessibleAsync(snapshot, path, outcome, change: null);

    /// <summary>Reports, before anything else, the directories found at start that the source cannot watch because of their names.</summary>
    public async ValueTask ReportUnwatchableAsync(Snapshot snapshot)
    {
        foreach (var entry in snapshot.All())
        {
            await _settler.ReportUnwatchableAsync(snapshot, entry, path: null).ConfigureAwait(false);
        }
    }

    /// <summary>Runs until the queue is complete and everything that was in it is settled.</summary>
    public async Task RunAsync()
    {
        try
        {
            await LoopAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_giveUp.IsCancellationRequested)
        {
            CountRest();
        }
    }

    private async Task LoopAsync()
    {
        while (true)
        {
            var hasMore = Absorb();
            TakeLosses();
            await ApplyDoneAsync().ConfigureAwait(false);
            hasMore |= await CompareListingAsync().ConfigureAwait(false);
            hasMore |= await SettleDueAsync().ConfigureAwait(false);
            hasMore |= await FeedBaselineAsync().ConfigureAwait(false);
            await TellGapsAsync(all: false).ConfigureAwait(false);
            _gate.Launch();
            _reconciler.Launch();
            Publish();
            if (hasMore || HasRoomAgain)
            {
                continue;
            }

            if (IsFinished)
            {
                break;
            }

            _giveUp.Token.ThrowIfCancellationRequested();
            SetTimer();
            _queue.Await(_debouncer.Count == 0);
            if (_debouncer.Count == 0 && _queue.Length > 0)
            {
                continue;
            }

            await _signal.WaitAsync().ConfigureAwait(false);
        }

        await TellGapsAsync(all: true).ConfigureAwait(false);
        await TellCutOffAsync().ConfigureAwait(false);
        Publish();
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
        && (_settler.NextRetry is null || IsAbandoned) && _gate.IsIdle && _settler.IsIdle && _reconciler.IsIdle && _comparing is null && _baseline.Count == 0;

    /// <summary>What stopped at a full debouncer can go on: nobody signals for that.</summary>
    private bool HasRoomAgain => !_debouncer.IsFull && (_queue.Length > 0 || _comparing is not null);

    private bool IsAbandoned => _abandon.IsCancellationRequested;

    private long Ticks(TimeSpan duration) => (long)(duration.TotalSeconds * _time.TimestampFrequency);

    private bool Absorb()
    {
        _queue.BeginRead();
        for (var taken = 0; taken < MaxHintsPerTurn; taken++)
        {
            // A full debouncer releases early first; until it has, hints wait in the queue, and what the queue refuses becomes a gap.
            if (_debouncer.IsFull || !_queue.TryRead(out var change))
            {
                return false;
            }

            _counters.Current.Taken++;
            _counters.Current.Pending++;
            _debouncer.Add(change);
        }

        return true;
    }

    private void TakeLosses()
    {
        while (_queue.TryReadLoss(out var loss))
        {
            _gaps.Add(loss, _time.GetTimestamp());
            var snapshot = _snapshots[loss.Root.Index];
            var directory = snapshot.FindClosestDirectory(loss.Directory);

            // A directory with a garbled name is not found by it: it is one of those below, and which one nobody knows.
            var isTree = loss.IsTree || (loss.Cause == GapCause.IncompleteHint && Snapshot.PathOf(directory) != loss.Directory);
            _reconciler.Request(snapshot, directory, DirectoryLook.Reconcile | (isTree ? DirectoryLook.Tree : DirectoryLook.None));
        }
    }

    private async ValueTask ApplyDoneAsync()
    {
        while (_gate.TryTakeDone(out var work, out var result))
        {
            await _settler.ApplyAsync(work, result).ConfigureAwait(false);
        }
    }

    private async ValueTask<bool> CompareListingAsync()
    {
        if (IsAbandoned)
        {
            _comparing = null;
            _cutOff += _reconciler.Abandon();
            return false;
        }

        if (_comparing is null)
        {
            if (!_reconciler.TryTakeListing(out var listing))
            {
                return false;
            }

            if (listing.Outcome != FileStatusOutcome.Found)
            {
                await _settler.ListingFailedAsync(listing).ConfigureAwait(false);
            }

            _comparing = (listing, listing.Discrepancies(isComplete: listing.Outcome == FileStatusOutcome.Found).GetEnumerator());
        }

        var (current, discrepancies) = _comparing.Value;
        try
        {
            if (!await _settler.CompareAsync(current, discrepancies).ConfigureAwait(false))
            {
                return false;
            }
        }
        catch (Exception defect) when (!_settler.IsGivenUp(defect))
        {
            Lose(change: null, current.Snapshot, defect);
        }

        _comparing = null;
        _reconciler.Done();
        return true;
    }

    private async ValueTask<bool> SettleDueAsync()
    {
        _settler.IsFlushing = _queue.IsComplete;
        var now = _time.GetTimestamp();
        if (!IsAbandoned)
        {
            _settler.RetryDue(now);
        }

        for (var settled = 0; settled < MaxChangesPerTurn; settled++)
        {
            if (_gate.Waiting >= _maxWaiting || (!_rate.HasRoom(now, _settler.UnderWay) && !_settler.IsFlushing))
            {
                return false;
            }

            if (!(_settler.IsFlushing ? _debouncer.TryTakeAny(out var change) : _debouncer.TryTakeDue(now, out change)))
            {
                return false;
            }

            await _settler.SettleAsync(change).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>What was there at start comes after everything that is happening now.</summary>
    private async ValueTask<bool> FeedBaselineAsync()
    {
        if (IsAbandoned)
        {
            _cutOff += _baseline.Count;
            _baseline.Clear();
        }

        var now = _time.GetTimestamp();
        for (var fed = 0; fed < MaxChangesPerTurn && _gate.Waiting == 0; fed++)
        {
            // It would overdraw the rate for hours, and hold back everything that happens.
            if (!_rate.HasRoom(now, _settler.UnderWay) && !_settler.IsFlushing)
            {
                return false;
            }

            if (!_baseline.TryDequeue(out var item))
            {
                return false;
            }

            await _settler.ReportBaselineAsync(item.Snapshot, item.Entry).ConfigureAwait(false);
            _gate.Launch();
        }

        return _gate.Waiting == 0;
    }

    /// <summary>One change could not be handled because of a defect: said and counted. Not tried again, it would fail again.</summary>
    private void Lose(PendingChange? change, Snapshot snapshot, Exception defect)
    {
        _logger.ChangeFailed(defect);
        var hints = change?.Hints ?? 0;
        _counters.Current.Pending -= hints;
        _counters.Current.CutOff += hints;
        _gaps.Add(
            new LostHints(snapshot.Root, "", IsTree: true, GapCause.InternalError, hints, $"{defect.GetType().Name}: {defect.Message}"),
            _time.GetTimestamp());
    }

    private async ValueTask TellGapsAsync(bool all)
    {
        foreach (var (root, cause, directory, count, detail) in _gaps.TakeDue(_time.GetTimestamp(), all))
        {
            _logger.GapOpened(cause, count, root.Path);
            await EmitAsync(_events.Gap(cause, root.Path, directory, count == 0 ? null : count, detail ?? WordsFor(cause, count), _time.GetUtcNow())).ConfigureAwait(false);
        }
    }

    private async ValueTask TellCutOffAsync()
    {
        var abandoned = _settler.Abandoned;
        if (_cutOff + abandoned > 0)
        {
            await EmitAsync(_events.Gap(
                GapCause.ShutdownTimeout,
                "",
                "",
                _cutOff + abandoned,
                $"The shutdown timeout passed: {abandoned} files are reported without checksum, {_cutOff} directories or items of the baseline were not looked at.",
                _time.GetUtcNow())).ConfigureAwait(false);
        }
    }

    private static string WordsFor(GapCause cause, long count) => cause == GapCause.QueueFull
        ? $"{count} hints found the queue full. Their directories are compared with the disk; raise Queue.Capacity if this recurs."
        : $"{count} hints are affected.";

    private ValueTask EmitAsync(AuditEvent auditEvent)
    {
        _rate.Spend();
        return _tryEmit(auditEvent) ? ValueTask.CompletedTask : WaitForRoomAsync(auditEvent);
    }

    /// <summary>The stream is full because a reader or a required sink is slow. Hints are still taken and merged meanwhile.</summary>
    private async ValueTask WaitForRoomAsync(AuditEvent auditEvent)
    {
        while (!_tryEmit(auditEvent))
        {
            _giveUp.Token.ThrowIfCancellationRequested();
            await _signal.WaitAsync().ConfigureAwait(false);
            Absorb();
            Publish();
        }

        // The signal may also have meant results or losses, which the loop looks for.
        _signal.Set();
    }

    private void SetTimer()
    {
        var now = _time.GetTimestamp();
        var next = Math.Min(Math.Min(_debouncer.NextDue ?? long.MaxValue, _settler.NextRetry ?? long.MaxValue), _gaps.NextDue ?? long.MaxValue);
        if (_debouncer.Count > 0)
        {
            // Hints do not wake the pump meanwhile; however long the quiet period, what they add up to is not left lying.
            next = Math.Min(next, now + Ticks(LongestSleep));
        }

        if (_rate.IsLimited && (next != long.MaxValue || _baseline.Count > 0) && !_rate.HasRoom(now, _settler.UnderWay))
        {
            var room = _rate.NextRoom(now, _settler.UnderWay);
            next = _baseline.Count > 0 ? room : Math.Max(next, room);
        }

        _timer.Set(next, now);
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
        _tryEmit(_events.Gap(
            GapCause.ShutdownTimeout, "", "", rest, $"The shutdown timeout passed: {rest} hints were not followed up, and what was being read is left behind.", _time.GetUtcNow()));
    }

    private void Publish()
    {
        ref var totals = ref _counters.Current;
        totals.PendingPaths = _debouncer.Count;
        totals.WaitingForPermit = _gate.Waiting;
        totals.DirectoriesToLook = _reconciler.Count;
        totals.KnownItems = 0;
        foreach (var snapshot in _snapshots)
        {
            totals.KnownItems += snapshot.Count;
        }

        _counters.Publish();
    }
}
