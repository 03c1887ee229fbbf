using System.Runtime.InteropServices;
using FileMonitor.Extending;
using FileMonitor.Sources.Native;
using FileMonitor.Values;
using Microsoft.Extensions.Logging;
using static FileMonitor.Sources.Native.LinuxFanotify;

namespace FileMonitor.Sources.Fanotify;

/// <summary>
/// One fanotify descriptor and the thread that reads it, for all roots. This file has the loop of the thread; FanotifyListener.Roots.cs handles
/// roots and mounts.
/// </summary>
/// <remarks>
/// The thread owns everything (tree, marks, scan, table of processes), so nothing needs a lock; others only put work into its inbox. The thread
/// closes the descriptors when it ends, so that the number of a closed one is never used. A disk that hangs blocks the thread; the kernel's
/// queue then overflows and reports that.
/// </remarks>
internal sealed partial class FanotifyListener : IAsyncDisposable
{
    private const int BufferBytes = 256 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly IChangeWriter _changes;
    private readonly Action<FanotifyListener, Exception> _failed;
    private readonly FanotifyGroup _group;
    private readonly FanotifyMounts _mounts = new();
    private readonly FanotifyTree _tree = new();
    private readonly FanotifyVolumes _volumes;
    private readonly FanotifyScan _scan;
    private readonly FanotifyResolver _resolver;
    private readonly FanotifyTranslator _translator;
    private readonly FanotifyCoverage _coverage;
    private readonly ProcessTable _processes;
    private readonly TimeProvider _time;
    private readonly List<TaskCompletionSource> _awaitingScan = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly FanotifyInbox _inbox;

    // Held while the descriptor is closed, and by others while they use it.
    private readonly Lock _closing = new();
    private bool _isClosed;

    // Written by the thread, read by the pump.
    private volatile bool _isReading;
    private long _emptyAt;

    /// <exception cref="IOException">fanotify cannot be used here; the message says why.</exception>
    /// <param name="changes">Receives the hints.</param>
    /// <param name="interval">The pause between two comparisons of a directory that cannot be watched.</param>
    /// <param name="failed">Called on the thread when it ends because of an error.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Logs what cannot be watched.</param>
    /// <param name="namesTargets">Whether to use <see cref="FanotifyGroup.NamesTargets"/>.</param>
    public FanotifyListener(
        IChangeWriter changes, TimeSpan interval, Action<FanotifyListener, Exception> failed, TimeProvider time, ILogger logger, bool namesTargets = true)
    {
        _changes = changes;
        _failed = failed;
        _time = time;
        try
        {
            _group = FanotifyGroup.Open(namesTargets);
            _inbox = new FanotifyInbox();
        }
        catch (IOException)
        {
            _group?.Dispose();
            _mounts.Dispose();
            throw;
        }

        _volumes = new FanotifyVolumes(_group);
        _scan = new FanotifyScan(_tree, _volumes, _mounts) { FoundMount = PlaceMountPoint, FoundTwice = HandleSecondPlace, Failed = HandleListFailed, Listed = HandleListed };
        _resolver = new FanotifyResolver(_volumes, _roots);
        _coverage = new FanotifyCoverage(_tree, changes, interval, time, logger);
        _processes = new ProcessTable(
            new ProcessReader("/proc", new AccountFile("/etc/passwd", time)), new ProcessPrograms(_volumes.PathOf, time), time);
        _translator = new FanotifyTranslator(_tree, changes, _processes)
        {
            Resolve = (ReadOnlySpan<byte> handle, out FanotifyPlace place) =>
            {
                place = default;
                return _scan.IsUnderWay && _resolver.TryResolve(handle, out place);
            },
            FindHandle = FindHandle,
            Locate = _volumes.TryLocate,
            Scan = ScanMoved,
            Overflowed = HandleOverflow,
            Contradicted = HandleContradiction,
        };

        // UnsafeStart: without the caller's execution context, which would otherwise live as long as the thread.
        new Thread(Run) { IsBackground = true, Name = "FileMonitor fanotify" }.UnsafeStart();
    }

    /// <summary>How many directories are known. For tests; approximate when read by another thread.</summary>
    internal int Directories => _tree.Count;

    /// <summary>How many file systems are marked; approximate when read by another thread.</summary>
    public int Marks => _volumes.Count;

    /// <summary>The uncovered directories; any thread.</summary>
    public IReadOnlyList<UncoveredPlace> Uncovered => _coverage.Published;

