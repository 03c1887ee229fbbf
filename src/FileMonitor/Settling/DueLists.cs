namespace FileMonitor.Settling;

/// <summary>
/// The pending changes in three orders: by the latest hint, by the first, and by when the writer closed the file. All delays are constants, so
/// the head of each list is what is due next, and nothing is sorted. Owner: the <see cref="Debouncer"/>.
/// </summary>
internal sealed class DueLists
{
    private PendingChange? _lastQuiet;
    private PendingChange? _lastAge;
    private PendingChange? _lastFinished;

    /// <summary>The change whose latest hint is the oldest.</summary>
    public PendingChange? FirstQuiet { get; private set; }

    /// <summary>The change whose first hint is the oldest; changes that a flush waits for come before the others.</summary>
    public PendingChange? FirstAge { get; private set; }

    /// <summary>The change whose file was closed first, among those that are not being written again.</summary>
    public PendingChange? FirstFinished { get; private set; }

    public void LinkQuiet(PendingChange pending)
    {
        pending.PreviousQuiet = _lastQuiet;
        pending.NextQuiet = null;
        _ = _lastQuiet is null ? FirstQuiet = pending : _lastQuiet.NextQuiet = pending;
        _lastQuiet = pending;
    }

    public void UnlinkQuiet(PendingChange pending)
    {
        _ = pending.PreviousQuiet is null ? FirstQuiet = pending.NextQuiet : pending.PreviousQuiet.NextQuiet = pending.NextQuiet;
        _ = pending.NextQuiet is null ? _lastQuiet = pending.PreviousQuiet : pending.NextQuiet.PreviousQuiet = pending.PreviousQuiet;
        pending.PreviousQuiet = pending.NextQuiet = null;
    }

    public void LinkAge(PendingChange pending)
    {
        if (pending.Awaited > 0)
        {
            pending.NextAge = FirstAge;
            pending.PreviousAge = null;
            _ = FirstAge is null ? _lastAge = pending : FirstAge.PreviousAge = pending;
            FirstAge = pending;
            return;
        }

        pending.PreviousAge = _lastAge;
        pending.NextAge = null;
        _ = _lastAge is null ? FirstAge = pending : _lastAge.NextAge = pending;
        _lastAge = pending;
    }

    public void UnlinkAge(PendingChange pending)
    {
        _ = pending.PreviousAge is null ? FirstAge = pending.NextAge : pending.PreviousAge.NextAge = pending.NextAge;
        _ = pending.NextAge is null ? _lastAge = pending.PreviousAge : pending.NextAge.PreviousAge = pending.PreviousAge;
        pending.PreviousAge = pending.NextAge = null;
    }

    public void SetFinished(PendingChange pending, long? at)
    {
        if (pending.FinishedAt is not null)
        {
            _ = pending.PreviousFinished is null ? FirstFinished = pending.NextFinished : pending.PreviousFinished.NextFinished = pending.NextFinished;
            _ = pending.NextFinished is null ? _lastFinished = pending.PreviousFinished : pending.NextFinished.PreviousFinished = pending.PreviousFinished;
            pending.PreviousFinished = pending.NextFinished = null;
        }

        pending.FinishedAt = at;
        if (at is not null)
        {
            pending.PreviousFinished = _lastFinished;
            _ = _lastFinished is null ? FirstFinished = pending : _lastFinished.NextFinished = pending;
            _lastFinished = pending;
        }
    }
}
