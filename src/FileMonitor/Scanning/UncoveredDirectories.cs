using FileMonitor.Extending;
using FileMonitor.Tree;

namespace FileMonitor.Scanning;

/// <summary>
/// The uncovered directories of the pump: unreadable, or not watchable. Each is scanned from time to time, less and less often, down to once a
/// minute. Bounded by the snapshot, whose entries these are. Owner: the pump.
/// </summary>
internal sealed class UncoveredDirectories(long firstPause, long longestPause)
{
    // By cause as well: a directory may be both unreadable and not watchable, and each condition ends by itself.
    private readonly Dictionary<(SnapshotEntry Directory, GapCause Cause), (Snapshot Snapshot, string Path, long Pause)> _directories = [];
    private readonly PriorityQueue<(SnapshotEntry Directory, GapCause Cause), long> _byDue = new();

    public int Count => _directories.Count;

    /// <summary>When the next directory is scanned.</summary>
    public long? NextDue => _byDue.TryPeek(out _, out var due) ? due : null;

    public void Add(Snapshot snapshot, SnapshotEntry directory, GapCause cause, string path, long now)
    {
        if (_directories.TryAdd((directory, cause), (snapshot, path, firstPause)))
        {
            _byDue.Enqueue((directory, cause), now + firstPause);
        }
    }

    /// <summary>Takes a directory that is due; the caller puts it back or removes it.</summary>
    public bool TryTakeDue(long now, bool all, out (Snapshot Snapshot, SnapshotEntry Directory, GapCause Cause, string Path) due)
    {
        while (_byDue.TryPeek(out var key, out var at) && (all || at <= now))
        {
            _byDue.Dequeue();
            if (_directories.TryGetValue(key, out var known))
            {
                due = (known.Snapshot, key.Directory, key.Cause, known.Path);
                return true;
            }
        }

        due = default;
        return false;
    }

    /// <summary>The directory is still uncovered: schedules the next scan.</summary>
    public void PutBack(SnapshotEntry directory, GapCause cause, long now)
    {
        var known = _directories[(directory, cause)];
        _directories[(directory, cause)] = known with { Pause = Math.Min(known.Pause * 2, longestPause) };
        _byDue.Enqueue((directory, cause), now + known.Pause);
    }

    /// <summary>The directory is covered again, or gone.</summary>
    /// <returns>The key of its gap; null when it was not here for that cause.</returns>
    public (MonitoredRoot Root, string Directory)? Remove(SnapshotEntry directory, GapCause cause) =>
        _directories.Remove((directory, cause), out var known) ? (known.Snapshot.Root, known.Path) : null;
}
