// Over 300 lines because it is one idea: the thread that owns everything, and what others may ask of it.
using System.Collections.Concurrent;
using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using FileMonitor.Sources.Files;
using FileMonitor.Sources.Native;
using FileMonitor.Values;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Sources.Inotify;

/// <summary>
/// The kernel's inotify without .NET between: one instance and one thread for all roots of a monitor. It reads events into hints as fast as
/// they come, and watches what appears before it says that it appeared.
/// </summary>
/// <remarks>
/// Everything that changes belongs to the source's thread: the tree, the reader, and each <see cref="InotifyRoot"/>. Others hand it a wish
/// (<see cref="_wishes"/>) and wake it. What they may read themselves is volatile, or a dictionary that is made for it.
/// </remarks>
internal sealed class InotifySource(TimeSpan pollInterval, Func<WatchLimit?> readLimit, TimeProvider time, ILogger logger) : IRootSource
{
    public const string SourceName = "Inotify";

    // Attributes whether they are reported or not: a time that is set tells of itself by nothing else, and is part of what is known of a file.
    private const uint Mask = LinuxInotify.IN_CREATE | LinuxInotify.IN_MODIFY | LinuxInotify.IN_CLOSE_WRITE | LinuxInotify.IN_DELETE
        | LinuxInotify.IN_MOVED_FROM | LinuxInotify.IN_MOVED_TO | LinuxInotify.IN_ATTRIB;

    private const int BufferBytes = 256 * 1024;

    // Directories that are read before events get their turn again.
    private const int DirectoriesPerTurn = 64;

    // After events were read more are let come, so that a storm is read in batches: a thousand times a second costs less than each event.
    private const int GatherMilliseconds = 2;

    // The second half of a rename follows within microseconds.
    private const int MoveMilliseconds = 2;

    // How long nothing must happen before contradictions are looked into: a walk through everything, which more of them would make vain.
    private const int QuietMilliseconds = 100;

