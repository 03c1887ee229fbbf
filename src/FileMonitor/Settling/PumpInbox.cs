using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using FileMonitor.Extending;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

/// <summary>
/// Between the source's threads and the pump: bounded, never blocking. What does not fit is counted and becomes "look at
/// this directory", and when even those do not fit, "look at this root": a bounded note instead of an unbounded list (guarantee G3).
/// </summary>
/// <remarks>Any thread writes; only the pump reads. The counters on the writing side are interlocked, those on the reading side the pump's.</remarks>
internal sealed class PumpInbox : IChangeWriter
{
    private const int MaxNotedDirectories = 1024;

    private readonly Channel<FileChange> _changes;
    private readonly Channel<LostHints> _losses = Channel.CreateBounded<LostHints>(
        new BoundedChannelOptions(MaxNotedDirectories) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    // Without a bound, because each is waited for by who gave it, or is a condition that a source enters or leaves.
    private readonly Channel<PumpOrder> _orders = Channel.CreateUnbounded<PumpOrder>(new UnboundedChannelOptions { SingleReader = true });

    private readonly IReadOnlyList<MonitoredRoot> _roots;
    private readonly (int IsDirty, int Count)[] _unnotedByRoot;
    private readonly long[] _receivedByRoot;
    private readonly TimeProvider _time;
    private readonly PumpSignal _signal;
    private readonly int _wakeAt;
    private long _refused;
    private long _prunedEarly;
    private long _sourceLosses;
    private long _sourceRestarts;
    private readonly long _finishedDelay;
    private int _sinceRead;
    private bool _hasFinished;
    private long _wakesAt;
    private volatile bool _isAwaited;
    private volatile bool _isClosing;
    private volatile bool _isComplete;

    /// <param name="roots">The roots.</param>
    /// <param name="capacity">How many hints there is room for.</param>
    /// <param name="finishedDelay">How long the pump may sleep while the writer of a path is done.</param>
    /// <param name="time">Stamps the hints.</param>
    /// <param name="signal">Wakes the pump.</param>
    public PumpInbox(IReadOnlyList<MonitoredRoot> roots, int capacity, TimeSpan finishedDelay, TimeProvider time, PumpSignal signal)
    {
        _finishedDelay = (long)(finishedDelay.TotalSeconds * time.TimestampFrequency);
        _roots = roots;
        _unnotedByRoot = new (int, int)[roots.Count];
        _receivedByRoot = new long[roots.Count];
        _time = time;
        _signal = signal;
        Capacity = capacity;
        _wakeAt = Math.Max(1, capacity / 4);
        _changes = Channel.CreateBounded<FileChange>(new BoundedChannelOptions(capacity)
        {
            SingleReader = true,

            // Wait, not one of the Drop modes: those make TryWrite answer true for what they threw away.
            FullMode = BoundedChannelFullMode.Wait,
        });
    }

    public int Capacity { get; }

    public int Length => _changes.Reader.Count;

    /// <summary>Hints so far, the refused and the early pruned ones included.</summary>
    public long Received
    {
        get
        {
            var received = 0L;
            for (var root = 0; root < _receivedByRoot.Length; root++)
            {
                received += ReceivedBelow(root);
            }

            return received;
        }
    }

    public long Refused => Interlocked.Read(ref _refused);

    public long PrunedEarly => Interlocked.Read(ref _prunedEarly);

    public long SourceLosses => Interlocked.Read(ref _sourceLosses);

    public long SourceRestarts => Interlocked.Read(ref _sourceRestarts);

    /// <summary>Of the hints so far, those about one root.</summary>
    public long ReceivedBelow(int root) => Interlocked.Read(ref _receivedByRoot[root]);

    public void Write(in FileChange change)
    {
        if (_isClosing || change.Root is not { } root)
        {
            return;
        }

        if (change.RelativePath is not { Length: > 0 } || (change.Kind == FileChangeKind.Renamed && change.OldRelativePath is not { Length: > 0 }))
        {
            var known = change.RelativePath is { Length: > 0 } path ? path : change.OldRelativePath ?? "";
            ReportLoss(root, PathText.DirectoryOf(known).ToString(), GapCause.IncompleteHint, "A notification came without a usable path.");
            return;
        }

        // Received first, so that whoever adds up the counters never finds more hints dealt with than received.
        Interlocked.Increment(ref _receivedByRoot[root.Index]);
        if (IsPruned(root, change))
        {
            Interlocked.Increment(ref _prunedEarly);
            return;
        }

        if (!_changes.Writer.TryWrite(change with { ReceivedAt = _time.GetTimestamp() }))
        {
            if (_isClosing)
            {
                // The queue ended in between: it is as if the hint had come a moment later.
                Interlocked.Decrement(ref _receivedByRoot[root.Index]);
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

        // Waking the pump costs more than taking a hint, and while something is pending it wakes for that, before this hint can be due.
        // The increment is also the fence between the hint and the look at the flag.
        if (Interlocked.Increment(ref _sinceRead) >= _wakeAt || _isAwaited || (change.IsFinished && IsTooSoon()))
        {
            _signal.Set();
        }
    }

    /// <summary>A path whose writer is done is due sooner than the pump may wake.</summary>
    private bool IsTooSoon()
    {
        // Said before the look at when it wakes, which it says before it looks at this: one of the two sees the other.
        Volatile.Write(ref _hasFinished, true);
        Interlocked.MemoryBarrier();
        return Volatile.Read(ref _wakesAt) - _time.GetTimestamp() > _finishedDelay;
    }

    public void ReportLoss(MonitoredRoot root, string relativeDirectory, GapCause cause, string detail)
    {
        if (_isClosing)
        {
            return;
        }

        Interlocked.Increment(ref cause == GapCause.SourceRestarted ? ref _sourceRestarts : ref _sourceLosses);

        // What a source lost may lie at any depth, except for one broken notification.
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

    /// <summary>Completes when what was written before is settled and handed to the stream; cancelled when the pump ends first.</summary>
    public Task FlushAsync() => Order(done => new PumpOrder.Flush(done));

    /// <summary>Ends the wait of one who flushes; completes with what was not reached, in words.</summary>
    public Task<IReadOnlyList<string>> EndFlushAsync(Task flush)
    {
        var unreached = new TaskCompletionSource<IReadOnlyList<string>>(TaskCreationOptions.RunContinuationsAsynchronously);
        return Order(new PumpOrder.EndFlush(flush, unreached)) ? unreached.Task : Task.FromCanceled<IReadOnlyList<string>>(new CancellationToken(canceled: true));
    }

    /// <summary>Lets a delegate look at the snapshots on the pump's thread; cancelled when the pump ends first.</summary>
    public Task InspectAsync(Action<IReadOnlyList<Snapshot>> look) => Order(done => new PumpOrder.Inspect(look, done));

    /// <summary>Hands an order to the pump; without effect when it takes none any more.</summary>
    /// <returns>False when the pump takes none any more.</returns>
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

    /// <summary>No order is taken any more; those inside stay to be read. The pump calls it before it ends.</summary>
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

    /// <summary>Ends the writing side: later hints are nobody's. What is inside stays to be read.</summary>
    public void Complete()
    {
        _isClosing = true;
        _changes.Writer.TryComplete();
        _isComplete = true;
        _signal.Set();
    }

    /// <summary>No hint can come any more.</summary>
    public bool IsComplete => _isComplete;

    /// <summary>Neither hints nor losses are left to be read. Asked after <see cref="IsComplete"/>, so that none can come.</summary>
    public bool IsEmpty =>
        _changes.Reader.Count == 0 && !_losses.Reader.TryPeek(out _) && !Array.Exists(_unnotedByRoot, static unnoted => unnoted.IsDirty != 0);

    public bool TryRead(out FileChange change) => _changes.Reader.TryRead(out change);

    /// <summary>The pump is about to read what there is.</summary>
    public void BeginRead()
    {
        Interlocked.Exchange(ref _sinceRead, 0);
        Volatile.Write(ref _hasFinished, false);
    }

    /// <summary>Says whether the next hint must wake the pump, because it has nothing pending that will, and when it wakes otherwise.</summary>
    /// <returns>Whether there are hints that must be read before it sleeps.</returns>
    public bool Await(bool isAwaited, long wakesAt)
    {
        _isAwaited = isAwaited;
        Volatile.Write(ref _wakesAt, wakesAt);
        Interlocked.MemoryBarrier();
        return isAwaited ? Length > 0 : Volatile.Read(ref _hasFinished) && wakesAt - _time.GetTimestamp() > _finishedDelay;
    }

    public bool TryReadLoss(out LostHints loss)
    {
        if (_losses.Reader.TryRead(out loss))
        {
            return true;
        }

        for (var root = 0; root < _unnotedByRoot.Length; root++)
        {
            if (Interlocked.Exchange(ref _unnotedByRoot[root].IsDirty, 0) != 0)
            {
                var count = Interlocked.Exchange(ref _unnotedByRoot[root].Count, 0);
                loss = new LostHints(_roots[root], "", IsTree: true, GapCause.QueueFull, count, null);
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
            Interlocked.Add(ref _unnotedByRoot[loss.Root.Index].Count, loss.Count);
            Interlocked.Exchange(ref _unnotedByRoot[loss.Root.Index].IsDirty, 1);
        }
    }
}
