using Xunit;

namespace FileMonitor.Agent.Tests.Operations;

/// <summary>Holds queries to docs/observability.md: a metric or a label that is not there would be an empty panel, or an alert that never comes.</summary>
internal sealed class DocumentedSeries
{
    private readonly string _document = RepositoryFiles.Read("docs/observability.md");

    private readonly Dictionary<string, DocumentedMetric> _series =
        DocumentedMetric.OfAnyHost().SelectMany(metric => metric.Series, (metric, series) => (metric, series)).ToDictionary(pair => pair.series, pair => pair.metric);

    private readonly Dictionary<string, RuleFile.Rule> _recorded = RuleFile.Read().Rules.Where(rule => !rule.IsAlert).ToDictionary(rule => rule.Name);

    /// <param name="query">The expression.</param>
    /// <param name="moreLabels">Labels that are used beside it: in a legend, in the words of an alert.</param>
    public void Holds(string query, IEnumerable<string> moreLabels)
    {
        var metrics = PromQl.Metrics(query).ToList();
        var unknown = metrics.Where(name => !_series.ContainsKey(name) && !_recorded.ContainsKey(name)).ToList();
        Assert.True(unknown.Count == 0, $"docs/observability.md and the recorded rules know nothing of {string.Join(", ", unknown)} in: {query}");

        var undocumented = PromQl.Values(query).Where(value => !_document.Contains($"`{value}`", StringComparison.Ordinal)).ToList();
        Assert.True(undocumented.Count == 0, $"docs/observability.md knows no value {string.Join(", ", undocumented)} in: {query}");

        var wrong = PromQl.Labels(query).Concat(moreLabels).Distinct()
            .Where(label => label is not ("job" or "instance" or "alertname" or "alertstate") && !metrics.Exists(metric => Has(metric, label)))
            .ToList();

        // ALERTS has the labels of the alerts, whichever these are.
        Assert.True(wrong.Count == 0 || (metrics.Count == 0 && query.Contains("ALERTS", StringComparison.Ordinal)), $"No metric has {string.Join(", ", wrong)} in: {query}");
    }

    private bool Has(string metric, string label) => _recorded.TryGetValue(metric, out var rule)
        ? PromQl.Labels(rule.Query).Contains(label)
        : _series[metric].Allows(label);
}
