using System.Globalization;

namespace FileMonitor.Agent.History;

/// <summary>Makes the incidents of a monitor of its history.</summary>
internal static class Incidents
{
    public const string Closed = "Closed";
    public const string RunEnded = "RunEnded";
    public const string Open = "Open";
    public const string Moment = "Moment";

    public static IEnumerable<Incident> Of(string monitor, Timeline timeline, bool isKept)
    {
        // Of a lost root the gap is listed: it ends when all below the root has been compared, and not when the root is back.
        foreach (var trouble in timeline.Troubles.Where(trouble => trouble.Event.Gap is not null))
        {
            yield return Of(monitor, trouble, isKept);
        }

        for (var at = 0; at + 1 < timeline.Runs.Count; at++)
        {
            if (timeline.Runs[at] is { WasStopped: false, EndedAt: { } ended })
            {
                yield return new("RunEnded", monitor, null, null, null, null, ended, timeline.Runs[at + 1].StartedAt, Closed,
                    "The run ended without a stop: it was killed, or the power failed. Since is its last record, until the next start.", null, null, isKept);
            }
        }
    }

    private static Incident Of(string monitor, Trouble trouble, bool isKept)
    {
        var (told, gap) = (trouble.Event, trouble.Event.Gap!);
        var kind = gap.Cause switch
        {
            GapCause.RootLost => "RootLost",
            GapCause.StateLost => "StateLost",
            _ => "Gap",
        };
        var end = trouble.IsMoment ? Moment : trouble.Until is null ? Open : trouble.Last is null ? RunEnded : Closed;
        return new(
            kind,
            monitor,
            gap.Number?.ToString(CultureInfo.InvariantCulture),
            told.Root.Length == 0 ? null : told.Root,
            told.Root.Length == 0 ? null : told.RelativePath,
            gap.Cause.ToString(),
            told.OccurredAt,
            trouble.Until,
            end,
            trouble.First is null ? $"It was opened before what is known. {told.Detail}".TrimEnd() : told.Detail ?? "",
            told.Sequence,
            told.Id,
            // The journal does not have what was said to the agent alone.
            isKept && gap.Cause != GapCause.ReaderTooSlow);
    }
}