    /// <summary>The time up to which the kernel's events are written as hints; any thread. It does not wait.</summary>
    public long HintedUpTo
    {
        get
        {
            var now = _time.GetTimestamp();
            lock (_closing)
            {
                if (_isClosed)
                {
                    return long.MaxValue;
                }

                // In this order: what the thread took from the queue is written when it is not reading.
                if (Wait([new() { Descriptor = _group.Descriptor, Wanted = POLLIN }], 0) == 0 && !_isReading)
                {
                    return now;
                }
            }

            return Volatile.Read(ref _emptyAt);
        }
    }

    /// <summary>Completes once all directories that were queued to be scanned at the call are in the tree.</summary>
    public Task ScannedAsync() => _inbox.Add(done => _awaitingScan.Add(done));

    /// <summary>
    /// Ends the thread and completes when it has closed everything. After five seconds completes anyway, because a disk may block the thread.
    /// The thread then ends when the disk answers, and its hints are ignored.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        _inbox.Close();
        await _ended.Task.WaitAsync(Patience, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_ended.Task.IsCompleted)
        {
            await _coverage.EndAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Runs work on the thread. An IOException that it throws reaches the caller.</summary>
    private Task DoAsync(Action work) => _inbox.Add(done =>
    {
        work();
        done.TrySetResult();
    });

    private unsafe void Run()
    {
        Exception? defect = null;
        var buffer = (byte*)NativeMemory.Alloc(BufferBytes);
        try
        {
            _processes.EmptyAt = _time.GetTimestamp();
            while (RunRound(buffer))
            {
            }
        }
        catch (Exception error)
        {
            defect = error;
        }

        NativeMemory.Free(buffer);
        End();
        if (defect is not null)
        {
            _failed(this, defect);

            // The whole root is reported as uncovered by now.
            _coverage.Clear();
        }

        _ended.TrySetResult();
    }

    /// <summary>Waits for work and does it: one buffer of events, one slice of the scan. False at the end.</summary>
    private unsafe bool RunRound(byte* buffer)
    {
        Span<PolledFile> files =
        [
            new() { Descriptor = _group.Descriptor, Wanted = POLLIN },
            new() { Descriptor = _inbox.Descriptor, Wanted = POLLIN },
            new() { Descriptor = _mounts.Descriptor, Wanted = POLLPRI },
        ];
        var now = _time.GetTimestamp();
        var found = Poll(files, 0);
        if (found >= 0 && files[0].Found == 0)
        {
            Volatile.Write(ref _emptyAt, now);
        }

        if (found == 0)
        {
            _ = _scan.IsUnderWay ? 0 : Poll(files, _coverage.NextTry is { } pause ? (int)Math.Ceiling(pause.TotalMilliseconds) : -1);

            // The queue was empty, so everything read next is newer than this.
            _processes.EmptyAt = _time.GetTimestamp();
        }

        if (files[0].Found != 0)
        {
            _isReading = true;
            ReadEvents(buffer);
            _isReading = false;
            _coverage.ForgetGone();
        }

        if (files[1].Found != 0 && !_inbox.TryRun())
        {
            return false;
        }

        if (files[2].Found != 0)
        {
            HandleMountChanges();
        }

        TryAgain();
        RunScan();
        _volumes.Release();
        return true;
    }

    private static int Poll(Span<PolledFile> files, int milliseconds)
    {
        var found = Wait(files, milliseconds);
        return found >= 0 || LinuxErrors.LastError == LinuxErrors.EINTR
            ? found
            : throw new IOException($"Waiting for fanotify events failed: {LinuxErrors.Describe(LinuxErrors.LastError)}.");
    }

    private unsafe void ReadEvents(byte* buffer)
    {
        var count = Read(_group.Descriptor, buffer, BufferBytes);
        if (count > 0)
        {
            _translator.Handle(new ReadOnlySpan<byte>(buffer, count));
        }
        else if (count < 0 && LinuxErrors.LastError is not (LinuxErrors.EAGAIN or LinuxErrors.EINTR))
        {
            throw new IOException($"Reading from fanotify failed: {LinuxErrors.Describe(LinuxErrors.LastError)}.");
        }
    }

    private void RunScan()
    {
        if (_scan.IsUnderWay)
        {
            _scan.RunSlice();
            if (!_scan.IsUnderWay)
            {
                _resolver.Clear();
            }
        }

        if (!_scan.IsUnderWay && _isTreeWrong)
        {
            Rebuild();
        }

        if (!_scan.IsUnderWay && _awaitingScan.Count > 0)
        {
            _awaitingScan.ForEach(done => done.TrySetResult());
            _awaitingScan.Clear();
        }
    }

    private void End()
    {
        _inbox.Dispose();
        _scan.Dispose();
        _volumes.Dispose();
        _mounts.Dispose();
        lock (_closing)
        {
            _isClosed = true;
            _group.Dispose();
        }

        _awaitingScan.ForEach(done => done.TrySetException(FanotifyInbox.Ended()));
    }
}
