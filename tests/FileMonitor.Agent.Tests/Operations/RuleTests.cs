using System.Text.RegularExpressions;
using Xunit;

namespace FileMonitor.Agent.Tests.Operations;

/// <summary>The alerts speak of metrics that are there, are tested, and lead to a section that says what to do.</summary>
public sealed partial class RuleTests
{
    private const string TestFile = "docs/operations/prometheus-rules.test.yml";

    [Fact]
    public void Rules_use_documented_metrics_and_labels()
    {
        var documented = new DocumentedSeries();
        var rules = RuleFile.Read().Rules;
        Assert.NotEmpty(rules);
        Assert.All(rules, rule => documented.Holds(rule.Query, LabelInWords().Matches(rule.Text).Select(match => match.Groups[1].Value)));
    }

    [Fact]
    public void Every_alert_has_its_section_and_every_section_its_alert()
    {
        var sections = Section().Matches(RepositoryFiles.Read("docs/production.md")).Select(match => match.Groups[1].Value);

        Assert.Equal(RuleFile.Read().Alerts.Select(alert => alert.Name).Order(StringComparer.Ordinal), sections.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_alert_leads_to_its_own_section() =>
        Assert.All(RuleFile.Read().Alerts, alert => Assert.Equal($"docs/production.md#{alert.Name.ToLowerInvariant()}", alert.Runbook));

    [Fact]
    public void Every_alert_is_raised_by_a_test_and_every_recorded_rule_is_asked_for()
    {
        var tests = RepositoryFiles.Read(TestFile);
        var untested = RuleFile.Read().Rules
            .Where(rule => !tests.Contains(rule.IsAlert ? $"alertname=\"{rule.Name}\"" : rule.Name, StringComparison.Ordinal))
            // The latency's p99 is what the alert asks for.
            .Where(rule => !RuleFile.Read().Alerts.Any(alert => alert.Query.Contains(rule.Name, StringComparison.Ordinal)))
            .Select(rule => rule.Name);

        Assert.Empty(untested);
    }

    [Theory]
    [InlineData("check", "rules", RuleFile.Location)]
    [InlineData("test", "rules", TestFile)]
    public async Task Promtool_accepts_the_rules(string command, string what, string file)
    {
        var (code, output) = await Tool.RunAsync("promtool", [command, what, RepositoryFiles.PathOf(file)]);

        Assert.True(code == 0, output);
    }

    [Fact]
    public async Task Promtool_accepts_the_example_of_a_configuration()
    {
        // The file with the token is not here.
        var (code, output) = await Tool.RunAsync("promtool", ["check", "config", "--syntax-only", RepositoryFiles.PathOf("docs/operations/prometheus.yml")]);

        Assert.True(code == 0, output);
    }

    [GeneratedRegex(@"\$labels\.([a-z_]+)")]
    private static partial Regex LabelInWords();

    [GeneratedRegex(@"^### (FileMonitor\w+)$", RegexOptions.Multiline)]
    private static partial Regex Section();
}
