using System.Text.RegularExpressions;
using Xunit;

namespace FileMonitor.Cli.Tests;

public sealed partial class CommandLineDocumentTests
{
    private static readonly string[] Rows = [.. File.ReadLines(RepositoryFiles.PathOf("docs/command-line.md")).Where(line => line.StartsWith("| `--", StringComparison.Ordinal))];

    [Fact]
    public void Every_option_has_a_row_with_its_range_and_default()
    {
        var streams = new StandardStreams(Stream.Null, TextWriter.Null, Terminal.None, Terminal.None);
        var options = WatchCommand.Create(streams).Options.Concat(HashCommand.Create(streams).Options).ToList();

        Assert.Equal(35, options.Count);
        Assert.All(options, option =>
        {
            var rows = Rows.Where(row => NamesIn(row).Contains(option.Name)).Select(row => row.Replace(",", "", StringComparison.Ordinal)).ToList();
            Assert.NotEmpty(rows);
            if (Range().Match(option.Description!) is { Success: true } range)
            {
                var span = range.Groups["most"].Success ? $"| {range.Groups["least"]} to {range.Groups["most"]} |" : $"| {range.Groups["least"]} or more |";
                Assert.Contains(rows, row => row.Contains($"{span} {range.Groups["default"]}", StringComparison.Ordinal));
            }
            else if (option.HelpName?.Split('|') is { Length: > 1 } words)
            {
                var word = Word().Match(option.Description!).Groups["default"].Value;
                Assert.Contains(word, words);
                Assert.Contains(rows, row => row.Contains($"`{word}`", StringComparison.Ordinal));
            }
        });
    }

    [Fact]
    public void No_row_is_of_an_option_that_there_is_not()
    {
        var streams = new StandardStreams(Stream.Null, TextWriter.Null, Terminal.None, Terminal.None);
        var names = WatchCommand.Create(streams).Options.Concat(HashCommand.Create(streams).Options).Select(option => option.Name).ToHashSet();

        Assert.All(Rows.SelectMany(NamesIn), name => Assert.Contains(name, names));
    }

    [Fact]
    public void Flags_are_promised_with_the_time_after_which_they_are_told()
    {
        var streams = new StandardStreams(Stream.Null, TextWriter.Null, Terminal.None, Terminal.None);
        var help = WatchCommand.Create(streams).Options.Single(option => option.Name == "--attributes").Description!;
        var delay = FormattableString.Invariant($"{new FileMonitorOptions().Recovery.ReconcileInterval.TotalMinutes} minutes");

        Assert.All(
            [help, Rows.Single(row => NamesIn(row).Contains("--attributes")), RepositoryFiles.Read("docs/recipes/integrity.md"), RepositoryFiles.Read("docs/known-problems.md")],
            text => Assert.Matches($"(?s)no hint of (`?chattr|them).*{delay}", text));
    }

    // Without it a program is handed files that are half written; without renamed it never hears of what was uploaded under another name.
    [Fact]
    public void Who_hands_new_files_to_a_program_waits_until_they_are_complete()
    {
        List<string> pages = ["README.md", "samples/FileMonitor.Cli/README.md"];
        var texts = pages.Select(RepositoryFiles.PathOf)
            .Concat(Directory.EnumerateFiles(RepositoryFiles.PathOf("docs"), "*.md", SearchOption.AllDirectories)).SelectMany(File.ReadLines);
        var examples = texts.Concat(WatchCommand.MoreHelp.Split('\n')).Where(line => NewFilesToProgram().IsMatch(line)).ToList();

        Assert.True(examples.Count >= 4, $"{examples.Count} examples");
        Assert.All(examples, line => Assert.Contains("--report-when closed", line, StringComparison.Ordinal));
        Assert.All(examples.Where(line => line.Contains("--kind", StringComparison.Ordinal)), line => Assert.Contains("--kind created,renamed", line, StringComparison.Ordinal));
    }

    // Those in the first column.
    private static IEnumerable<string> NamesIn(string row) => Name().Matches(row[..row.IndexOf(" | ", StringComparison.Ordinal)]).Select(name => name.Value);

    [GeneratedRegex(@"filemonitor watch .*(xargs|--exec).*ingest")]
    private static partial Regex NewFilesToProgram();

    [GeneratedRegex(@"\[default: (?<default>\w+)\]")]
    private static partial Regex Word();

    [GeneratedRegex("--[a-z-]+")]
    private static partial Regex Name();

    [GeneratedRegex(@"\[from (?<least>\d+)( to (?<most>\d+))?; default: (?<default>\w+)")]
    private static partial Regex Range();
}
