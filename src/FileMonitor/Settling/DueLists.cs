using FileMonitor.Extending;

namespace FileMonitor.Settling;

/// <summary>
/// The pending changes of roots with the same delays in three orders: by the latest hint, by the first, and by when the writer closed the file. The delays
/// are constants, so the head of each list is what is due next, and nothing is sorted. Owner: the <see cref="Debouncer"/>.
/// </summary>
internal sealed class DueLists(DebounceTimes times)
{
    private PendingChange? _lastQuiet;
    private PendingChange? _lastAge;
    private PendingChange? _lastFinished;

    public DebounceTimes Times { get; } = times;

    /// <summary>The paths that were settled recently because their writer had closed them.</summary>
    public RecentlyClosed RecentlyClosed { get; } = new(times.QuietPeriod);

    /// <summary>The change whose latest hint is the oldest.</summary>
    public PendingChange? FirstQuiet { get; private set; }

    /// <summary>The change whose first hint is the oldest; changes that a flush waits for come before the others.</summary>
    public PendingChange? FirstAge { get; private set; }

    /// <summary>The change whose file was closed first, among those that are not being written again.</summary>
    public PendingChange? FirstFinished { get; private set; }

    /// <summary>When the next change is due; <see cref="long.MaxValue"/> when nothing is pending.</summary>
    public long NextDue => FirstQuiet is null || FirstAge is null
        ? long.MaxValue
        : Math.Min(Math.Min(FirstQuiet.LastAt + Times.QuietPeriod, FirstAge.FirstAt + Times.MaxDelay), FirstFinished?.FinishedAt + Times.FinishedDelay ?? long.MaxValue);

    /// <summary>The next change that is finished, quiet, or over the maximum delay; null when none is.</summary>
    public PendingChange? FindDue(long now) =>
        FirstFinished is { FinishedAt: { } closed } finished && now - closed >= Times.FinishedDelay ? finished
        : FirstQuiet is { } quiet && now - quiet.LastAt >= Times.QuietPeriod ? quiet
        : FirstAge is { } old && now - old.FirstAt >= Times.MaxDelay ? old
        : null;

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

/// <summary>The delays of a root, in timestamp units.</summary>
internal readonly record struct DebounceTimes(long QuietPeriod, long MaxDelay, long FinishedDelay)
{
    /// <summary>Whether a file that its writer has closed is due sooner than others.</summary>
    public bool UsesFinished => FinishedDelay < QuietPeriod;

    public static DebounceTimes Of(RootSettings settings, long frequency)
    {
        return new DebounceTimes(Ticks(settings.QuietPeriod), Ticks(settings.MaxDelay), Ticks(settings.FinishedDelay));
        long Ticks(TimeSpan duration) => (long)(duration.TotalSeconds * frequency);
    }
}
