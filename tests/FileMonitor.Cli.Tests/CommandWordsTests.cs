using System.Text.RegularExpressions;
using Xunit;

namespace FileMonitor.Cli.Tests;

public sealed partial class CommandWordsTests
{
    // What is left: the checks of options, which are told by other names (CommandLineTests), and of classes that the command does not use.
    private static readonly string[] Elsewhere = ["FileMonitorOptionsRules.cs", "FileMonitorOptions.cs", "FileHasher.cs", "JsonLinesFileSinkOptions.cs", "Log.cs"];

    [Theory]
    [InlineData("The time limit (VerifyTimeout, 00:01:00) has passed; the following was not compared.", "The time limit (--verify-timeout, 00:01:00) has passed; the following was not compared.")]
    [InlineData("Reading it took longer than Checksum.ReadTimeout (01:00:00); 1 of 2 bytes were read.", "Reading it took longer than --read-timeout (01:00:00); 1 of 2 bytes were read.")]
    [InlineData("The file '/r/VerifyTimeout' could not be hashed: Locked.", "The file '/r/VerifyTimeout' could not be hashed: Locked.")]
    public void A_sentence_names_what_was_typed_and_leaves_names_of_files_alone(string sentence, string expected) => Assert.Equal(expected, CommandWords.Of(sentence));

    [Fact]
    public void Every_sentence_of_the_library_that_names_an_option_is_known()
    {
        var sentences = RepositoryFiles.Sources("src/FileMonitor")
            .Where(file => !Elsewhere.Contains(Path.GetFileName(file.Path)))
            .SelectMany(file => file.Lines)
            .Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal))
            .SelectMany(line => Literal().Matches(line).Select(literal => literal.Groups[1].Value))
            .Where(literal => NameOfOption().IsMatch(literal))
            .ToList();

        Assert.Equal(CommandWords.Beginnings.Length, sentences.Count);
        Assert.All(sentences, sentence => Assert.Contains(CommandWords.Beginnings, known => sentence.StartsWith(known.OfLibrary, StringComparison.Ordinal)));
    }

    // Of a sentence: with a capital letter and a blank.
    [GeneratedRegex("\"([A-Z][^\" ]* [^\"]*)\"")]
    private static partial Regex Literal();

    [GeneratedRegex(@"\b(Roots|Debounce|Checksum|Queue|Report|Readers|Sinks|Recovery|Polling)\.[A-Z]|\b(RootsMustExist|RequireSource|MaxEventsPerSecond|ShutdownTimeout|FlushTimeout|VerifyTimeout)\b")]
    private static partial Regex NameOfOption();
}
