using System.Text.RegularExpressions;
using Xunit;

namespace FileMonitor.Agent.Tests.Operations;

/// <summary>docs/observability.md and what the agent exposes are the same, by the word of a real Prometheus.</summary>
public sealed partial class MetricTests(BusyAgent busy) : IClassFixture<BusyAgent>
{
    [Fact]
    public async Task Prometheus_answers_for_every_documented_metric()
    {
        var documented = DocumentedMetric.All();
        Assert.NotEmpty(documented);
        await using var prometheus = await PrometheusServer.StartAsync(busy.Address);

        await Polling.UntilAsync(
            "every documented metric has a value",
            async token =>
            {
                var unanswered = new List<string>();
                foreach (var series in documented.SelectMany(metric => metric.Series))
                {
                    if ((await prometheus.QueryAsync(series, token)).GetArrayLength() == 0)
                    {
                        unanswered.Add(series);
                    }
                }

                return string.Join(", ", unanswered);
            },
            unanswered => unanswered.Length == 0);
    }

    [Fact]
    public async Task Prometheus_evaluates_every_rule_and_every_query_of_the_dashboard()
    {
        await using var prometheus = await PrometheusServer.StartAsync(busy.Address);

        var rules = await Polling.UntilAsync(
            "every rule was evaluated",
            async token => (await prometheus.AskAsync("/api/v1/rules", token)).GetProperty("groups").EnumerateArray().SelectMany(group => group.GetProperty("rules").EnumerateArray()).ToList(),
            rules => rules.Count > 0 && rules.TrueForAll(rule => rule.GetProperty("health").GetString() != "unknown"));

        Assert.All(rules, rule => Assert.Equal("ok", rule.GetProperty("health").GetString()));
        Assert.Equal(RuleFile.Read().Rules.Count, rules.Count);
        foreach (var query in DashboardTests.Queries)
        {
            // It throws when the query makes no sense.
            await prometheus.QueryAsync(
                query.Replace("$job", "filemonitor", StringComparison.Ordinal)
                    .Replace("$instance", ".*", StringComparison.Ordinal)
                    .Replace("$monitor", ".*", StringComparison.Ordinal)
                    .Replace("$__rate_interval", "1m", StringComparison.Ordinal),
                TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Every_metric_of_ours_is_documented_with_its_type_and_its_labels()
    {
        var documented = DocumentedMetric.All();
        var series = documented.SelectMany(metric => metric.Series, (metric, name) => (name, metric)).ToDictionary(pair => pair.name, pair => pair.metric);
        var text = await ReadAsync();
        var types = TypeLine().Matches(text).ToDictionary(match => match.Groups["name"].Value, match => match.Groups["type"].Value);

        Assert.Equal(
            documented.Select(metric => $"{metric.PrometheusName} {metric.PrometheusType}").Order(StringComparer.Ordinal),
            types.Select(type => $"{type.Key} {type.Value}").Order(StringComparer.Ordinal));
        Assert.All(SeriesLine().Matches(text), line =>
        {
            var metric = series[line.Groups["name"].Value];
            Assert.All(LabelName().Matches(line.Groups["labels"].Value), label => Assert.True(metric.Allows(label.Groups[1].Value), $"{line.Value} has a label that is not documented."));
        });
    }

    // Nothing below a root: whoever may see metrics may not be one who may see names. The roots are those of the configuration, and three metrics name them for alerts.
    [Fact]
    public async Task No_metric_has_a_path_but_that_of_a_root_where_it_is_documented()
    {
        var lines = (await ReadAsync()).Split('\n');

        Assert.DoesNotContain(lines, line => line.Contains("meanwhile", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains(busy.Root + "/", StringComparison.Ordinal));
        Assert.All(lines.Where(line => line.Contains(busy.Root, StringComparison.Ordinal)), line => Assert.StartsWith("filemonitor_agent_root_", line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("lost")]
    [InlineData("fallback")]
    [InlineData("gap")]
    public async Task A_root_is_named_by_its_path(string what) => Assert.Contains(
        (await ReadAsync()).Split('\n'),
        line => line.StartsWith($"filemonitor_agent_root_{what}{{", StringComparison.Ordinal) && line.Contains($"filemonitor_root=\"{busy.Root}\"", StringComparison.Ordinal) && line.EndsWith(" 0", StringComparison.Ordinal));

    [Fact]
    public async Task Promtool_accepts_the_metrics()
    {
        var (code, output) = await Tool.RunAsync("promtool", ["check", "metrics"], await ReadAsync());

        Assert.Equal("", output.Trim());
        Assert.Equal(0, code);
    }

    private async Task<string> ReadAsync() => await busy.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);

    [GeneratedRegex(@"^# TYPE (?<name>filemonitor_\w+) (?<type>\w+)$", RegexOptions.Multiline)]
    private static partial Regex TypeLine();

    [GeneratedRegex(@"^(?<name>filemonitor_\w+)\{(?<labels>[^}]*)\}", RegexOptions.Multiline)]
    private static partial Regex SeriesLine();

    [GeneratedRegex(@"(\w+)=""")]
    private static partial Regex LabelName();
}
