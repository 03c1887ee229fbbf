namespace FileMonitor.Durable.Journal;

/// <summary>
/// How far a journal may be read: written by the one that writes the journal, read from any thread. The version of the segments is written first: who
/// sees a record sees also in which segment it stands.
/// </summary>
internal sealed class JournalProgress
{
    private long _committed;
    private int _segments;

    public JournalProgress(long committed = 0) => _committed = committed;

    /// <summary>How many records there are that are durable.</summary>
    public long Committed
    {
        get => Volatile.Read(ref _committed);
        set => Volatile.Write(ref _committed, value);
    }

    /// <summary>Grows with each segment that is begun or deleted.</summary>
    public int SegmentsVersion => Volatile.Read(ref _segments);

    public void SegmentsChanged() => Interlocked.Increment(ref _segments);
}
