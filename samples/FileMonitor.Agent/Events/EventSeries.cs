namespace FileMonitor.Agent.Events;

/// <summary>
/// Counts the events in each second of the last ten minutes, and how long they took from the end of their quiet period to delivery. Its size is
/// fixed: latencies are counted in classes, each a quarter wider than the one before, so a percentile is at most that much too high.
/// </summary>
/// <remarks>One lock guards everything; it is held briefly.</remarks>
internal sealed class EventSeries(TimeProvider time)
{
    /// <summary>How many seconds are kept.</summary>
    public const int Seconds = 600;

    // From 0.1 ms in 64 steps of a quarter to 100 s and more.
    private const int Classes = 64;
    private const double FirstMilliseconds = 0.1;
    private const double Step = 1.25;

    private readonly Lock _gate = new();

    // A few more than are kept: for the current second, and for a clock that is slightly ahead of ours.
    private readonly Slot[] _slots = [.. Enumerable.Range(0, Seconds + 10).Select(_ => new Slot())];

    /// <param name="emittedAt">When the event was delivered.</param>
    /// <param name="latency">From the end of its quiet period; null for an event that had none, such as a gap.</param>
    public void Add(DateTimeOffset emittedAt, TimeSpan? latency)
    {
        lock (_gate)
        {
            var slot = SlotOf(emittedAt.ToUnixTimeSeconds());
            slot.Events++;
            if (latency is { } taken)
            {
                slot.Latencies[ClassOf(taken.TotalMilliseconds)]++;
            }
        }
    }

    /// <summary>The last seconds that are over.</summary>
    /// <param name="seconds">How many, at most <see cref="Seconds"/>.</param>
    public SeriesDocument Read(int seconds)
    {
        var end = time.GetUtcNow().ToUnixTimeSeconds() - 1;
        var document = new SeriesDocument(end, new int[seconds], new double?[seconds], new double?[seconds]);
        lock (_gate)
        {
            for (var at = 0; at < seconds; at++)
            {
                var second = end - seconds + 1 + at;
                var slot = _slots[second % _slots.Length];
                if (slot.Second == second)
                {
                    document.Events[at] = slot.Events;
                    document.LatencyP50Ms[at] = Percentile(slot.Latencies, 0.50);
                    document.LatencyP99Ms[at] = Percentile(slot.Latencies, 0.99);
                }
            }
        }

        return document;
    }

    private Slot SlotOf(long second)
    {
        var slot = _slots[second % _slots.Length];
        if (slot.Second != second)
        {
            // Also when the clock was set back: the newer count is lost, instead of all counts until the time is reached again.
            slot.Second = second;
            slot.Events = 0;
            Array.Clear(slot.Latencies);
        }

        return slot;
    }

    private static int ClassOf(double milliseconds) =>
        milliseconds <= FirstMilliseconds ? 0 : Math.Min(Classes - 1, (int)Math.Ceiling(Math.Log(milliseconds / FirstMilliseconds, Step)));

    /// <summary>The upper end of the class of the percentile; null when nothing was measured.</summary>
    private static double? Percentile(int[] latencies, double share)
    {
        var left = (long)Math.Ceiling(latencies.Sum(count => (long)count) * share);
        if (left == 0)
        {
            return null;
        }

        var at = 0;
        while ((left -= latencies[at]) > 0)
        {
            at++;
        }

        return Math.Round(FirstMilliseconds * Math.Pow(Step, at), 3);
    }

    private sealed class Slot
    {
        public long Second { get; set; } = -1;

        public int Events { get; set; }

        public int[] Latencies { get; } = new int[Classes];
    }
}

/// <summary>The answer of <c>/api/series</c>. One value for each second, the oldest first.</summary>
/// <param name="End">The last of these seconds, since 1970.</param>
/// <param name="Events">How many events.</param>
/// <param name="LatencyP50Ms">Half of them took at most so long; null where there was none.</param>
/// <param name="LatencyP99Ms">99 of 100 took at most so long.</param>
internal sealed record SeriesDocument(long End, int[] Events, double?[] LatencyP50Ms, double?[] LatencyP99Ms);
