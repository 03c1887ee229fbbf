using System.Diagnostics.CodeAnalysis;
using FileMonitor.Sources.Native;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Sources.Inotify;

/// <summary>
/// Maps watches to directories. The kernel returns the same number for the same directory, so a known number is a known directory. Owner: the
/// source's thread.
/// </summary>
internal sealed class WatchMap(SafeFileHandle inotify, WatchedRoots roots)
{
    private readonly Dictionary<int, WatchedDirectory> _byWatch = [];

    // Further places of a directory: a bind mount, or a root below another.
    private readonly Dictionary<int, List<WatchedDirectory>> _alsoAt = [];

    // Watches whose directory is not at its known place and was not found elsewhere yet.
    private readonly HashSet<int> _unplaced = [];

    /// <summary>How many watches there are; approximate when read by another thread.</summary>
    public int Count => _byWatch.Count;

    public bool TryFind(int watch, [NotNullWhen(true)] out WatchedDirectory? directory) => _byWatch.TryGetValue(watch, out directory);

    /// <summary>The other places of the directory with this watch; almost always null.</summary>
    public IReadOnlyList<WatchedDirectory>? AlsoAt(int watch) => _alsoAt.Count == 0 ? null : _alsoAt.GetValueOrDefault(watch);

    public bool Has(int watch) => _byWatch.ContainsKey(watch);

    /// <summary>Assigns a watch to a directory.</summary>
    public void Set(WatchedDirectory directory, int watch)
    {
        directory.Watch = watch;
        roots.Of(directory).NoteWatched(directory);
        _byWatch[watch] = directory;
        _unplaced.Remove(watch);
    }

    /// <summary>Adds a second path for a known directory.</summary>
    public void SetAlso(WatchedDirectory directory, int watch)
    {
        directory.Watch = watch;
        if (!_alsoAt.TryGetValue(watch, out var also))
        {
            _alsoAt.Add(watch, also = []);
        }

        also.Add(directory);
    }

    /// <summary>Takes the watch from a directory.</summary>
    /// <returns>Whether it was the only directory with that watch.</returns>
    public bool Unset(WatchedDirectory directory)
    {
        var watch = directory.Watch;
        directory.Watch = WatchedDirectory.NoWatch;
        if (_alsoAt.TryGetValue(watch, out var also))
        {
            if (!also.Remove(directory))
            {
                _byWatch[watch] = also[^1];
                also.RemoveAt(also.Count - 1);
            }

            if (also.Count == 0)
            {
                _alsoAt.Remove(watch);
            }

            return false;
        }

        _byWatch.Remove(watch);
        return true;
    }

    /// <summary>A directory is not at its known place: keeps its watch until it is found elsewhere, or until <see cref="RemoveUnplaced"/>.</summary>
    public void Displace(WatchedDirectory directory)
    {
        var watch = directory.Watch;
        if (watch != WatchedDirectory.NoWatch && Unset(directory))
        {
            _unplaced.Add(watch);
        }
    }

    /// <summary>Schedules the removal of a watch that was only set to learn its number.</summary>
    public void GiveBackUnknown(int watch)
    {
        if (watch >= 0 && !_byWatch.ContainsKey(watch))
        {
            _unplaced.Add(watch);
        }
    }

    /// <summary>The kernel removed a watch.</summary>
    public void NoteEnded(int watch) => _unplaced.Remove(watch);

    /// <summary>Removes the watches of directories that were not found again. If one turns up later, it is watched and read like a new one.</summary>
    public void RemoveUnplaced()
    {
        if (_unplaced.Count == 0)
        {
            return;
        }

        foreach (var watch in _unplaced)
        {
            LinuxInotify.RemoveWatch(inotify, watch);
        }

        _unplaced.Clear();
    }
}
