namespace FileMonitor.Values;

/// <summary>Times that are kept as ticks of 100 ns since year 1, UTC, because a nullable DateTimeOffset takes 24 bytes.</summary>
internal static class UtcTime
{
    /// <summary>The time; null for 0 and below, which mean unknown.</summary>
    public static DateTimeOffset? Of(long ticks) => ticks <= 0 ? null : new(ticks, TimeSpan.Zero);
}
