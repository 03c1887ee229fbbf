using System.Diagnostics.CodeAnalysis;
using FileMonitor.Sources.Native;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Sources.Inotify;

/// <summary>
/// Which directory stands for which watch. The kernel answers with the same number for the same directory, so that a number that is known is
/// a directory that is known. Owner: the source's thread.
/// </summary>
internal sealed class WatchMap(SafeFileHandle inotify, WatchedRoots roots)
{
    private readonly Dictionary<int, WatchedDirectory> _byWatch = [];

    // The same directory at a second place: a bind mount, or a root below another.
    private readonly Dictionary<int, List<WatchedDirectory>> _alsoAt = [];

    // Watches whose directory is not where it was known, and not found elsewhere yet.
    private readonly HashSet<int> _unplaced = [];

    /// <summary>Read by any thread, about right.</summary>
    public int Count => _byWatch.Count;

    public bool TryFind(int watch, [NotNullWhen(true)] out WatchedDirectory? directory) => _byWatch.TryGetValue(watch, out directory);

    /// <summary>The other places of the directory with that watch; null nearly always.</summary>
    public IReadOnlyList<WatchedDirectory>? AlsoAt(int watch) => _alsoAt.Count == 0 ? null : _alsoAt.GetValueOrDefault(watch);

    public bool Has(int watch) => _byWatch.ContainsKey(watch);

    /// <summary>From now on the directory is the one with that watch.</summary>
    public void Set(WatchedDirectory directory, int watch)
    {
        directory.Watch = watch;
        roots.Of(directory).NoteWatched(directory);
        _byWatch[watch] = directory;
        _unplaced.Remove(watch);
    }

    /// <summary>A directory that is known has a second path.</summary>
    public void SetAlso(WatchedDirectory directory, int watch)
    {
        directory.Watch = watch;
        if (!_alsoAt.TryGetValue(watch, out var also))
        {
            _alsoAt.Add(watch, also = []);
        }

        also.Add(directory);
    }

    /// <summary>A directory has no watch any more.</summary>
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

    /// <summary>A directory is not where it was known: its watch is kept until it is found elsewhere, or <see cref="RemoveUnplaced"/>.</summary>
    public void Displace(WatchedDirectory directory)
    {
        var watch = directory.Watch;
        if (watch != WatchedDirectory.NoWatch && Unset(directory))
        {
            _unplaced.Add(watch);
        }
    }

    /// <summary>Gives back a watch that was only set to learn its number.</summary>
    public void GiveBackUnknown(int watch)
    {
        if (watch >= 0 && !_byWatch.ContainsKey(watch))
        {
            _unplaced.Add(watch);
        }
    }

    /// <summary>The kernel has taken a watch away.</summary>
    public void NoteEnded(int watch) => _unplaced.Remove(watch);

    /// <summary>Takes away the watches of directories that were not found again. If one turns up after all, it is watched anew, and looked into.</summary>
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
