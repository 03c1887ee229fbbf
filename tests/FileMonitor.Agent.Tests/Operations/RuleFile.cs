using System.Text.RegularExpressions;

namespace FileMonitor.Agent.Tests.Operations;

/// <summary>The rules of docs/operations/prometheus-rules.yml. They are read as lines: that they are YAML is for promtool to say.</summary>
internal sealed partial record RuleFile(IReadOnlyList<RuleFile.Rule> Rules)
{
    public const string Location = "docs/operations/prometheus-rules.yml";

    public IEnumerable<Rule> Alerts => Rules.Where(rule => rule.IsAlert);

    public static RuleFile Read()
    {
        var rules = new List<Rule>();
        foreach (var text in RuleStart().Split(RepositoryFiles.Read(Location)).Skip(1))
        {
            var lines = text.Split('\n');
            var name = RuleName().Match(lines[0]);
            rules.Add(new Rule(name.Groups["name"].Value, name.Groups["kind"].Value == "alert", Value(lines, "expr"), Value(lines, "runbook_url"), text));
        }

        return new RuleFile(rules);
    }

    /// <summary>What stands behind a key, also when it is folded over the lines that follow.</summary>
    private static string Value(string[] lines, string key)
    {
        var at = Array.FindIndex(lines, line => line.TrimStart().StartsWith(key + ":", StringComparison.Ordinal));
        if (at < 0)
        {
            return "";
        }

        var indent = Indent(lines[at]);
        var value = lines[at].TrimStart()[(key.Length + 1)..].Trim();
        return value == ">-"
            ? string.Join(' ', lines.Skip(at + 1).TakeWhile(line => Indent(line) > indent).Select(line => line.Trim()))
            : value;
    }

    private static int Indent(string line) => line.Length - line.TrimStart().Length;

    [GeneratedRegex(@"^\s+- (?=(?:alert|record):)", RegexOptions.Multiline)]
    private static partial Regex RuleStart();

    [GeneratedRegex(@"^(?<kind>alert|record): (?<name>\S+)$")]
    private static partial Regex RuleName();

    /// <param name="Name">What it is called.</param>
    /// <param name="IsAlert">Whether it is an alert; otherwise it is recorded.</param>
    /// <param name="Query">The expression.</param>
    /// <param name="Runbook">Where the document says what to do.</param>
    /// <param name="Text">All of it.</param>
    internal sealed record Rule(string Name, bool IsAlert, string Query, string Runbook, string Text);
}
