using FileMonitor.Tree;

namespace FileMonitor.Settling;

/// <summary>
/// Files that were there at start, and of which their name told nothing when it was their turn to be read: they had been moved, and no hint
/// of that had come by then. Owner: the pump.
/// </summary>
internal sealed class UnreadFiles(SettleContext context, ItemMoves moves)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    // With the name by which each was looked for.
    private readonly Dictionary<SnapshotEntry, (Snapshot Snapshot, string Path)> _unread = [];
    private TimeSpan _pause;
    private long _due = long.MinValue;

    /// <summary>When those are tried again of which no rename was told.</summary>
    public long? NextDue => _unread.Count == 0 ? null : _due;

    /// <summary>
    /// Puts back into the queue of the baseline what has another name by now. What has not may have been moved away and back, or is deleted and
    /// no hint has come yet: it is tried again after a pause, which grows.
    /// </summary>
    /// <param name="baseline">Gets what is to be read again.</param>
    /// <param name="now">The pause is over by now, or is not.</param>
    /// <param name="all">Everything is read again, whatever its pause: somebody flushes.</param>
    public void Queue(Queue<(Snapshot Snapshot, SnapshotEntry Entry)> baseline, long now, bool all = false)
    {
        var (isDue, hasMoved) = (_unread.Count > 0 && now >= _due, moves.TakeHasMoved());
        if (_unread.Count == 0 || !(isDue || hasMoved || all))
        {
            return;
        }

        foreach (var (entry, (snapshot, path)) in _unread)
        {
            if (entry.IsDetached || entry.ChecksumStatus != ChecksumStatus.NotComputed)
            {
                _unread.Remove(entry);
            }
            else if (!snapshot.IsLost && (isDue || all || Snapshot.PathOf(entry) != path))
            {
                _unread.Remove(entry);
                baseline.Enqueue((snapshot, entry));
            }
        }

        if (isDue)
        {
            _pause = TimeSpan.FromTicks(Math.Min(_pause.Ticks * 2, LongestPause.Ticks));
            _due = now + context.Ticks(_pause);
        }
    }

    /// <summary>A file that was there at start is not there by its name, or another one is.</summary>
    public void Note(Snapshot snapshot, SnapshotEntry entry, string path)
    {
        var now = context.Time.GetTimestamp();
        if (_unread.Count == 0 && now >= _due)
        {
            _pause = FirstPause;
            _due = now + context.Ticks(_pause);
        }

        _unread[entry] = (snapshot, path);
    }
}
