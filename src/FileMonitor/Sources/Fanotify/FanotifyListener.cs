using System.Runtime.InteropServices;
using FileMonitor.Extending;
using FileMonitor.Sources.Native;
using Microsoft.Extensions.Logging;
using static FileMonitor.Sources.Native.LinuxFanotify;

namespace FileMonitor.Sources.Fanotify;

/// <summary>
/// One fanotify descriptor and the thread that reads it, for all roots. This file is the thread's round, FanotifyListener.Roots.cs what it
/// does about roots and mounts.
/// </summary>
/// <remarks>
/// The thread owns everything, the tree, the marks, the scan, the table of processes, and so nothing needs a lock: others only put work into
/// its inbox. It closes the descriptors when it ends, so that no number of a closed one is ever used. A disk that hangs holds it up; the kernel's queue then fills, and says so.
/// </remarks>
internal sealed partial class FanotifyListener : IAsyncDisposable
{
    private const int BufferBytes = 256 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly IChangeWriter _changes;
    private readonly Action<FanotifyListener, Exception> _died;
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

    /// <exception cref="IOException">fanotify cannot be used here; the message says why.</exception>
    /// <param name="changes">Where the hints go.</param>
    /// <param name="interval">The pause between two comparisons of a directory that cannot be watched.</param>
    /// <param name="died">Told, on the thread, that it ends because of an error.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Told of what cannot be watched.</param>
    /// <param name="namesTargets">Whether to use what only newer kernels have.</param>
    public FanotifyListener(
        IChangeWriter changes, TimeSpan interval, Action<FanotifyListener, Exception> died, TimeProvider time, ILogger logger, bool namesTargets = true)
    {
        _changes = changes;
        _died = died;
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
        _scan = new FanotifyScan(_tree, _volumes, _mounts) { FoundMount = Graft, FoundTwice = HearTwice, Failed = HearUnreadable, Listed = HearListed };
        _resolver = new FanotifyResolver(_volumes, _roots);
        _coverage = new FanotifyCoverage(_tree, changes, interval, time, logger);
        _processes = new ProcessTable(
            new ProcessReader("/proc", new ProcessUsers("/etc/passwd", time)), new ProcessPrograms(_volumes.PathOf, time), time);
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
            Overflowed = HearOverflow,
            Confused = HearConfused,
        };

        // Without the caller's context: what belongs to a request would live as long as the thread.
        new Thread(Run) { IsBackground = true, Name = "FileMonitor fanotify" }.UnsafeStart();
    }

    /// <summary>Directories known. For tests; any thread, about right.</summary>
    internal int Directories => _tree.Count;

    /// <summary>File systems that are marked; any thread, about right.</summary>
    public int Marks => _volumes.Count;

    /// <summary>Directories in which nothing is noticed; any thread.</summary>
    public IReadOnlyList<UncoveredPlace> Uncovered => _coverage.Published;

    /// <summary>Completes once all that was known to be scanned when it was asked is in the tree.</summary>
    public Task ScannedAsync() => _inbox.Add(done => _awaitingScan.Add(done));

    /// <summary>
    /// Ends the thread, and completes when it has let go of everything; or after five seconds, when a disk holds it up: it ends once that
    /// answers, and nothing that it writes is heard then.
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

    /// <summary>Does something on the thread; it may throw an IOException, which the caller gets.</summary>
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
            _died(this, defect);

            // The whole root is uncovered by now.
            _coverage.Clear();
        }

        _ended.TrySetResult();
    }

    /// <summary>Waits for something to do and does it: one buffer of events, one slice of the scan. False at the end.</summary>
    private unsafe bool RunRound(byte* buffer)
    {
        Span<PolledFile> files =
        [
            new() { Descriptor = _group.Descriptor, Wanted = POLLIN },
            new() { Descriptor = _inbox.Descriptor, Wanted = POLLIN },
            new() { Descriptor = _mounts.Descriptor, Wanted = POLLPRI },
        ];
        if (Poll(files, 0) == 0)
        {
            _ = _scan.IsUnderWay ? 0 : Poll(files, _coverage.NextTry is { } pause ? (int)Math.Ceiling(pause.TotalMilliseconds) : -1);

            // Of what is there now nothing was there a moment ago.
            _processes.EmptyAt = _time.GetTimestamp();
        }

        if (files[0].Found != 0)
        {
            ReadEvents(buffer);
            _coverage.ForgetGone();
        }

        if (files[1].Found != 0 && !_inbox.TryRun())
        {
            return false;
        }

        if (files[2].Found != 0)
        {
            HearMounts();
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
            : throw new IOException($"fanotify cannot be waited for: {LinuxErrors.Describe(LinuxErrors.LastError)}.");
    }

    private unsafe void ReadEvents(byte* buffer)
    {
        var count = Read(_group.Descriptor, buffer, BufferBytes);
        if (count > 0)
        {
            _translator.Hear(new ReadOnlySpan<byte>(buffer, count));
        }
        else if (count < 0 && LinuxErrors.LastError is not (LinuxErrors.EAGAIN or LinuxErrors.EINTR))
        {
            throw new IOException($"fanotify cannot be read: {LinuxErrors.Describe(LinuxErrors.LastError)}.");
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
        _group.Dispose();
        _awaitingScan.ForEach(done => done.TrySetException(FanotifyInbox.Ended()));
    }
}
