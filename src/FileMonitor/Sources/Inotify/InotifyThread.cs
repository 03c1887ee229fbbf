using System.Collections.Concurrent;
using FileMonitor.Extending;
using FileMonitor.Sources.Native;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Sources.Inotify;

/// <summary>
/// The thread of the inotify source. It opens the inotify instance, reads events, reads directories in between, and runs the requests of other
/// threads. When the instance is lost, it opens another one.
/// </summary>
internal sealed class InotifyThread(
    ConcurrentDictionary<MonitoredRoot, InotifyRoot> roots, InotifyCoverage coverage, IChangeWriter changes, InotifyInbox inbox)
{
    // IN_ATTRIB is always watched: it is the only event for a changed mtime, which is part of the known state of a file.
    private const uint Mask = LinuxInotify.IN_CREATE | LinuxInotify.IN_MODIFY | LinuxInotify.IN_CLOSE_WRITE | LinuxInotify.IN_DELETE
        | LinuxInotify.IN_MOVED_FROM | LinuxInotify.IN_MOVED_TO | LinuxInotify.IN_ATTRIB;

    private const int BufferBytes = 256 * 1024;

    // How many directories are read before events are read again.
    private const int DirectoriesPerTurn = 64;

    // Wait after reading events, so that a storm is read in batches: reading a thousand times a second costs less than reading each event.
    private const int GatherMilliseconds = 2;

    // The second half of a rename follows within microseconds.
    private const int MoveMilliseconds = 2;

    // How long no event must come before the roots are walked again after a contradiction. Further events during the walk would make it useless.
    private const int QuietMilliseconds = 100;

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferBytes, pinned: true);
    private volatile bool _isStopped;

    // Owned by the thread; null while there is no instance.
    private SafeFileHandle? _inotify;
    private InotifyTree? _tree;
    private InotifyReader? _reader;

    public void Start()
    {
        var thread = new Thread(Run) { IsBackground = true, Name = "FileMonitor inotify" };
        thread.UnsafeStart();
    }

    /// <summary>Ends the thread after it has reported what is in the kernel's queue. Completes when the thread has ended.</summary>
    public Task StopAsync()
    {
        _isStopped = true;
        inbox.WakeUp();
        return inbox.Ended;
    }

    /// <summary>Completes once all events up to now, and the directories they lead to, are read. On the thread, like everything below.</summary>
    public void Flush(InotifyRoot owner, TaskCompletionSource<string?> done)
    {
        if (_tree is not { } tree)
        {
            done.TrySetResult(coverage.DescribeFailure(owner));
            return;
        }

        ReadQueued();
        tree.ReadPostponed(isQuiet: false);

        // The kernel reports no rename of a root, and then no events at its path, so check that the root is in place.
        tree.WhenRead(() =>
        {
            if (tree.HasContradiction)
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
                    // Report the failure and try again, whatever it is. An exception here would end the process; swallowing it would end all
                    // hints.
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

    /// <exception cref="IOException">No inotify instance can be created.</exception>
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
            else if (_reader!.HasHalfRenames)
            {
                _reader.EndHalfRenames();
            }
            else if (_tree!.HasPostponed && !_tree.HasWork)
            {
                _tree.ReadPostponed(isQuiet: true);
            }
            else if (_tree.HasContradiction && !_tree.HasWork)
            {
                WalkAgain(_tree);
            }

            _tree!.Read(DirectoriesPerTurn);
            coverage.Review();
        }

        // Report what happened before the stop, except what needs a directory to be read.
        ReadQueued();
    }

    private int NextWait() =>
        _tree!.HasWork || !inbox.IsEmpty ? 0
        : _reader!.HasHalfRenames || _tree.HasPostponed ? MoveMilliseconds
        : _tree.HasContradiction ? QuietMilliseconds
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

    /// <summary>Reads what is in the kernel's queue now and no more, because other processes may keep writing.</summary>
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

        _reader!.EndHalfRenames();
    }

    private void WalkAgain(InotifyTree tree) => tree.WalkAgain(roots.Values.Select(owner => owner.Watched));

    /// <summary>Reports the loss of the instance and waits until a new one is wanted.</summary>
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
