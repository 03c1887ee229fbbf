using System.Text.RegularExpressions;

namespace FileMonitor.Agent.Tests.Operations;

/// <summary>Which of our metrics a query asks for, and which labels it speaks of. No parser: it knows how our own queries are written.</summary>
internal static partial class PromQl
{
    /// <summary>Names that begin with <c>filemonitor</c> and are no labels; those of recorded rules have a colon.</summary>
    public static IEnumerable<string> Metrics(string query) =>
        MetricName().Matches(Grouping().Replace(Selector().Replace(query, ""), "")).Select(match => match.Value).Distinct();

    /// <summary>Every label, in selectors and in groupings.</summary>
    public static IEnumerable<string> Labels(string query)
    {
        var selected = Selector().Matches(query).SelectMany(selector => SelectedLabel().Matches(selector.Value)).Select(match => match.Groups[1].Value);
        var grouped = Grouping().Matches(query).SelectMany(group => group.Groups["labels"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        return selected.Concat(grouped).Distinct();
    }

    /// <summary>Every value that a selector names for a label of ours; alternatives one by one.</summary>
    public static IEnumerable<string> Values(string query) =>
        SelectedValue().Matches(query).SelectMany(match => match.Groups[1].Value.Split('|')).Distinct();

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Selector();

    [GeneratedRegex(@"([a-z_]+)\s*(?:=~|!~|!=|=)\s*""")]
    private static partial Regex SelectedLabel();

    // Not a variable of the dashboard.
    [GeneratedRegex(@"filemonitor_[a-z_]+\s*(?:=~|!~|!=|=)\s*""([^""$]+)""")]
    private static partial Regex SelectedValue();

    [GeneratedRegex(@"\b(?:by|on|without|ignoring)\s*\((?<labels>[^)]*)\)")]
    private static partial Regex Grouping();

    [GeneratedRegex(@"\bfilemonitor[a-z0-9_:]+")]
    private static partial Regex MetricName();
}
