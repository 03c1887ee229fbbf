using System.Collections.Concurrent;
using FileMonitor.Extending;
using FileMonitor.Sources.Native;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Sources.Inotify;

/// <summary>
/// The thread of the inotify source: it opens the instance, reads events, reads directories in between, and does what others ask. When the
/// instance is lost, another one is opened.
/// </summary>
internal sealed class InotifyThread(
    ConcurrentDictionary<MonitoredRoot, InotifyRoot> roots, InotifyCoverage coverage, IChangeWriter changes, InotifyInbox inbox)
{
    // IN_ATTRIB whether attributes are reported or not: it is the only event for a changed time, which is part of what is known of a file.
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

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferBytes, pinned: true);
    private volatile bool _isStopped;

    // The thread's: null while there is no instance.
    private SafeFileHandle? _inotify;
    private InotifyTree? _tree;
    private InotifyReader? _reader;

    public void Start()
    {
        var thread = new Thread(Run) { IsBackground = true, Name = "FileMonitor inotify" };
        thread.UnsafeStart();
    }

    /// <summary>Ends the thread; what was done until now is hinted at. Completes when it has ended.</summary>
    public Task StopAsync()
    {
        _isStopped = true;
        inbox.WakeUp();
        return inbox.Ended;
    }

    /// <summary>Answers once all is read that was done until now, and what comes to light by it. On the thread, like everything below.</summary>
    public void Flush(InotifyRoot owner, TaskCompletionSource<string?> done)
    {
        if (_tree is not { } tree)
        {
            done.TrySetResult(coverage.DescribeFailure(owner));
            return;
        }

        ReadQueued();
        tree.ReadPostponed(isQuiet: false);

        // Nobody is told that a root was renamed; what happens at its path is not heard of then.
        tree.WhenRead(() =>
        {
            if (tree.IsInDoubt)
            {
                WalkAgain(tree);
            }

            tree.WhenRead(() => done.TrySetResult(tree.IsInPlace(owner.Watched) ? null : $"'{owner.Root.Path}' is not the directory that is watched, or is gone."));
        });
    }

    private void Run()
    {
        try
        {
            while (!_isStopped)
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
            inbox.End();
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

        _tree = new InotifyTree(_inotify, Mask, changes);
        _reader = new InotifyReader(_tree, changes, coverage.Overflowed, coverage.RootEnded);
        coverage.Begin(_tree);
    }

    private void Close()
    {
        _inotify?.Dispose();
        (_inotify, _tree, _reader) = (null, null, null);
        coverage.End();
    }

    private void Listen()
    {
        while (!_isStopped)
        {
            inbox.RunRequests();
            if (inbox.Wait(_inotify, NextWait()))
            {
                if (ReadOnce() < BufferBytes / 2 && !_tree!.HasWork)
                {
                    inbox.Wait(readable: null, GatherMilliseconds);
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
                WalkAgain(_tree);
            }

            _tree!.Read(DirectoriesPerTurn);
            coverage.Review();
        }

        // What was done before the stop is hinted at, as far as no directory has to be read for it.
        ReadQueued();
    }

    private int NextWait() =>
        _tree!.HasWork || !inbox.IsEmpty ? 0
        : _reader!.IsMoving || _tree.IsBehind ? MoveMilliseconds
        : _tree.IsInDoubt ? QuietMilliseconds
        : Timeout.Infinite;

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

    private void WalkAgain(InotifyTree tree) => tree.WalkAgain(roots.Values.Select(owner => owner.Watched));

    /// <summary>The instance is lost, with all its watches.</summary>
    private void Fail(Exception failed)
    {
        coverage.Fail(failed);
        Close();
        while (!_isStopped)
        {
            inbox.RunRequests();
            if (coverage.IsInstanceWanted)
            {
                break;
            }

            inbox.Wait(readable: null, Timeout.Infinite);
        }
    }
}
