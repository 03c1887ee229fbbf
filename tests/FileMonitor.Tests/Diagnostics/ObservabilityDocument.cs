using System.Text.RegularExpressions;

namespace FileMonitor.Tests.Diagnostics;

/// <summary>The tables of docs/observability.md and docs/diagnostics.md.</summary>
internal static partial class ObservabilityDocument
{
    public static IReadOnlyList<(string Name, string Type, string Unit, string[] Attributes)> Metrics { get; } =
    [
        .. from row in Rows("observability.md")
           where row.Length == 6
           select (Code(row[0]).Single(), row[1], Code(row[2]).Single(), Code(row[3])),
    ];

    public static IReadOnlyDictionary<string, string[]> Spans { get; } =
        Rows("observability.md").Where(row => row.Length == 3).ToDictionary(row => Code(row[0]).Single(), row => Code(row[2]));

    public static IReadOnlyList<(int Id, string Name, string Level, string Message)> Logs { get; } =
    [
        .. from row in Rows("diagnostics.md")
           where row.Length == 5 && int.TryParse(row[0], out _)
           select (int.Parse(row[0], null), Code(row[1]).Single(), row[2], Code(row[3]).Single()),
    ];

    public static string Text { get; } = Read("observability.md");

    private static string Read(string document) => File.ReadAllText(Path.Join(RepositoryFiles.Top, "docs", document)).ReplaceLineEndings("\n");

    private static IEnumerable<string[]> Rows(string document) =>
        from line in Read(document).Split('\n')
        where line.StartsWith("| `", StringComparison.Ordinal) || FirstIsNumber().IsMatch(line)
        select line.Trim('|', ' ').Length == 0 ? [] : line[1..^1].Split('|').Select(cell => cell.Trim()).ToArray();

    private static string[] Code(string cell) => [.. CodeSpan().Matches(cell).Select(match => match.Groups[1].Value)];

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex CodeSpan();

    [GeneratedRegex("^\\| [0-9]+ \\|")]
    private static partial Regex FirstIsNumber();
}
