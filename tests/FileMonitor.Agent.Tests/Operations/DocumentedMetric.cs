using System.Text.RegularExpressions;

namespace FileMonitor.Agent.Tests.Operations;

/// <summary>One line of the tables of docs/observability.md, and what becomes of it in Prometheus.</summary>
internal sealed partial record DocumentedMetric(string Name, string Type, string Unit, IReadOnlySet<string> Labels)
{
    // What every series has, whoever made it: from the exporter, and from Prometheus.
    private static readonly string[] LabelsOfAll = ["otel_scope_name", "otel_scope_version", "otel_scope_schema_url", "job", "instance"];

    /// <summary>The name by which Prometheus has it; a histogram has series that add to it.</summary>
    public string PrometheusName => Name.Replace('.', '_') + Unit switch
    {
        "s" => "_seconds",
        "By" => "_bytes",
        "1" => "_ratio",
        ['{', ..] => "",
        _ => throw new InvalidDataException($"{Name} has the unit {Unit}, of which this test does not know what Prometheus makes."),
    } + (PrometheusType == "counter" ? "_total" : "");

    public string PrometheusType => Type.ToLowerInvariant() switch
    {
        var type when type.Contains("updown", StringComparison.Ordinal) || type.Contains("gauge", StringComparison.Ordinal) => "gauge",
        var type when type.Contains("counter", StringComparison.Ordinal) => "counter",
        var type when type.Contains("histogram", StringComparison.Ordinal) => "histogram",
        _ => throw new InvalidDataException($"{Name} has the type {Type}, of which this test does not know what Prometheus makes."),
    };

    /// <summary>The names of its series.</summary>
    public IEnumerable<string> Series => PrometheusType == "histogram"
        ? [PrometheusName + "_bucket", PrometheusName + "_sum", PrometheusName + "_count"]
        : [PrometheusName];

    /// <summary>Those of the agent. It has no handlers, which are code of a host.</summary>
    public static IReadOnlyList<DocumentedMetric> All() => [.. OfAnyHost().Where(metric => !metric.Name.StartsWith("filemonitor.handler.", StringComparison.Ordinal))];

    /// <summary>All that are documented.</summary>
    public static IReadOnlyList<DocumentedMetric> OfAnyHost() =>
    [
        .. from line in RepositoryFiles.Read("docs/observability.md").Split('\n')
           let cells = line.Split('|', StringSplitOptions.TrimEntries)
           where cells.Length > 5 && MetricName().IsMatch(cells[1])
           select new DocumentedMetric(cells[1].Trim('`'), cells[2], cells[3].Trim('`'), LabelsIn(cells[4])),
    ];

    public bool Allows(string label) => Labels.Contains(label) || label == "filemonitor_name" || LabelsOfAll.Contains(label) || (label == "le" && PrometheusType == "histogram");

    private static HashSet<string> LabelsIn(string cell) => [.. Attribute().Matches(cell).Select(match => match.Groups[1].Value.Replace('.', '_'))];

    [GeneratedRegex(@"^`filemonitor\.[a-z_.]+`$")]
    private static partial Regex MetricName();

    // With a dot: what else is written as code in that cell is a value.
    [GeneratedRegex(@"`([a-z_]+(?:\.[a-z_]+)+)`")]
    private static partial Regex Attribute();
}
