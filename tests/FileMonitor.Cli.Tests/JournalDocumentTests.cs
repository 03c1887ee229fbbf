using System.CommandLine;
using System.Text.RegularExpressions;
using Xunit;

namespace FileMonitor.Cli.Tests;

public sealed partial class JournalDocumentTests
{
    private static readonly string[] Lines = File.ReadAllLines(RepositoryFiles.PathOf("docs/journal-command.md"));

    private static readonly Command Journal = JournalCommand.Create(new StandardStreams(Stream.Null, TextWriter.Null, Terminal.None, Terminal.None));

    [Fact]
    public void Each_option_has_a_row_that_says_which_command_has_it_and_no_other_has_one()
    {
        var ofCode = Journal.Subcommands.SelectMany(command => command.Options.Select(option => (option.Name, command.Name)));
        var ofDocument = Lines.Where(line => line.StartsWith("| `--", StringComparison.Ordinal)).SelectMany(row => Names(row, 1).SelectMany(option => Names(row, 2), (option, command) => (option, command)));

        Assert.Equal(ofCode.Order(), ofDocument.Order());
    }

    [Fact]
    public void Each_command_has_a_row() => Assert.Equal(
        Journal.Subcommands.Select(command => command.Name).Order(),
        Lines.Where(line => line.StartsWith("| `filemonitor journal ", StringComparison.Ordinal)).Select(line => line.Split(' ')[3]).Order());

    private static IEnumerable<string> Names(string row, int column) => Name().Matches(row.Replace("\\|", "", StringComparison.Ordinal).Split('|')[column]).Select(name => name.Groups[1].Value);

    [GeneratedRegex("`([a-z-]+)")]
    private static partial Regex Name();
}
