using FileMonitor.Extending;
using FileMonitor.Sources.Files;
using FileMonitor.Sources.Mounts;
using FileMonitor.Sources.Native;
using FileMonitor.Values;

namespace FileMonitor.Sources.Fanotify;

/// <summary>Roots that are armed, directories whose contents are not known, and what is mounted and unmounted.</summary>
internal sealed partial class FanotifyListener
{
    private readonly HashSet<MonitoredRoot> _roots = [];
    private bool _hasMountsRead;

    // Events were lost: what the scan has found so far may be wrong by now. It goes on, and then everything is scanned once more; began it anew
    // each time, it would never end while the queue overflows.
    private bool _isTreeWrong;

    /// <summary>Marks the file system of a root; what happens from then on is heard. Which directories are below it is found out meanwhile.</summary>
    /// <exception cref="IOException">It cannot be watched; the message says why.</exception>
    public Task ArmAsync(MonitoredRoot root) => DoAsync(() => Arm(root));

    /// <summary>Nothing is said about a root any more.</summary>
    public Task ForgetAsync(MonitoredRoot root) => DoAsync(() =>
    {
        _tree.RemoveRoot(root);
        _coverage.Clear(root);
    });

    private void Arm(MonitoredRoot root)
    {
        Span<byte> handle = stackalloc byte[LinuxHandles.MaxBytes];
        if (_volumes.TryWatch(root.PhysicalPath, handle, out var length) is { } refused)
        {
            throw new IOException(refused);
        }

        _coverage.Clear(root);
        var directory = _tree.AddRoot(root, handle[..length])
            ?? throw new IOException($"'{root.Path}' is a directory that is watched as a part of another root already.");
        _roots.Add(root);
        _mounts.Cover(_roots);
        if (!_hasMountsRead)
        {
            // Once, and then whenever something is mounted.
            _hasMountsRead = true;
            _ = DoAsync(() => _volumes.WatchPrograms(_mounts.All));
        }

        _resolver.Clear();
        _scan.Add(directory);
    }

    private void ScanMoved(FanotifyDirectory directory)
    {
        // What is in it was foreign until now.
        _resolver.Clear();
        _scan.Add(directory);
    }

    private void HearOverflow()
    {
        foreach (var root in _roots)
        {
            _changes.ReportLoss(root, "", GapCause.SourceOverflow, "The kernel's fanotify queue was full and events were dropped: raise fs.fanotify.max_queued_events.");
        }

        _isTreeWrong = true;
    }

    private void HearConfused(MonitoredRoot root)
    {
        _changes.ReportLoss(root, "", GapCause.SourceError, $"Events about directories below '{root.Path}' contradict each other; it is compared with the disk.");
        _isTreeWrong = true;
    }

    private void Rebuild()
    {
        _isTreeWrong = false;
        _resolver.Clear();
        foreach (var root in _roots)
        {
            if (_tree.RootOf(root) is { } known && _tree.AddRoot(root, known.Handle) is { } directory)
            {
                _scan.Add(directory);
            }
        }
    }

    private void HearTwice(FanotifyDirectory mounted, MonitoredRoot otherRoot, string otherPath)
    {
        if (mounted.Parent is FanotifyDirectory parent)
        {
            HearTwice(new FanotifyAttempt(parent, mounted.Name), otherRoot, otherPath);
        }
    }

    private void HearTwice(FanotifyAttempt attempt, MonitoredRoot otherRoot, string otherPath) => _coverage.Fail(
        attempt,
        $"'{PathText.Absolute(attempt.Root.PhysicalPath, attempt.PathIn(_tree))}' shows what is also seen at '{PathText.Absolute(otherRoot.PhysicalPath, otherPath)}' (a bind mount): events name that one.",
        maySettle: false);

    private void HearUnreadable(FanotifyDirectory directory, int error)
    {
        var attempt = new FanotifyAttempt(directory, Name: null);
        if (error == 0)
        {
            // Gone meanwhile, like so much.
            _coverage.Succeed(attempt);
            return;
        }

        _coverage.Fail(
            attempt, $"'{PathText.Absolute(directory.Root.Path, _tree.PathOf(directory))}' cannot be listed: {LinuxErrors.Describe(error)}.", maySettle: true);
    }

    private void HearListed(FanotifyDirectory directory) => _coverage.Succeed(new FanotifyAttempt(directory, Name: null));

