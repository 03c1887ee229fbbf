using System.CommandLine;
using System.Globalization;
using FileMonitor.Durable;

namespace FileMonitor.Cli;

/// <summary><c>journal verify</c>: whether the journal is what was written.</summary>
internal sealed class JournalVerifyCommand
{
    private readonly Argument<string> _directory = JournalCommand.Directory();
    private readonly Option<string?> _key = JournalCommand.Key();
    private readonly Option<string?> _anchor = JournalCommand.Anchor();

    public static Command Create(StandardStreams streams)
    {
        var verify = new JournalVerifyCommand();
        var command = new Command("verify", "Say up to where the journal is what was written, or the first thing that is wrong.") { verify._directory, verify._key, verify._anchor };
        command.SetAction((parsed, cancellationToken) => JournalCommand.RunAsync(() => verify.RunAsync(parsed, streams, cancellationToken)));
        return command;
    }

    /// <summary>What a verification found, in one line.</summary>
    public static string Describe(JournalVerification found) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(found.Problem is { } problem ? $"NOT AUTHENTIC: {problem} It is " : "")}authentic up to record {found.AuthenticUpTo}, anchored up to {found.AnchoredUpTo}; "
        + $"{(found.IsAuthentic ? $"{found.Records - found.AuthenticUpTo} records behind the last checkpoint" : "nothing is said of what follows")}"
        + $"{(found.IsKeyTrustedOnFirstUse ? "; the first key was trusted on first use" : "")}");

    private ValueTask<int> RunAsync(ParseResult parsed, StandardStreams streams, CancellationToken cancellationToken)
    {
        var key = JournalCommand.ReadKey(parsed.GetValue(_key));
        var found = AuditJournal.Verify(parsed.GetRequiredValue(_directory), key, parsed.GetValue(_anchor), cancellationToken);
        using var text = streams.CreateText();
        text.Write($"{TerminalText.Neutralise(Describe(found))}\n");
        return ValueTask.FromResult(found.IsAuthentic ? ExitCode.Done : ExitCode.Differs);
    }
}
