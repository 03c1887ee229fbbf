namespace FileMonitor.Agent.History;

/// <summary>What the journal of a monitor tells of the time before this run. Immutable once it is handed over.</summary>
/// <param name="Marks">In the order of the journal; the last one is the start of this run, once it was read.</param>
/// <param name="KnownSince">The time of the oldest record that was read; null when none was.</param>
/// <param name="IsRead">Whether it was read as far as it is read at all.</param>
/// <param name="Problem">Why it cannot be read any further.</param>
internal sealed record MonitorPast(IReadOnlyList<HistoryMark> Marks, DateTimeOffset? KnownSince, bool IsRead, string? Problem)
{
    /// <summary>Of a monitor without a journal.</summary>
    public static MonitorPast None { get; } = new([], null, IsRead: true, null);
}

/// <summary>What this run knows of a monitor.</summary>
/// <param name="Marks">What was told, in order.</param>
/// <param name="StartedAt">When the agent started.</param>
/// <param name="RunningAt">When the monitor had started; null while it starts.</param>
internal sealed record MonitorPresent(IReadOnlyList<HistoryMark> Marks, DateTimeOffset StartedAt, DateTimeOffset? RunningAt);
