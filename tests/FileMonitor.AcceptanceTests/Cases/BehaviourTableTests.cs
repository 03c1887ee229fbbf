using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests.Cases;

/// <summary>The table in docs/behaviour-cases.md: it is whole, and what it names exists.</summary>
public sealed partial class BehaviourTableTests
{
    private const int Cases = 69;
    private const string Script = "script";

    private static readonly IReadOnlyList<(int Number, string HeldBy)> Rows = [.. Read()];

    [Fact]
    public void Every_case_has_one_row() => Rows.Select(row => row.Number).Should().Equal(Enumerable.Range(1, Cases));

    [Fact]
    public void Every_row_names_what_holds_it_or_says_why_nothing_does()
    {
        foreach (var (number, heldBy) in Rows)
        {
            var tests = TestName().Matches(heldBy).Select(match => match.Groups[1].Value).ToList();
            var isScript = heldBy.StartsWith(Script, StringComparison.Ordinal);
            tests.Where(test => !Exists(test)).Should().BeEmpty("row {0} names them", number);
            BehaviourCase.All.Any(one => one.Number == number).Should().Be(isScript, "row {0} says so", number);
            (isScript || tests.Count > 0 || heldBy.StartsWith("not here: ", StringComparison.Ordinal)).Should().BeTrue("row {0} says '{1}'", number, heldBy);
        }
    }

    [Fact]
    public void Every_script_has_a_name_of_its_own() => BehaviourCase.All.Select(one => one.ToString()).Should().OnlyHaveUniqueItems();

    private static bool Exists(string test) =>
        test.Split('.') is [var type, var method]
        && typeof(BehaviourTableTests).Assembly.GetTypes().Any(one => one.Name == type && one.GetMethod(method, BindingFlags.Public | BindingFlags.Instance) is not null);

    private static IEnumerable<(int, string)> Read()
    {
        using var stream = typeof(BehaviourTableTests).Assembly.GetManifestResourceStream("behaviour-cases.md")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (Row().Match(line) is { Success: true } row)
            {
                yield return (int.Parse(row.Groups[1].Value, CultureInfo.InvariantCulture), row.Groups[2].Value);
            }
        }
    }

    [GeneratedRegex(@"^\| (\d+) \| .+ \| (.+) \|$")]
    private static partial Regex Row();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex TestName();
}
