using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using FileMonitor.Extending;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

/// <summary>
/// The bounded, never blocking queue between sources and the pump. A hint that does not fit is counted, and its directory is noted for a comparison; when the notes
/// do not fit either, the root is. So memory is bounded (guarantee G3).
/// </summary>
/// <remarks>Any thread writes; only the pump reads. Counters of the writing side are interlocked; those of the reading side belong to the pump.</remarks>
internal sealed class PumpInbox : IChangeWriter
{
    private const int MaxNotedDirectories = 1024;

    private readonly Channel<FileChange> _changes;
    private readonly Channel<LostHints> _losses = Channel.CreateBounded<LostHints>(
        new BoundedChannelOptions(MaxNotedDirectories) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    // Unbounded: the caller of an order waits for it, or it reports that a source entered or left a condition.
    private readonly Channel<PumpOrder> _orders = Channel.CreateUnbounded<PumpOrder>(new UnboundedChannelOptions { SingleReader = true });

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly PumpSignal _signal;
    private readonly int _wakeAt;
    private long _refused;
    private long _prunedEarly;
    private long _sourceLosses;
    private long _sourceRestarts;
    private int _sinceRead;
    private bool _hasFinished;
    private long _wakesAt;
    private volatile bool _isAwaited;
    private volatile bool _isClosing;
    private volatile bool _isComplete;

    // By the index of the root. Replaced as a whole, under the lock.
    private volatile InboxOfRoot?[] _byRoot = [];
    private long _receivedOfRemoved;

    // The longest time that the pump may sleep after a hint of a finished path.
    private long _finishedDelay = long.MaxValue;

    /// <param name="capacity">The capacity in hints.</param>
    /// <param name="time">Stamps the hints.</param>
    /// <param name="signal">Wakes the pump.</param>
    public PumpInbox(int capacity, TimeProvider time, PumpSignal signal)
    {
        _time = time;
        _signal = signal;
        Capacity = capacity;
        _wakeAt = Math.Max(1, capacity / 4);
        _changes = Channel.CreateBounded<FileChange>(new BoundedChannelOptions(capacity)
        {
            SingleReader = true,

            // Wait, not one of the Drop modes: with those TryWrite returns true for a dropped item.
            FullMode = BoundedChannelFullMode.Wait,
        });
    }

    public int Capacity { get; }

    public int Length => _changes.Reader.Count;

    /// <summary>Received hints, including refused ones and those pruned early.</summary>
    public long Received
    {
        get
        {
            // The lock only keeps a root that is being removed from being counted twice or not at all.
            lock (_gate)
            {
                return _receivedOfRemoved + _byRoot.Sum(static root => root?.Received ?? 0);
            }
        }
    }

    public long Refused => Interlocked.Read(ref _refused);

    public long PrunedEarly => Interlocked.Read(ref _prunedEarly);

    public long SourceLosses => Interlocked.Read(ref _sourceLosses);

    public long SourceRestarts => Interlocked.Read(ref _sourceRestarts);

    /// <summary>Received hints of one root.</summary>
    public long ReceivedBelow(MonitoredRoot root) => Find(root)?.Received ?? 0;

    /// <summary>Takes hints about a root from now on.</summary>
    public void Add(MonitoredRoot root)
    {
        lock (_gate)
        {
            var all = new InboxOfRoot?[Math.Max(_byRoot.Length, root.Index + 1)];
            _byRoot.CopyTo(all, 0);
            all[root.Index] = new InboxOfRoot(root);
            _byRoot = all;
            Volatile.Write(ref _finishedDelay, Math.Min(_finishedDelay, (long)(root.Settings.FinishedDelay.TotalSeconds * _time.TimestampFrequency)));
        }
    }

    /// <summary>Takes no more hints about a root. Its source has ended.</summary>
    public void Remove(MonitoredRoot root)
    {
        lock (_gate)
        {
            if (Find(root) is { } removed)
            {
                InboxOfRoot?[] all = [.. _byRoot];
                all[root.Index] = null;
                _receivedOfRemoved += removed.Received;
                _byRoot = all;
            }
        }
    }

    public void Write(in FileChange change)
    {
        if (_isClosing || change.Root is not { } root || Find(root) is not { } counted)
        {
            return;
        }

        if (change.RelativePath is not { Length: > 0 } || (change.Kind == FileChangeKind.Renamed && change.OldRelativePath is not { Length: > 0 }))
        {
            var known = change.RelativePath is { Length: > 0 } path ? path : change.OldRelativePath ?? "";
            ReportLoss(root, PathText.DirectoryOf(known).ToString(), GapCause.IncompleteHint, "A notification came without a usable path.");
            return;
        }

        // Count it as received first, so that a sum of the counters never shows more handled than received hints.
        counted.Count(1);
        if (IsPruned(root, change))
        {
            Interlocked.Increment(ref _prunedEarly);
            return;
        }

        if (!_changes.Writer.TryWrite(change with { ReceivedAt = _time.GetTimestamp() }))
        {
            if (_isClosing)
            {
                // The queue was completed in between: do as if the hint had arrived after that.
                counted.Count(-1);
                return;
            }

            Interlocked.Increment(ref _refused);
            NoteRefused(root, change.RelativePath, count: 1, change.OldRelativePath is null ? null : change.RelativePath);
            if (change.OldRelativePath is not null)
            {
                NoteRefused(root, change.OldRelativePath, count: 0, item: null);
            }

            _signal.Set();
            return;
        }

        // Waking the pump costs more than taking a hint. While something is pending, the pump wakes for that before this hint can be due. The increment is also
        // the fence between writing the hint and reading the flag.
        if (Interlocked.Increment(ref _sinceRead) >= _wakeAt || _isAwaited || (change.IsFinished && IsTooSoon()))
        {
            _signal.Set();
        }
    }

    /// <summary>Whether the pump sleeps for longer than a finished path may wait.</summary>
    private bool IsTooSoon()
    {
        // Set the flag before reading the wake-up time. The pump sets the time before reading the flag, so one of the two sees the other's write.
        Volatile.Write(ref _hasFinished, true);
        Interlocked.MemoryBarrier();
        return Volatile.Read(ref _wakesAt) - _time.GetTimestamp() > Volatile.Read(ref _finishedDelay);
    }

    public void ReportLoss(MonitoredRoot root, string relativeDirectory, GapCause cause, string detail)
    {
        if (_isClosing || Find(root) is null)
        {
            return;
        }

        Interlocked.Increment(ref cause == GapCause.SourceRestarted ? ref _sourceRestarts : ref _sourceLosses);

        // A lost hint may concern any depth, except for a single broken notification.
        NoteLoss(new LostHints(root, relativeDirectory, cause != GapCause.IncompleteHint, cause, 0, detail));
        _signal.Set();
    }

    public void ReportUncovered(MonitoredRoot root, string relativeDirectory, GapCause cause, string detail)
    {
        Interlocked.Increment(ref _sourceLosses);
        Order(new PumpOrder.ReportCoverage(root, relativeDirectory, cause, detail));
    }

    public void ReportCovered(MonitoredRoot root, string relativeDirectory, GapCause cause) =>
        Order(new PumpOrder.ReportCoverage(root, relativeDirectory, cause, Detail: null));

    public Task CompareAsync(MonitoredRoot root, string relativeDirectory) =>
        CompareAsync(root, relativeDirectory, DirectoryLook.Compare | DirectoryLook.Tree);

    public Task CompareAsync(MonitoredRoot root, string relativeDirectory, DirectoryLook look) =>
        Order(done => new PumpOrder.Compare(root, relativeDirectory, look, done));

    /// <summary>Completes when everything written before is settled and passed to the stream; cancelled when the pump ends first.</summary>
    public Task FlushAsync() => Order(done => new PumpOrder.Flush(done));

    /// <summary>Ends a flush that waits too long; completes with sentences about what was not reached.</summary>
    public Task<IReadOnlyList<string>> EndFlushAsync(Task flush)
    {
        var unreached = new TaskCompletionSource<IReadOnlyList<string>>(TaskCreationOptions.RunContinuationsAsynchronously);
        return Order(new PumpOrder.EndFlush(flush, unreached)) ? unreached.Task : Task.FromCanceled<IReadOnlyList<string>>(new CancellationToken(canceled: true));
    }

    /// <summary>Runs a delegate over the snapshots on the pump's thread; cancelled when the pump ends first.</summary>
    public Task InspectAsync(Action<PerRoot<Snapshot>> look) => Order(done => new PumpOrder.Inspect(look, done));

    /// <summary>Gives the pump an order; no effect after it takes no more orders.</summary>
    /// <returns>False when the pump takes no more orders.</returns>
    public bool Order(PumpOrder order)
    {
        if (!_orders.Writer.TryWrite(order))
        {
            return false;
        }

        _signal.Set();
        return true;
    }

    public bool TryReadOrder([NotNullWhen(true)] out PumpOrder? order) => _orders.Reader.TryRead(out order);

    /// <summary>Refuses further orders; queued ones remain to be read. The pump calls it before it ends.</summary>
    public void EndOrders() => _orders.Writer.TryComplete();

    private Task Order(Func<TaskCompletionSource, PumpOrder> order)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!Order(order(done)))
        {
            done.TrySetCanceled();
        }