    // Of directories that cannot be watched so many are compared one by one, where the whole root would be otherwise.
    private const int MaxCompared = 64;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<Action> _wishes = new();
    private readonly ConcurrentDictionary<MonitoredRoot, InotifyRoot> _roots = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferBytes, pinned: true);
    private IChangeWriter? _changes;
    private LinuxWait? _wait;
    private volatile bool _isDisposed;

    // The thread's: null while there is no instance.
    private SafeFileHandle? _inotify;
    private InotifyTree? _tree;
    private InotifyReader? _reader;
    private int _failures;
    private string _failure = "";

    public string Name => SourceName;

    public IReadOnlyList<string> Problems => [.. _roots.Values.OrderBy(root => root.Root.Index).SelectMany(root => root.Problems)];

    public IReadOnlyList<WatchUsage> Watches => [new(Name, Volatile.Read(ref _tree)?.Watches ?? 0, readLimit()?.Value)];

    /// <summary>Watches roots; asked again, more of them. Completes once every directory is watched, or why not was said.</summary>
    public async Task StartAsync(IReadOnlyList<MonitoredRoot> roots, IChangeWriter changes, CancellationToken cancellationToken)
    {
        if (_wait is null)
        {
            _changes = changes;
            _wait = new LinuxWait();
            var thread = new Thread(Run) { IsBackground = true, Name = "FileMonitor inotify" };
            thread.UnsafeStart();
        }

        var walks = roots.Select(root =>
        {
            var owner = _roots.GetOrAdd(root, _ => new InotifyRoot(root, new UncoveredRoot(root, changes, pollInterval, time)));

            // Missing: the monitor waits for it, and calls RearmAsync.
            return WishAsync<string?>(done => Walk(owner, done, isOptional: true));
        });
        await Task.WhenAll(walks).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async Task RearmAsync(MonitoredRoot root, CancellationToken cancellationToken)
    {
        var obstacle = await WishAsync<string?>(done => Walk(_roots[root], done, isOptional: false)).WaitAsync(cancellationToken).ConfigureAwait(false);
        if (obstacle is not null)
        {
            throw new IOException(obstacle);
        }
    }

    /// <summary>
    /// Exact without a sentinel: the kernel queues an event before the call that caused it returns. What is in the queue now is read, and so
    /// are the directories that it speaks of.
    /// </summary>
    public async ValueTask<string?> FlushAsync(MonitoredRoot root, CancellationToken cancellationToken)
    {
        if (!_roots.TryGetValue(root, out var owner))
        {
            return $"'{root.Path}' is not watched.";
        }

        if (owner.Uncovered.Problem is { } deaf)
        {
            return deaf;
        }

        var problem = await WishAsync<string?>(done => Flush(owner, done)).WaitAsync(cancellationToken).ConfigureAwait(false);
        return owner.Uncovered.Problem ?? problem;
    }

    /// <summary>No event says that something was mounted; that something was unmounted is said of some volumes only.</summary>
    public Task RemountedAsync(MonitoredRoot root, string relativePath) => !_roots.TryGetValue(root, out var owner)
        ? Task.CompletedTask
        : WishAsync<bool>(done =>
        {
            if (_tree is { } tree && tree.Remounted(owner, relativePath))
            {
                _changes!.ReportLoss(
                    root, relativePath, GapCause.SourceRestarted, $"Something was mounted or unmounted at '{PathText.Absolute(root.Path, relativePath)}'; it is compared with the disk.");
            }

            done.TrySetResult(true);
        });

    public async Task HandOverAsync(MonitoredRoot root)
    {
        if (_roots.TryRemove(root, out var owner))
        {
            await WishAsync<bool>(done =>
            {
                _tree?.Forget(owner);
                owner.Shortage?.Cancel();
                owner.Uncovered.Close();
                owner.Answer(null);
                done.TrySetResult(true);
            }).ConfigureAwait(false);
            await owner.Uncovered.DisposeAsync().ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        // A start that failed and the stop that follows both end here.
        if (_isDisposed || _wait is not { } wait)
        {
            return;
        }

        _isDisposed = true;
        wait.WakeUp();
        await _ended.Task.ConfigureAwait(false);
        foreach (var owner in _roots.Values)
        {
            owner.Shortage?.Cancel();
            await owner.Uncovered.DisposeAsync().ConfigureAwait(false);
        }

        wait.Dispose();
    }

    /// <summary>Hands the thread a wish. When the thread has ended the wish is cancelled.</summary>
    private Task<T> WishAsync<T>(Action<TaskCompletionSource<T>> wish)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Wish(() => wish(done));
        _ = _ended.Task.ContinueWith(_ => done.TrySetCanceled(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return done.Task;
    }

    private void Wish(Action wish)
    {
        _wishes.Enqueue(wish);
        _wait?.WakeUp();
    }

    private void Run()
    {
        try
        {
            while (!_isDisposed)
            {
                try
                {
                    Open();
                    Listen();
                }
                catch (Exception failed)
                {
                    // Whatever it was, it is said, and tried again: the host must not end by it, nor its monitor be deaf without a word.
                    Fail(failed);
                }
                finally
                {
                    Close();
                }
            }
        }
        finally
        {
            _ended.TrySetResult();
        }
    }

    /// <exception cref="IOException">There is no instance left.</exception>
    private void Open()
    {
        _inotify = LinuxInotify.Open();
        if (_inotify.IsInvalid)
        {
            throw new IOException($"No inotify instance: {WatchLimit.ExplainNoInstance(LinuxErrors.LastError)}");
        }

        _tree = new InotifyTree(_inotify, Mask, _changes!);
        _reader = new InotifyReader(_tree, _changes!, Overflowed, RootEnded);
        foreach (var owner in _roots.Values.Where(owner => owner.Uncovered.Has(GapCause.SourceError)))
        {
            Walk(owner);
        }
    }

    private void Close()
    {
        _inotify?.Dispose();
        (_inotify, _tree, _reader) = (null, null, null);
        foreach (var owner in _roots.Values)
        {
            owner.ForgetWatches();
        }
    }

    private void Listen()
    {
        while (!_isDisposed)
        {
            Grant();
            if (_wait!.For(_inotify, NextWait()))
            {
                if (ReadOnce() < BufferBytes / 2 && !_tree!.HasWork)
                {
                    _wait.For(readable: null, GatherMilliseconds);
                }

                _tree!.ReadPostponed(isQuiet: false);
            }
            else if (_reader!.IsMoving)
            {
                _reader.EndDepartures();
            }
            else if (_tree!.IsBehind && !_tree.HasWork)
            {
                _tree.ReadPostponed(isQuiet: true);
            }
            else if (_tree.IsInDoubt && !_tree.HasWork)
            {
                _tree.Reassure(_roots.Values);
            }

            _tree!.Read(DirectoriesPerTurn);
            Retry();
        }

        // What was done before the stop is hinted at, as far as no directory has to be read for it.
        ReadQueued();
    }

    private void Grant()
    {
        while (_wishes.TryDequeue(out var wish))
        {
            wish();
        }
    }

    private int NextWait()
    {
        if (_tree!.HasWork || !_wishes.IsEmpty)
        {
            return 0;
        }

        if (_reader!.IsMoving || _tree.IsBehind)
        {
            return MoveMilliseconds;
        }

        if (_tree.IsInDoubt)
        {
            return QuietMilliseconds;
        }

        long? next = null;
        foreach (var (_, owner) in _roots)
        {
            next = owner.RetryAt is { } due && (next is null || due < next) ? due : next;
        }

        return next is { } at ? (int)Math.Clamp(at - Environment.TickCount64, 0, int.MaxValue) : Timeout.Infinite;
    }

    private int ReadOnce()
    {
        var count = LinuxWait.Read(_inotify!, _buffer);
        if (count > 0)
        {
            _reader!.Read(_buffer.AsSpan(0, count));
        }
        else if (LinuxErrors.LastError is not (LinuxErrors.EAGAIN or LinuxErrors.EINTR))
        {
            throw new IOException($"Reading from inotify failed: {LinuxErrors.Describe(LinuxErrors.LastError)}");
        }

        return count;
    }

    /// <summary>Reads what is in the kernel's queue now, and no more: others may keep writing.</summary>
    private void ReadQueued()
    {
        for (var left = LinuxInotify.Queued(_inotify!); left > 0;)
        {
            var count = ReadOnce();
            if (count <= 0)
            {
                break;
            }

            left -= count;
        }

        _reader!.EndDepartures();
    }

    private void Flush(InotifyRoot owner, TaskCompletionSource<string?> done)
    {
        if (_tree is not { } tree)
        {
            done.TrySetResult(CannotWatch(owner, _failure));
            return;
        }

        ReadQueued();
        tree.ReadPostponed(isQuiet: false);

        // Nobody is told that a root was renamed; what happens at its path is not heard of then.
        tree.WhenRead(() =>
        {
            if (tree.IsInDoubt)
            {
                tree.Reassure(_roots.Values);
            }

            tree.WhenRead(() => done.TrySetResult(tree.IsInPlace(owner) ? null : $"'{owner.Root.Path}' is not the directory that is watched, or is gone."));
        });
    }

    private void Walk(InotifyRoot owner, TaskCompletionSource<string?> done, bool isOptional)
    {
        owner.Waiting.Add(done);
        if (_tree is null)
        {
            // Walked through as soon as there is an instance.
            owner.Uncovered.Open(GapCause.SourceError, CannotWatch(owner, _failure));
            owner.Answer(owner.Uncovered.Problem);
            return;
        }

        // Armed for the monitor, it is compared by it.
        owner.HasEnded &= isOptional;
        Walk(owner, isOptional);
    }

    private void Walk(InotifyRoot owner, bool isOptional = false)
    {
        var tree = _tree!;
        if (tree.BeginWalk(owner) is var error and not 0)
        {
            owner.IsWalking = false;
            var words = CannotWatch(owner, LinuxErrors.Describe(error));
            var isMissing = error is LinuxErrors.ENOENT or LinuxErrors.ENOTDIR;
            if (!isMissing && DirectoryOnDisk.CanBeListed(owner.Root.PhysicalPath))
            {
                Deafen(owner, words);
            }
            else if (!isMissing)
            {
                // Closed to us: who looks after the root says so, and it cannot be compared either. Should it be open again before that, what
                // happened meanwhile is compared once it is watched.
                (isMissing, owner.HasEnded) = (true, true);
                RetryLater(owner);
            }
            else if (owner.HasEnded)
            {
                // Who looks after the root says so within a second, and has it watched again when it is there.
                RetryLater(owner);
            }

            owner.Answer(isMissing && isOptional ? null : words);
            return;
        }

        var walk = owner.Walk;
        tree.WhenRead(() =>
        {
            if (owner.Top is not null && owner.Walk >= walk)
            {
                tree.EndWalk(owner);
                tree.WhenRead(() => Cover(owner));
            }
            else
            {
                owner.IsWalking = false;
                owner.Answer(owner.Uncovered.Problem);
            }
        });
    }

    /// <summary>Every directory is watched: what was missed until now can be compared with the disk, what happens from now on is hinted at.</summary>
    private void Cover(InotifyRoot owner)
    {
        owner.IsWalking = false;
        if (owner.Top is null)
        {
            owner.Answer(owner.Uncovered.Problem);
            return;
        }

        owner.Failures = _failures = 0;
        owner.PublishUnreadable();
        if (owner.HasEnded)
        {
            // Deleted and made again, unmounted and mounted, or closed and opened, before anyone looked.
            owner.HasEnded = false;
            _changes!.ReportLoss(owner.Root, "", GapCause.SourceRestarted, "The root is watched again, after it was replaced or closed; what happened meanwhile is compared with the disk.");
        }

        owner.Lacks = owner.Unwatched.Count > 0 && !owner.IsAtLimit ? owner.Lacks + 1 : 0;
        if (owner.Unwatched.Count > 0)
        {
            Lack(owner);
        }
        else
        {
            EndLack(owner);
        }

        owner.Uncovered.Close(except: owner.Unwatched.Count > 0 ? GapCause.PartialCoverage : null);
        owner.Answer(null);
    }

    private void Retry()
    {
        var now = Environment.TickCount64;
        foreach (var (_, owner) in _roots)
        {
            if (owner.RetryAt is { } due && due <= now)
            {
                owner.RetryAt = null;
                Walk(owner);
            }
            else if (!owner.IsWalking)
            {
                Review(owner);
            }
        }
    }

    /// <summary>Directories may have come that cannot be watched, or left, since the walk.</summary>
    private void Review(InotifyRoot owner)
    {
        owner.PublishUnreadable();
        if (owner.Unwatched.Count == 0)
        {
            if (owner.Uncovered.Problem is not null && owner.Uncovered.Has(GapCause.PartialCoverage))
            {
                EndLack(owner);
                owner.Uncovered.CloseOnly(GapCause.PartialCoverage);
            }

            return;
        }

        if (!owner.Uncovered.Has(GapCause.PartialCoverage) || (owner.Shortage is null && owner.RetryAt is null))
        {
            Lack(owner);
        }

        // They may have been moved since.
        owner.Uncovered.Only = _tree?.PathsOf(owner.Unwatched, MaxCompared);
    }

    private void Overflowed()
    {
        foreach (var (_, owner) in _roots)
        {
            if (owner.Top is not null)
            {
                owner.Uncovered.Open(
                    GapCause.SourceOverflow,
                    $"The kernel's queue of events was full and events about '{owner.Root.Path}' may be missing. Raise fs.inotify.max_queued_events if this happens often.");
                Walk(owner);
            }
        }
    }

    private void RootEnded(InotifyRoot owner)
    {
        _tree!.Forget(owner);
        owner.HasEnded = true;
        RetryLater(owner);
    }

    private static void Deafen(InotifyRoot owner, string words)
    {
        owner.Uncovered.Open(GapCause.SourceError, words);
        RetryLater(owner);
    }

    private static void RetryLater(InotifyRoot owner) =>
        owner.RetryAt = Environment.TickCount64 + (long)DelayAfter(++owner.Failures).TotalMilliseconds;

    /// <summary>The instance is lost, with all its watches.</summary>
    private void Fail(Exception failed)
    {
        var delay = DelayAfter(++_failures);
        _failure = failed.Message;
        foreach (var (_, owner) in _roots)
        {
            owner.Uncovered.Open(GapCause.SourceError, CannotWatch(owner, failed.Message));
            owner.Answer(owner.Uncovered.Problem);
            if (_failures == 1)
            {
                logger.SourceRestarting(failed, owner.Root.Path, delay);
            }
        }

        Close();
        for (var due = Environment.TickCount64 + (long)delay.TotalMilliseconds; !_isDisposed && Environment.TickCount64 < due;)
        {
            Grant();
            _wait!.For(readable: null, (int)Math.Max(0, due - Environment.TickCount64));
        }
    }

    private static void EndLack(InotifyRoot owner)
    {
        owner.Shortage?.Cancel();
        owner.Shortage = null;
    }

    private static string CannotWatch(InotifyRoot owner, string reason) =>
        $"'{owner.Root.Path}' cannot be watched at the moment, and is compared with the disk instead: {reason}";

    private static TimeSpan DelayAfter(int failures) =>
        TimeSpan.FromTicks(Math.Min(FirstDelay.Ticks << Math.Min(failures - 1, 16), LongestDelay.Ticks));

    /// <summary>Some directories got no watch: one condition, however many they are. The rest goes on.</summary>
    private void Lack(InotifyRoot owner)
    {
        owner.Uncovered.Only = _tree?.PathsOf(owner.Unwatched, MaxCompared);
        if (!owner.IsAtLimit)
        {
            // Memory, descriptors, a disk that failed once: whatever it was, it may be over.
            if (!owner.Uncovered.Has(GapCause.PartialCoverage))
            {
                logger.PartialCoverage(owner.Root.Path, owner.Refusal);
            }

            owner.Uncovered.Open(
                GapCause.PartialCoverage,
                $"{owner.Unwatched.Count} directories below '{owner.Root.Path}' cannot be watched at the moment, and are compared with the disk instead: {owner.Refusal}");
            owner.RetryAt ??= Environment.TickCount64 + (long)DelayAfter(Math.Max(owner.Lacks, 1)).TotalMilliseconds;
            return;
        }

        if (owner.Shortage is not null)
        {
            return;
        }

        owner.Uncovered.Open(GapCause.PartialCoverage, WatchShortage.Describe(owner.Root, owner.Refusal, watchesIgnored: false));
        logger.PartialCoverage(owner.Root.Path, owner.Refusal);
        var over = owner.Shortage = new CancellationTokenSource();
        var shortage = new WatchShortage(owner.Root, readLimit, () => WatchLimit.HasRoom(owner.Root.PhysicalPath), time, watchesIgnored: false);
        _ = DetachedTask.Run(async () =>
        {
            var hasRoom = await shortage.WaitForRoomAsync(words => Wish(() => Say(words)), over.Token).ConfigureAwait(false);
            if (hasRoom)
            {
                Wish(() =>
                {
                    owner.Shortage = null;
                    Walk(owner);
                });
            }
        });

        void Say(string words)
        {
            if (owner.Shortage == over)
            {
                owner.Uncovered.Open(GapCause.PartialCoverage, words);
            }
        }
    }
}
