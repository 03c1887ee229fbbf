using FileMonitor.Tree;

namespace FileMonitor.Settling;

/// <summary>
/// Files of the baseline that were not at their path when they were to be read: they had been moved, and no hint of that had come. Owner: the
/// pump.
/// </summary>
internal sealed class UnreadFiles(SettleContext context, ItemMoves moves)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    // With the path by which each was looked for.
    private readonly Dictionary<SnapshotEntry, (Snapshot Snapshot, string Path)> _unread = [];
    private TimeSpan _pause;
    private long _due = long.MinValue;

    /// <summary>When files without a reported rename are tried again; null when there are none.</summary>
    public long? NextDue => _unread.Count == 0 ? null : _due;

    /// <summary>
    /// Puts files that have another path by now back into the queue of the baseline. A file with the same path may have been moved away and
    /// back, or be deleted with the hint still to come: it is tried again after a growing pause.
    /// </summary>
    /// <param name="baseline">Receives the files to read again.</param>
    /// <param name="now">The current timestamp.</param>
    /// <param name="all">Queue all files, whatever their pause: a flush begins.</param>
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

    /// <summary>A file of the baseline is not at its path, or another file is.</summary>
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
