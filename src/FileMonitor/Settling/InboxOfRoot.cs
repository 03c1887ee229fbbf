using FileMonitor.Extending;

namespace FileMonitor.Settling;

/// <summary>What the <see cref="PumpInbox"/> counts of one root. Any thread.</summary>
internal sealed class InboxOfRoot(MonitoredRoot root)
{
    private long _received;
    private int _unnoted;
    private int _hasUnnoted;

    public MonitoredRoot Root { get; } = root;

    public long Received => Interlocked.Read(ref _received);

    /// <summary>Whether hints were lost whose directories are noted nowhere.</summary>
    public bool HasUnnoted => Volatile.Read(ref _hasUnnoted) != 0;

    public void Count(int hints) => Interlocked.Add(ref _received, hints);

    public void AddUnnoted(int count)
    {
        Interlocked.Add(ref _unnoted, count);
        Interlocked.Exchange(ref _hasUnnoted, 1);
    }

    public bool TryTakeUnnoted(out int count)
    {
        count = 0;
        if (Interlocked.Exchange(ref _hasUnnoted, 0) == 0)
        {
            return false;
        }

        count = Interlocked.Exchange(ref _unnoted, 0);
        return true;
    }
}
