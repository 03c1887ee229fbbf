using System.Text.RegularExpressions;

namespace FileMonitor.AcceptanceTests.Cases;

/// <summary>A line of a case as words; what stands between double quotes is one word.</summary>
internal static partial class Words
{
    public static IReadOnlyList<string> Of(string line) => [.. Word().Matches(line).Select(word => word.Value.Trim('"'))];

    [GeneratedRegex("\"[^\"]*\"|[^ ]+")]
    private static partial Regex Word();
}
