using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace FileMonitor.Agent.Tests.Operations;

/// <summary>The dashboard: whatever it shows exists, and says in words what it is.</summary>
public sealed partial class DashboardTests
{
    private static readonly JsonElement Dashboard = JsonDocument.Parse(RepositoryFiles.Read("docs/operations/grafana-dashboard.json")).RootElement;

    /// <summary>Every expression of every panel, as it is written.</summary>
    internal static IEnumerable<string> Queries => Panels.SelectMany(QueriesOf).Select(query => Text(query, "expr"));

    private static IEnumerable<JsonElement> Panels => Dashboard.GetProperty("panels").EnumerateArray().Where(panel => Text(panel, "type") != "row");

    [Fact]
    public void Every_panel_has_a_title_a_description_and_a_query()
    {
        Assert.NotEmpty(Panels);
        Assert.All(Panels, panel =>
        {
            Assert.NotEqual("", Text(panel, "title"));
            Assert.True(Text(panel, "description").Length > 20, $"{Text(panel, "title")} does not say what it shows.");
            Assert.NotEmpty(QueriesOf(panel));
        });
    }

    [Fact]
    public void Panels_do_not_share_an_id_or_a_place()
    {
        var panels = Dashboard.GetProperty("panels").EnumerateArray().ToList();
        var cells = panels.SelectMany(panel =>
        {
            var place = panel.GetProperty("gridPos");
            var (x, y) = (place.GetProperty("x").GetInt32(), place.GetProperty("y").GetInt32());
            return from column in Enumerable.Range(x, place.GetProperty("w").GetInt32())
                   from line in Enumerable.Range(y, place.GetProperty("h").GetInt32())
                   select (column, line);
        }).ToList();

        Assert.Distinct(panels.Select(panel => panel.GetProperty("id").GetInt32()));
        Assert.Distinct(cells);
        Assert.All(cells, cell => Assert.InRange(cell.column, 0, 23));
    }

    [Fact]
    public void Queries_use_documented_metrics_and_labels()
    {
        var documented = new DocumentedSeries();
        Assert.All(Panels.SelectMany(QueriesOf), query => documented.Holds(Text(query, "expr"), LabelInLegend().Matches(Text(query, "legendFormat")).Select(match => match.Groups[1].Value)));
    }

    [Fact]
    public void Every_documented_metric_is_shown_somewhere()
    {
        var shown = Queries.SelectMany(PromQl.Metrics).ToHashSet();

        Assert.Empty(DocumentedMetric.All().Where(metric => !metric.Series.Any(shown.Contains)).Select(metric => metric.Name));
    }

    [Fact]
    public void The_data_source_is_chosen_by_who_imports_it()
    {
        Assert.Contains(Dashboard.GetProperty("templating").GetProperty("list").EnumerateArray(), variable => Text(variable, "type") == "datasource" && Text(variable, "name") == "datasource");
        Assert.All(Panels.SelectMany(QueriesOf), query => Assert.Equal("${datasource}", Text(query.GetProperty("datasource"), "uid")));
    }

    private static IEnumerable<JsonElement> QueriesOf(JsonElement panel) =>
        panel.TryGetProperty("targets", out var targets) ? targets.EnumerateArray() : [];

    private static string Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";

    [GeneratedRegex(@"\{\{([a-z_]+)\}\}")]
    private static partial Regex LabelInLegend();
}