    /// <summary>Tries again what could not be watched.</summary>
    private void TryAgain()
    {
        if (_coverage.NextTry != TimeSpan.Zero)
        {
            return;
        }

        foreach (var (directory, name) in _coverage.TakeDue())
        {
            if (name is null)
            {
                _scan.Add(directory);
            }
            else
            {
                Graft(directory, name);
            }
        }
    }

    /// <summary>Something was mounted or unmounted, anywhere.</summary>
    private void HearMounts()
    {
        _volumes.Release();
        var lost = _volumes.ForgetUnmarked();
        var changed = _mounts.Read(_roots);
        foreach (var root in _roots.Where(root => lost.Contains(root.PhysicalPath) || changed.Exists(point => MountPoint.IsAtOrAbove(point, root))).ToArray())
        {
            // Unmounted, and perhaps mounted again already: then it is another file system to the kernel, and the mark is gone, or is one of
            // what the volume hides again, if that was armed in between. Who looks after the root finds it lost, or sees no difference; either
            // way it must not stay deaf.
            try
            {
                Arm(root);
                _changes.ReportLoss(root, "", GapCause.SourceRestarted, $"The file system of '{root.Path}' was mounted anew; what happened meanwhile is compared with the disk.");
            }
            catch (IOException)
            {
                // It is not there, and armed when it is.
            }
        }

        foreach (var point in changed.Concat(lost).Distinct().Order(StringComparer.Ordinal))
        {
            if (_roots.FirstOrDefault(root => MountPoint.Below(root, point) is { Length: > 0 }) is { } root
                && TryFindParent(root, MountPoint.Below(root, point)!, out var parent, out var name))
            {
                Graft(parent!, name);
                _changes.ReportLoss(
                    root, MountPoint.Below(root, point)!, GapCause.SourceRestarted, $"Something was mounted or unmounted at '{point}'; it is compared with the disk.");
            }
        }

        _volumes.WatchPrograms(_mounts.All);
    }

    /// <summary>False when it is not in the tree: left out, or still to be scanned, and then the scan will come to it.</summary>
    private bool TryFindParent(MonitoredRoot root, string path, out FanotifyDirectory? parent, out string name)
    {
        var names = path.Split('/');
        name = names[^1];
        parent = root.Recursive ? _tree.RootOf(root) : null;
        for (var i = 0; i < names.Length - 1 && parent is not null; i++)
        {
            parent = _tree.TryFind(parent, names[i], out var child) ? child : null;
        }

        return parent is not null;
    }

    /// <summary>Puts into the tree what is seen at a place where something is, or was, mounted.</summary>
    private void Graft(FanotifyDirectory parent, string name)
    {
        var root = parent.Root;
        var relative = _tree.PathOf(parent, name);
        if (root.IsIgnoredDirectory(relative))
        {
            return;
        }

        Span<byte> handle = stackalloc byte[LinuxHandles.MaxBytes];
        var attempt = new FanotifyAttempt(parent, name);
        var path = PathText.Absolute(root.PhysicalPath, relative);
        if (_volumes.TryWatch(path, handle, out var length) is { } refused)
        {
            if (_tree.TryFind(parent, name, out var hidden))
            {
                _tree.Retire(hidden);
            }

            if (DiskFileView.IsDirectory(root.PhysicalPath, relative))
            {
                _coverage.Fail(attempt, refused, maySettle: false);
            }
            else
            {
                _coverage.Succeed(attempt);
            }

            return;
        }

        _tree.TryFind(parent, name, out var there);
        if (_tree.TryFind(handle[..length], out var known) && known != there && !FanotifyTree.IsGone(known))
        {
            HearTwice(attempt, known.Root, _tree.PathOf(known));
            return;
        }

        _coverage.Succeed(attempt);
        if (_tree.Place(parent, name, handle[..length], out var directory) is Placement.New or Placement.Known)
        {
            _resolver.Clear();
            _scan.Add(directory!);
        }
    }

    /// <summary>For kernels that do not name what was made: by its name, in the directory that its handle opens.</summary>
    private int FindHandle(FanotifyDirectory parent, string name, Span<byte> handle)
    {
        var directory = _volumes.OpenToList(parent.Handle, out _);
        if (directory < 0)
        {
            return -1;
        }

        var length = LinuxHandles.Get(LinuxHandles.FileSystemOf(parent.Handle), directory, name, handle);
        LinuxFiles.Close(directory);
        return length;
    }
}
