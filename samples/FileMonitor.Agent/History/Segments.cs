namespace FileMonitor.Agent.History;

/// <summary>What a monitor does at a time; the later in this list, the more it matters.</summary>
internal enum WatchState
{
    /// <summary>It watches all that it was told to.</summary>
    Watched,

    /// <summary>It starts.</summary>
    Starting,

    /// <summary>A gap is open: something may be missing.</summary>
    Gap,

    /// <summary>A root is gone, and nothing below it is watched.</summary>
    RootLost,

    /// <summary>Nobody watched.</summary>
    NotRunning,

    /// <summary>Nothing is known of this time.</summary>
    Unknown,
}

/// <summary>Makes the segments of a history: at each time the state that matters most.</summary>
internal static class Segments
{
    /// <summary>So many are sent at most. Where there are more, each stands for a part of the time, with the worst of it.</summary>
    public const int Most = 400;

    private readonly record struct Span(DateTimeOffset From, DateTimeOffset To, WatchState State, string Detail);

    public static IReadOnlyList<HistorySegment> Of(Timeline timeline, MonitorPast past, MonitorPresent present, DateTimeOffset from, DateTimeOffset to)
    {
        var spans = SpansOf(timeline, past, present, to).Select(span => span with { From = Later(span.From, from), To = Earlier(span.To, to) }).Where(span => span.From < span.To).ToList();
        var merged = Merge(Sweep(spans, from, to));
        return merged.Count <= Most ? merged : Merge(Coarsen(merged, from, to));
    }

    private static IEnumerable<Span> SpansOf(Timeline timeline, MonitorPast past, MonitorPresent present, DateTimeOffset now)
    {
        var knownSince = Earlier(past.KnownSince ?? present.StartedAt, timeline.Runs[^1].StartedAt ?? present.StartedAt);
        yield return new(DateTimeOffset.MinValue, knownSince, WatchState.Unknown, past.IsRead ? "Nothing is kept of this time." : "The journal is still being read.");
        for (var at = 0; at + 1 < timeline.Runs.Count; at++)
        {
            var (run, next) = (timeline.Runs[at], timeline.Runs[at + 1]);
            yield return new(run.EndedAt ?? knownSince, next.StartedAt ?? now, WatchState.NotRunning, run.WasStopped
                ? "It was stopped."
                : "The run ended without a stop. It ended after its last record, which is where this begins; a quiet monitor may have watched on for a while.");
        }

        if (present.RunningAt is not { } running)
        {
            yield return new(present.StartedAt, now, WatchState.Starting, "What is below the roots is being read, or compared with what was known.");
        }
        else
        {
            yield return new(present.StartedAt, running, WatchState.Starting, "What was below the roots was being read, or compared with what was known.");
        }

        foreach (var trouble in timeline.Troubles.Where(trouble => !trouble.IsMoment))
        {
            yield return new(trouble.First?.OccurredAt ?? knownSince, trouble.Until ?? now, trouble.IsRoot ? WatchState.RootLost : WatchState.Gap, Describe(trouble));
        }
    }

    private static string Describe(Trouble trouble)
    {
        var verb = trouble.Until is null ? "is" : "was";
        return trouble.IsRoot ? $"The root {trouble.Event.Root} {verb} gone."
            : trouble.Event.Root.Length == 0 ? $"A gap with the cause {trouble.Event.Gap!.Cause} {verb} open."
            : $"A gap with the cause {trouble.Event.Gap!.Cause} {verb} open below {trouble.Event.Path}.";
    }

    private static IEnumerable<HistorySegment> Sweep(List<Span> spans, DateTimeOffset from, DateTimeOffset to)
    {
        var begins = spans.OrderBy(span => span.From).ToList();
        var active = new List<Span>();
        var next = 0;
        for (var at = from; at < to;)
        {
            for (; next < begins.Count && begins[next].From <= at; next++)
            {
                active.Add(begins[next]);
            }

            active.RemoveAll(span => span.To <= at);
            var end = next < begins.Count ? Earlier(begins[next].From, to) : to;
            end = active.Aggregate(end, (earliest, span) => Earlier(earliest, span.To));
            yield return Worst(active, at, end);
            at = end;
        }
    }

    private static HistorySegment Worst(List<Span> active, DateTimeOffset from, DateTimeOffset to)
    {
        if (active.Count == 0)
        {
            return new(from, to, nameof(WatchState.Watched), null);
        }

        var state = active.Max(span => span.State);
        var details = active.Where(span => span.State == state).Select(span => span.Detail).Distinct(StringComparer.Ordinal).ToList();
        return new(from, to, state.ToString(), details.Count == 1 ? details[0] : FormattableString.Invariant($"{details[0]} And {details.Count - 1} more."));
    }

    private static List<HistorySegment> Merge(IEnumerable<HistorySegment> segments)
    {
        var merged = new List<HistorySegment>();
        foreach (var segment in segments)
        {
            if (merged is [.., var last] && last.State == segment.State && last.Detail == segment.Detail)
            {
                merged[^1] = last with { To = segment.To };
            }
            else
            {
                merged.Add(segment);
            }
        }

        return merged;
    }

    private static IEnumerable<HistorySegment> Coarsen(List<HistorySegment> segments, DateTimeOffset from, DateTimeOffset to)
    {
        var width = (to - from) / Most;
        var at = 0;
        for (var part = 0; part < Most; part++)
        {
            var (begin, end) = (from + (width * part), part + 1 == Most ? to : from + (width * (part + 1)));
            for (; segments[at].To <= begin; at++)
            {
            }

            var worst = segments[at];
            for (var one = at; one < segments.Count && segments[one].From < end; one++)
            {
                worst = Enum.Parse<WatchState>(segments[one].State) > Enum.Parse<WatchState>(worst.State) ? segments[one] : worst;
            }

            yield return new(begin, end, worst.State, worst.State == nameof(WatchState.Watched) ? null : "The worst of this time; the incidents have more.");
        }
    }

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
