using System.Diagnostics.CodeAnalysis;

namespace FileMonitor.Settling;

/// <summary>
/// One loop on a thread of its own. It owns the debouncer, the snapshots and the gaps, so none of them has a lock. It sleeps until a hint, a result, an order, room
/// in the stream, or the next due time. The way of an event:
/// <list type="number">
/// <item><see cref="PumpInbox"/>: sources write hints, losses and orders into it, on any thread.</item>
/// <item><see cref="HintIntake"/> moves the hints into the <see cref="Debouncer"/>, which merges them per path until the path is quiet.</item>
/// <item><see cref="ChangeOrder"/> settles earlier changes first; <see cref="RenameRules"/> resolves reused names.</item>
/// <item><see cref="ChangeClassifier"/> compares the disk with the snapshot and decides what happened.</item>
/// <item>A file that has to be read goes through the <see cref="ChecksumGate"/> and comes back to <see cref="ContentResults"/>.</item>
/// <item><see cref="ItemChanges"/> and <see cref="ItemMoves"/> change the snapshot and put the event into the <see cref="Outbox"/>.</item>
/// <item>The outbox passes the event to the stream, which numbers it and delivers it to sinks and readers.</item>
/// </list>
/// </summary>
internal sealed class Pump : IDisposable
{
    // How many changes are settled before other work gets its turn.
    private const int MaxChangesPerTurn = 1024;

    private static readonly TimeSpan LongestSleep = TimeSpan.FromMilliseconds(50);

    // The sleep while events are held back until the source has read what is in the kernel's queue.
    private static readonly TimeSpan ShortestSleep = TimeSpan.FromMilliseconds(2);

    private readonly PumpParts _parts;
    private readonly SettleContext _context;
    private readonly PumpInbox _inbox;
    private readonly ChecksumGate _gate;
    private readonly CancellationTokenSource _abandon = new();
    private readonly CancellationTokenSource _giveUp = new();
    private readonly OrderHandler _orders;
    private readonly PumpTimer _timer;
    private readonly ITurnObserver? _turns;
    private readonly IReadOnlyList<PumpOrder.AddRoot> _roots;
    private long _cutOff;

    public Pump(PumpSetup setup)
    {
        _parts = new PumpParts(setup, _abandon.Token, _giveUp.Token);
        (_context, _inbox, _gate) = (_parts.Context, setup.Inbox, _parts.Gate);
        _orders = new OrderHandler(_parts, setup.Inbox);
        _timer = new PumpTimer(setup.Time, setup.Signal);
        (_turns, _roots) = (setup.Hooks.Turns, setup.Roots);

        // Health is asked for them as soon as the start is through, which may be before the first turn.
        _context.Counters.Current.KnownItems = _roots.Sum(static root => root.Snapshot.Count);
        _context.Counters.Publish();
    }

    /// <summary>The most files read at once. Any thread.</summary>
    public int Permits => _gate.Permits;

    /// <summary>How many files are being read. Any thread.</summary>
    public int PermitsInUse => _gate.InUse;

    /// <summary>Of the files being read, the earliest timestamp of the last progress; null when none is being read. Any thread.</summary>
    public long? ReadingSince => _gate.ReadingSince;

    /// <summary>The counters at the end of the latest turn. Any thread.</summary>
    public PipelineCounters.Totals Totals => _context.Counters.Read();

    /// <summary>How many gaps are open, by <see cref="GapCause"/>, at the end of the latest turn. Any thread.</summary>
    public IReadOnlyList<long> GapsByCause => _parts.Gaps.GapsByCause;

    /// <summary>The open gaps at the end of the latest turn. Any thread.</summary>
    public IReadOnlyList<OpenGap> OpenGaps => _parts.Gaps.OpenGaps;

