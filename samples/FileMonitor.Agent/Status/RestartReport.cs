using System.Globalization;
using System.Text.Encodings.Web;

namespace FileMonitor.Agent.Status;

/// <summary>What is known of the time before this start, in words for the engineer on call.</summary>
internal sealed class RestartReport(AgentOptions options, OfflineTally tally, TimeProvider time)
{
    private const int MostNamed = 3;

    // What these kinds are called where they are counted.
    private static readonly Dictionary<string, string> Words = new()
    {
        [nameof(AuditEventKind.Created)] = "created",
        [nameof(AuditEventKind.Modified)] = "modified",
        [nameof(AuditEventKind.Deleted)] = "deleted",
        [nameof(AuditEventKind.Renamed)] = "renamed",
        [nameof(AuditEventKind.AttributesChanged)] = "with other attributes",
    };

    private readonly DateTimeOffset _startedAt = time.GetUtcNow();

    public RestartStatus Describe(MonitorHealth health)
    {
        var offline = tally.Read(health.Monitor);
        var knowledge = KnowledgeOf(health, offline);
        return new(knowledge.ToString(), Summary(knowledge, health, offline), health.Store?.LastRan, offline.ByKind, offline.Losses);
    }

    private RestartKnowledge KnowledgeOf(MonitorHealth health, OfflineCounts offline) =>
        options.StateDirectory is null ? RestartKnowledge.NotKept
        : health.Store is not { } store ? RestartKnowledge.Opening
        : offline.Losses.Count > 0 ? RestartKnowledge.Lost
        : store.LastRan is null ? RestartKnowledge.FirstStart
        : health.IsCatchingUp ? RestartKnowledge.Comparing
        : RestartKnowledge.Known;

    private string Summary(RestartKnowledge knowledge, MonitorHealth health, OfflineCounts offline) => knowledge switch
    {
        RestartKnowledge.NotKept =>
            $"Nothing is remembered across restarts: no state directory is set (Agent:StateDirectory). What changed before {Text(_startedAt)} is not known.",
        RestartKnowledge.Opening => "The state of the runs before is being read.",
        RestartKnowledge.FirstStart => $"Nothing is known of the time before {Text(_startedAt)}: this is the first start with this state directory.",
        RestartKnowledge.Lost =>
            $"What changed before {Text(_startedAt)} while the monitor was not running is not known below {(offline.Losses.Count == 1 ? "one root" : string.Create(CultureInfo.InvariantCulture, $"{offline.Losses.Count} roots"))}: the state of the runs before was lost. Compare these roots with what you have. Changes since then are reported.",
        RestartKnowledge.Comparing =>
            $"{LastRan(health)} The disk is still being compared with what was known then. {Found(health, offline, isThrough: false)}",
        _ => $"{LastRan(health)} {Found(health, offline, isThrough: true)}{Memory(health.Store!)}{Unavailable(health)}",
    };

    // The time of the last record: a quiet monitor ran on for longer, and one that was killed wrote nothing at its end.
    private static string LastRan(MonitorHealth health) =>
        $"Before this start it ran until {Text(health.Store!.LastRan!.Value)} at least.";

    private static string Found(MonitorHealth health, OfflineCounts offline, bool isThrough)
    {
        var all = offline.ByKind.Values.Sum();
        if (all == 0)
        {
            return offline.IsAtLeast ? "How much changed while it did not run is not known: the agent was not given every event."
                : isThrough ? $"While it did not run nothing changed{(health.Store!.Roots.Count > 0 ? " in what it had watched before" : "")}."
                : "So far no change was found.";
        }

        var kinds = string.Join(", ", offline.ByKind.Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Value} {Words.GetValueOrDefault(one.Key, one.Key)}")));
        var changes = string.Create(CultureInfo.InvariantCulture, $"{(offline.IsAtLeast ? "at least " : "")}{all} {(all == 1 ? "change was" : "changes were")}");
        return isThrough ? $"While it did not run {changes} made: {kinds}." : $"So far {changes} found: {kinds}.";
    }

    private static string Memory(StoreHealth store)
    {
        var first = store.Roots.Where(static root => !root.IsKnown).ToList();
        var again = store.Roots.Where(static root => root.WatchedUntil is not null).ToList();
        var wider = store.Roots.Where(static root => root.NewlyCovered > 0).ToList();
        var extended = store.Roots.Where(static root => root.HasNewExtendedAttributes).ToList();
        return (first.Count == 0 ? "" : $" Of the time before nothing is known below {Names(first)}: watched for the first time.")
            + (again.Count == 0 ? "" : $" What changed below {Names(again)} since it was last watched, {Text(again.Min(static root => root.WatchedUntil!.Value))} at least, is counted, too: it was not configured.")
            + (wider.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" Below {Names(wider)} {wider.Sum(static root => root.NewlyCovered)} items are watched that were left out before: what changed in them before is not known."))
            + (extended.Count == 0 ? "" : $" Access control lists, capabilities and other extended attributes below {Names(extended)} were not read before: what changed of them before is not known.");
    }

    // Names are hostile: what a terminal or a page could take for something else is escaped.
    private static string Names(List<StoreRootHealth> roots) => (roots.Count > MostNamed ? string.Create(CultureInfo.InvariantCulture, $"{roots.Count} roots, among them ") : "")
        + string.Join(", ", roots.Take(MostNamed).Select(static root => $"'{JavaScriptEncoder.Default.Encode(root.Path)}'"));

    private static string Unavailable(MonitorHealth health) => health.Roots.Any(root => !root.IsAvailable)
        ? " A root is not available: what changed below it is looked for when it is back."
        : "";

    private static string Text(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}

/// <summary>How much is known of the time before this start.</summary>
internal enum RestartKnowledge
{
    /// <summary>No state is kept: nothing is known.</summary>
    NotKept,

    /// <summary>The monitor has not started yet.</summary>
    Opening,

    /// <summary>There was no state: nothing is known.</summary>
    FirstStart,

    /// <summary>The disk is being compared with what was known.</summary>
    Comparing,

    /// <summary>Some of the state was lost: what changed while the monitor was not running is not known.</summary>
    Lost,

    /// <summary>What changed while the monitor was not running was found and reported.</summary>
    Known,
}