        return done.Task;
    }

    /// <summary>Completes the queue: later hints are ignored; queued ones remain to be read.</summary>
    public void Complete()
    {
        _isClosing = true;
        _changes.Writer.TryComplete();
        _isComplete = true;
        _signal.Set();
    }

    /// <summary>Whether no more hints can arrive.</summary>
    public bool IsComplete => _isComplete;

    /// <summary>Whether no hint and no loss is left to be read. Check <see cref="IsComplete"/> first, so that none can arrive.</summary>
    public bool IsEmpty =>
        _changes.Reader.Count == 0 && !_losses.Reader.TryPeek(out _) && !Array.Exists(_byRoot, static root => root is { HasUnnoted: true });

    public bool TryRead(out FileChange change) => _changes.Reader.TryRead(out change);

    /// <summary>The pump begins to read.</summary>
    public void BeginRead()
    {
        Interlocked.Exchange(ref _sinceRead, 0);
        Volatile.Write(ref _hasFinished, false);
    }

    /// <summary>Sets whether the next hint must wake the pump, because nothing is pending, and when the pump wakes otherwise.</summary>
    /// <returns>Whether there are hints that the pump must read before it sleeps.</returns>
    public bool Await(bool isAwaited, long wakesAt)
    {
        _isAwaited = isAwaited;
        Volatile.Write(ref _wakesAt, wakesAt);
        Interlocked.MemoryBarrier();
        return isAwaited ? Length > 0 : Volatile.Read(ref _hasFinished) && wakesAt - _time.GetTimestamp() > Volatile.Read(ref _finishedDelay);
    }

    public bool TryReadLoss(out LostHints loss)
    {
        if (_losses.Reader.TryRead(out loss))
        {
            return true;
        }

        foreach (var root in _byRoot)
        {
            if (root is not null && root.TryTakeUnnoted(out var count))
            {
                loss = new LostHints(root.Root, "", IsTree: true, GapCause.QueueFull, count, null);
                return true;
            }
        }

        return false;
    }

    private static bool IsPruned(MonitoredRoot root, in FileChange change) =>
        !root.Rules.IsEmpty
        && IsBelowIgnored(root, change.RelativePath)
        && (change.OldRelativePath is null || IsBelowIgnored(root, change.OldRelativePath));

    private static bool IsBelowIgnored(MonitoredRoot root, string path) =>
        PathText.DirectoryOf(path) is { IsEmpty: false } directory && root.Rules.IsIgnoredDirectory(directory);

    private void NoteRefused(MonitoredRoot root, string path, int count, string? item) =>
        NoteLoss(new LostHints(root, PathText.DirectoryOf(path).ToString(), IsTree: false, GapCause.QueueFull, count, null, item));

    private void NoteLoss(in LostHints loss)
    {
        if (!_losses.Writer.TryWrite(loss))
        {
            Find(loss.Root)?.AddUnnoted(loss.Count);
        }
    }

    private InboxOfRoot? Find(MonitoredRoot root) => _byRoot is var all && root.Index < all.Length && all[root.Index] is { } known && known.Root == root ? known : null;
}