    /// <summary>Runs until the inbox is complete and everything in it is settled.</summary>
    public void Run()
    {
        try
        {
            foreach (var root in _roots)
            {
                _orders.Add(root);
            }

            _turns?.TurnEnded(_context.Snapshots.All);
            while (TryTurn())
            {
            }

            _parts.Gaps.EmitOpened();
            TellCutOff();
            _context.Outbox.AddUntold();
            _parts.Room.MakeRoom();
            _parts.Readings.Publish();
        }
        catch (OperationCanceledException) when (_giveUp.IsCancellationRequested)
        {
            CountRest();
        }
        finally
        {
            _context.EndTurn();
            _parts.Requests.CancelAll(_inbox);
        }
    }

    /// <summary>The deadline of the stop passed: files not read yet are reported without a checksum, and directories not scanned yet are left. Any thread.</summary>
    public void Abandon()
    {
        _abandon.Cancel();
        _parts.Signal.Set();
    }

    /// <summary>The stream takes no more events, or a read does not end: ends the loop at once and counts unfinished changes as lost. Any thread.</summary>
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

    // Check completeness first: after that, an empty queue stays empty.
    private bool IsFinished => _inbox.IsComplete && _context.IsStopping && _inbox.IsEmpty && _context.Debouncer.Count == 0
        && (_parts.Retries.NextDue is null || IsAbandoned) && _gate.IsIdle && _parts.Reading.Count == 0 && _parts.PutOffs.IsEmpty && _parts.Held.Count == 0
        && _context.Reconciler.IsIdle && _parts.Listings.IsIdle && _parts.Baseline.Count == 0 && !_context.Outbox.IsHolding;

    /// <summary>Work that stopped at a full debouncer can continue. No signal is raised for that.</summary>
    private bool HasRoomAgain =>
        (!_context.Debouncer.IsFull && (_inbox.Length > 0 || !_parts.Listings.IsIdle || _context.Reconciler.HasMissing)) || _parts.Gaps.HasUnreported;

    private bool IsAbandoned => _abandon.IsCancellationRequested;

    private bool IsFlushing => _parts.Requests.IsFlushing;

    /// <summary>Does one turn of each kind of work, and sleeps when there is none.</summary>
    /// <returns>Whether there is another turn.</returns>
    private bool TryTurn()
    {
        _context.IsStopping = _inbox.IsComplete;
        var hasMore = _orders.Take();
        hasMore |= _parts.Intake.Absorb();
        if (!_context.Outbox.TryEmpty())
        {
            // A reader or a required sink is slow. Take and merge hints meanwhile, and settle nothing.
            _parts.Readings.Publish();
            if (!hasMore)
            {
                _parts.Room.WaitForRoom();
            }

            return true;
        }

        _orders.TakeLosses();
        _parts.Coverage.LookIntoUncovered();
        _parts.Gaps.EmitOpened();
        ApplyRead();
        hasMore |= CompareListings();
        _parts.Listings.LookForMissing();
        _parts.GoneWrites.LookIntoDue(_context.Time.GetTimestamp(), all: _context.IsStopping);
        hasMore |= SettleDue();
        _parts.Reading.EmitOverdue(_context.Time.GetTimestamp());
        hasMore |= FeedBaseline();
        _gate.Launch();
        _context.Reconciler.Launch();
        _parts.Gaps.CloseGaps(atOnce: IsFlushing || _context.IsStopping);
        _context.Outbox.AddUntold();
        _turns?.TurnEnded(_context.Snapshots.All);
        hasMore |= _context.Outbox.IsHolding && _parts.Intake.Absorb();
        hasMore |= _context.Outbox is { IsEmpty: true, IsHolding: false } && _orders.CompleteWaiters();
        _parts.Readings.Publish();
        if (hasMore || HasRoomAgain || !_context.Outbox.IsEmpty)
        {
            return true;
        }

        if (IsFinished)
        {
            return false;
        }

        _giveUp.Token.ThrowIfCancellationRequested();
        Sleep();
        return true;
    }

    private void Sleep()
    {
        _context.EndTurn();
        var wakesAt = NextWakeUp(out var now);
        if (!_inbox.Await(_context.Debouncer.Count == 0, wakesAt))
        {
            _timer.Sleep(wakesAt, now);
        }
    }

