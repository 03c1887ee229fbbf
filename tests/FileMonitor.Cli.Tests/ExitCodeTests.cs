using System.Reflection;
using Xunit;

namespace FileMonitor.Cli.Tests;

public sealed class ExitCodeTests
{
    [Fact]
    public void Every_code_has_its_reasons()
    {
        var codes = typeof(ExitCode).GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral).Select(field => (int)field.GetRawConstantValue()!);

        Assert.Equal(codes.Order(), ExitCode.Reasons.Select(row => row.Code));
        Assert.All(ExitCode.Reasons, row => Assert.NotEmpty(row.OfWatch.Concat(row.OfHash)));
    }

    [Fact]
    public void The_document_says_the_same()
    {
        var rows = ExitCode.Reasons.Select(row => $"| {row.Code} | {Cell(row.OfWatch)} | {Cell(row.OfHash)} |");

        Assert.Equal(rows, File.ReadLines(RepositoryFiles.PathOf("docs/command-line.md")).Where(line => line.StartsWith("| ", StringComparison.Ordinal) && char.IsAsciiDigit(line[2])));
    }

    [Fact]
    public void The_document_of_the_journal_says_the_same() => Assert.Equal(
        ExitCode.OfJournal.Select(row => $"| {row.Code} | {Cell(row.Reasons)} |"),
        File.ReadLines(RepositoryFiles.PathOf("docs/journal-command.md")).Where(line => line.StartsWith("| ", StringComparison.Ordinal) && char.IsAsciiDigit(line[2])));

    [Fact]
    public void The_help_gives_each_reason_a_line() => Assert.Equal(
        """
        Exit codes:
          0    everything has its checksum, or was left out by --max-file-size
          1    something is missing, is no regular file, or could not be read
               --check: a checksum did not match, or a list has no line of the form
               standard output could not be written
               the limit of open files is too low
          2    the arguments are wrong
          141  the reader of standard output went away before the end

        """.ReplaceLineEndings("\n"),
        ExitCode.Help(row => row.OfHash));

    private static string Cell(string[] reasons) => reasons.Length == 0 ? "–" : string.Join("; ", reasons);
}
