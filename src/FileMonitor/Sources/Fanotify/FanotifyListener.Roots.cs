using FileMonitor.Extending;
using FileMonitor.Sources.Files;
using FileMonitor.Sources.Mounts;
using FileMonitor.Sources.Native;
using FileMonitor.Values;

namespace FileMonitor.Sources.Fanotify;

/// <summary>Arms roots, handles mounts and unmounts, and tries again what could not be watched.</summary>
internal sealed partial class FanotifyListener
{
    private readonly HashSet<MonitoredRoot> _roots = [];
    private bool _hasMountsRead;

    // Events were lost, so the tree may be wrong. The scan under way is finished first, and then everything is scanned again: restarting the
    // scan at each overflow would never end.
    private bool _isTreeWrong;

    /// <summary>Marks the file system of a root, so that events come from then on. The directories below are scanned afterwards.</summary>
    /// <exception cref="IOException">The root cannot be watched; the message says why.</exception>
    public Task ArmAsync(MonitoredRoot root) => DoAsync(() => Arm(root));

    /// <summary>Stops watching a root.</summary>
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
            ?? throw new IOException($"'{root.Path}' is already watched as part of another root.");
        _roots.Add(root);
        _mounts.Cover(_roots);
        if (!_hasMountsRead)
        {
            // Once here, and then after each mount.
            _hasMountsRead = true;
            _ = DoAsync(() => _volumes.WatchPrograms(_mounts.All));
        }

        _resolver.Clear();
        _scan.Add(directory);
    }

    private void ScanMoved(FanotifyDirectory directory)
    {
        // Its contents were outside the roots until now.
        _resolver.Clear();
        _scan.Add(directory);
    }

    private void HandleOverflow()
    {
        foreach (var root in _roots)
        {
            _changes.ReportLoss(root, "", GapCause.SourceOverflow, "The kernel's fanotify queue was full and events were dropped: raise fs.fanotify.max_queued_events.");
        }

        _isTreeWrong = true;
    }

    private void HandleContradiction(MonitoredRoot root)
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

    private void HandleSecondPlace(FanotifyDirectory mounted, MonitoredRoot otherRoot, string otherPath)
    {
        if (mounted.Parent is FanotifyDirectory parent)
        {
            HandleSecondPlace(new FanotifyAttempt(parent, mounted.Name), otherRoot, otherPath);
        }
    }

    private void HandleSecondPlace(FanotifyAttempt attempt, MonitoredRoot otherRoot, string otherPath) => _coverage.Fail(
        attempt,
        $"'{PathText.Absolute(attempt.Root.PhysicalPath, attempt.PathIn(_tree))}' shows what is also seen at '{PathText.Absolute(otherRoot.PhysicalPath, otherPath)}' (a bind mount): events have that path.",
        mayBeTemporary: false);

    private void HandleListFailed(FanotifyDirectory directory, int error)
    {
        var attempt = new FanotifyAttempt(directory, Name: null);
        if (error == 0)
        {
            // Ignore directories that vanished during the scan.
            _coverage.Succeed(attempt);
            return;
        }

        _coverage.Fail(
            attempt, $"'{PathText.Absolute(directory.Root.Path, _tree.PathOf(directory))}' cannot be listed: {LinuxErrors.Describe(error)}.", mayBeTemporary: true);
    }

    private void HandleListed(FanotifyDirectory directory) => _coverage.Succeed(new FanotifyAttempt(directory, Name: null));

    /// <summary>Repeats the failed attempts that are due.</summary>
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
                PlaceMountPoint(directory, name);
            }
        }
    }

    /// <summary>Something was mounted or unmounted, on any path.</summary>
    private void HandleMountChanges()
    {
        _volumes.Release();
        var lost = _volumes.ForgetUnmarked();
        var changed = _mounts.Read(_roots);
        foreach (var root in _roots.Where(root => lost.Contains(root.PhysicalPath) || changed.Exists(point => MountPoint.IsAtOrAbove(point, root))).ToArray())
        {
            // The root's file system was unmounted and perhaps mounted again. Then the mark is gone, or is on the file system that the mount
            // hides. The root's RootWatch may see no difference, so arm the root here.
            try
            {
                Arm(root);
                _changes.ReportLoss(root, "", GapCause.SourceRestarted, $"The file system of '{root.Path}' was mounted again; the root is compared with the disk.");
            }
            catch (IOException)
            {
                // The root is missing: it is armed when it is back.
            }
        }

        foreach (var point in changed.Concat(lost).Distinct().Order(StringComparer.Ordinal))
        {
            if (_roots.FirstOrDefault(root => MountPoint.Below(root, point) is { Length: > 0 }) is { } root
                && TryFindParent(root, MountPoint.Below(root, point)!, out var parent, out var name))
            {
                PlaceMountPoint(parent!, name);
                _changes.ReportLoss(
                    root, MountPoint.Below(root, point)!, GapCause.SourceRestarted, $"Something was mounted or unmounted at '{point}'; it is compared with the disk.");
            }
        }

        _volumes.WatchPrograms(_mounts.All);
    }

    /// <summary>False when the directory is not in the tree: it is ignored, or the scan has not reached it yet.</summary>
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

    /// <summary>Puts the directory at a mount point, or at a former one, into the tree.</summary>
    private void PlaceMountPoint(FanotifyDirectory parent, string name)
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
                _coverage.Fail(attempt, refused, mayBeTemporary: false);
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
            HandleSecondPlace(attempt, known.Root, _tree.PathOf(known));
            return;
        }

        _coverage.Succeed(attempt);
        if (_tree.Place(parent, name, handle[..length], out var directory) is Placement.New or Placement.Known)
        {
            _resolver.Clear();
            _scan.Add(directory!);
        }
    }

    /// <summary>Finds the handle of a new directory by name, for kernels that do not report it.</summary>
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