    private void ApplyRead()
    {
        while (_context.Outbox.IsEmpty && _gate.TryTakeDone(out var work, out var result))
        {
            _parts.Order.Apply(work, result);
        }
    }

    private bool CompareListings()
    {
        if (IsAbandoned)
        {
            _cutOff += _parts.Listings.Abandon();
            return false;
        }

        _context.Reconciler.IsHurried = IsFlushing || _context.IsStopping;
        if (_context.IsStopping)
        {
            _context.Reconciler.AbandonTimed();
        }

        return _parts.Listings.CompareSome();
    }

    private bool SettleDue()
    {
        _context.EndTurn();
        var now = _parts.Intake.HeardUntil;
        if (!IsAbandoned)
        {
            _parts.Retries.RetryDue(now);
        }

        for (var settled = 0; settled < MaxChangesPerTurn && _context.Outbox.IsEmpty; settled++)
        {
            if (_gate.Waiting >= _context.Rules.MaxPendingPaths || !_parts.Pace.MayTell(now))
            {
                return false;
            }

            if (!TryTakeNext(now, out var change))
            {
                // No pending hint can tell any more where the file of a put-off change is.
                return _parts.Order.SettlePutOff(now, all: (IsFlushing || _context.IsStopping) && !_context.Reconciler.IsLooking);
            }

            _parts.Order.Settle(change);
        }

        return true;
    }

    private bool TryTakeNext(long now, [NotNullWhen(true)] out PendingChange? change)
    {
        if (_context.IsStopping)
        {
            return _context.Debouncer.TryTakeAny(out change) || _parts.Held.TryTakeDue(now, out change);
        }

        change = null;
        return (IsFlushing && _context.Debouncer.TryTakeAwaited(out change)) || _context.Debouncer.TryTakeDue(now, out change) || _parts.Held.TryTakeDue(now, out change);
    }

    private bool FeedBaseline()
    {
        if (IsAbandoned)
        {
            _cutOff += _parts.Baseline.Abandon();
            return false;
        }

        return _parts.Baseline.Feed();
    }

    /// <returns>The latest time to wake.</returns>
    private long NextWakeUp(out long now)
    {
        now = _context.Time.GetTimestamp();
        var next = _parts.NextDue;
        if (_context.Debouncer.Count > 0)
        {
            // Hints do not wake the pump while something is pending. Wake after this time even if the quiet period is longer.
            next = Math.Min(next, now + _context.Ticks(LongestSleep));
        }

        if (_context.Outbox.IsHolding)
        {
            return now + _context.Ticks(ShortestSleep);
        }

        if ((next != long.MaxValue || _parts.Baseline.Count > 0) && _parts.Pace.NextRoom(now) is { } room)
        {
            next = _parts.Baseline.Count > 0 ? room : Math.Max(next, room);
        }

        return next;
    }

    private void TellCutOff()
    {
        var abandoned = _parts.Results.Abandoned;
        if (_cutOff + abandoned > 0)
        {
            TellTimeout(
                _cutOff + abandoned,
                $"The shutdown timeout passed: {abandoned} files are reported without checksum, {_cutOff} directories or items of the baseline were not looked at.");
        }
    }

    /// <summary>Counts unfinished changes as lost and reports them, when something hangs (G6).</summary>
    private void CountRest()
    {
        while (_inbox.TryRead(out _))
        {
            _context.Counters.Current.Taken++;
            _context.Counters.Current.Pending++;
        }

        var rest = _context.Counters.Current.Pending;
        _context.Counters.Current.CutOff += rest;
        _context.Counters.Current.Pending = 0;
        _parts.Readings.Publish();

        // When a sink or a reader hangs, the stream may not take the event. Health reports the loss then.
        var untaken = _context.Outbox.Drop();
        TellTimeout(rest, $"The shutdown timeout passed: {rest} hints were not followed up, what was being read is left behind, and {untaken} events were not taken.");
    }

    private void TellTimeout(long lost, string detail) =>
        _context.Outbox.Add(_context.Events.Gap(GapPhase.Opened, GapCause.ShutdownTimeout, "", "", lost, detail, _context.Time.GetUtcNow()));
}
