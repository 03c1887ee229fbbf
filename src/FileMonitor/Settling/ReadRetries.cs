using FileMonitor.Extending;
using FileMonitor.Tree;

namespace FileMonitor.Settling;

/// <summary>Files that could not be read and are tried again after a growing pause. Owner: the pump.</summary>
internal sealed class ReadRetries(SettleContext context)
{
    private const int MaxRetries = 10_000;

    private readonly PriorityQueue<(Snapshot Snapshot, SnapshotEntry Entry), long> _retries = new();
    private readonly Dictionary<SnapshotEntry, (TimeSpan Delay, bool IsQueued)> _retryDelays = [];

    /// <summary>When the next file is tried again.</summary>
    public long? NextDue => _retries.TryPeek(out _, out var due) ? due : null;

    /// <summary>
    /// Gives a hint about each file whose pause is over. When the monitor stops, about all of them once more, so that a file that is stable by
    /// then gets its checksum (G1).
    /// </summary>
    /// <param name="now">The current timestamp.</param>
    /// <param name="all">Retry all files, due or not.</param>
    /// <param name="isAwaited">Whether a flush waits for it.</param>
    public void RetryDue(long now, bool all = false, bool isAwaited = false)
    {
        while (_retries.TryPeek(out var retry, out var due) && (due <= now || context.IsStopping || all))
        {
            _retries.Dequeue();
            if (retry.Snapshot.IsLost && !retry.Entry.IsDetached && !context.IsStopping && !all)
            {
                // Nothing is reported below a lost root.
                _retries.Enqueue(retry, now + context.Ticks(TimeSpan.FromSeconds(1)));
                continue;
            }

            if (!retry.Entry.IsDetached && _retryDelays.TryGetValue(retry.Entry, out var last))
            {
                _retryDelays[retry.Entry] = last with { IsQueued = false };
                context.AddOwnHint(retry.Snapshot.Root, Snapshot.PathOf(retry.Entry), FileChangeKind.Modified, AuditEventOrigin.Live, isAwaited, isHealing: false);
            }
        }
    }

    public void RetryLater(Snapshot snapshot, SnapshotEntry entry, ChecksumStatus status)
    {
        if (status is not (ChecksumStatus.Unstable or ChecksumStatus.Locked or ChecksumStatus.Unreadable or ChecksumStatus.Pending) || context.IsStopping)
        {
            _retryDelays.Remove(entry);
            return;
        }

        // The pause doubles up to a minute. The file is reported without a checksum, which follows once it can be read.
        var isKnown = _retryDelays.TryGetValue(entry, out var last);
        var delay = isKnown ? TimeSpan.FromTicks(Math.Min(last.Delay.Ticks * 2, TimeSpan.TicksPerMinute)) : TimeSpan.FromMilliseconds(500);
        if (!last.IsQueued && _retries.Count < MaxRetries)
        {
            _retryDelays[entry] = (delay, IsQueued: true);
            _retries.Enqueue((snapshot, entry), context.Time.GetTimestamp() + context.Ticks(delay));
        }
    }

    /// <summary>The entry is gone.</summary>
    public void Forget(SnapshotEntry entry) => _retryDelays.Remove(entry);
}
