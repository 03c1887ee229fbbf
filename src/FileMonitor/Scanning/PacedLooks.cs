using System.Diagnostics.CodeAnalysis;
using FileMonitor.Tree;

namespace FileMonitor.Scanning;

/// <summary>
/// Limits repeated scans of directories because of hints that name no known file. A large directory is scanned so seldom that this takes at most
/// a tenth of the time; nothing is left out. Owner: the pump.
/// </summary>
/// <param name="frequency">The frequency of the timestamps.</param>
internal sealed class PacedLooks(long frequency)
{
    private const int MaxRemembered = 1_024;

    // Ten times the cost of one item.
    private const int PauseInMicrosecondsPerItem = 20;
    private const int ShortestPauseInMilliseconds = 20;

    private readonly Dictionary<SnapshotEntry, (Snapshot Snapshot, long NotBefore, bool IsWaiting)> _directories = [];
    private int _waiting;

    /// <summary>When the next waiting directory may be scanned; null when none waits.</summary>
    public long? NextDue
    {
        get
        {
            if (_waiting == 0)
            {
                return null;
            }

            var next = long.MaxValue;
            foreach (var (_, notBefore, isWaiting) in _directories.Values)
            {
                next = isWaiting ? Math.Min(next, notBefore) : next;
            }

            return next;
        }
    }

    /// <summary>Whether to scan a directory now; otherwise it waits for its turn.</summary>
    public bool TryBegin(Snapshot snapshot, SnapshotEntry directory, long now)
    {
        if (_directories.TryGetValue(directory, out var known) && now < known.NotBefore)
        {
            _waiting += known.IsWaiting ? 0 : 1;
            _directories[directory] = known with { IsWaiting = true };
            return false;
        }

        Begin(snapshot, directory, now);
        return true;
    }

    /// <summary>Takes a waiting directory that is due.</summary>
    public bool TryTakeDue(long now, bool all, [NotNullWhen(true)] out Snapshot? snapshot, [NotNullWhen(true)] out SnapshotEntry? directory)
    {
        if (_waiting > 0)
        {
            foreach (var (waiting, known) in _directories)
            {
                if (known.IsWaiting && (all || known.NotBefore <= now))
                {
                    (snapshot, directory) = (known.Snapshot, waiting);
                    Begin(snapshot, directory, now);
                    return true;
                }
            }
        }

        (snapshot, directory) = (null, null);
        return false;
    }

    private void Begin(Snapshot snapshot, SnapshotEntry directory, long now)
    {
        if (_directories.Count >= MaxRemembered)
        {
            foreach (var (past, _) in _directories.Where(known => !known.Value.IsWaiting && known.Value.NotBefore <= now).ToArray())
            {
                _directories.Remove(past);
            }
        }

        _waiting -= _directories.TryGetValue(directory, out var known) && known.IsWaiting ? 1 : 0;
        var pause = Math.Max((long)directory.ChildCount * PauseInMicrosecondsPerItem * frequency / 1_000_000, ShortestPauseInMilliseconds * frequency / 1_000);
        _directories[directory] = (snapshot, now + pause, IsWaiting: false);
    }
}
