using System.CommandLine;
using System.Globalization;
using FileMonitor.Durable;

namespace FileMonitor.Cli;

/// <summary><c>journal verify</c>: whether the journal is what was written.</summary>
internal sealed class JournalVerifyCommand
{
    private const int MostSignedLater = 3;

    private readonly Argument<string> _directory = JournalCommand.Directory();
    private readonly Option<string?> _key = JournalCommand.Key();
    private readonly Option<string?> _anchor = JournalCommand.Anchor();
    private readonly Option<string?> _timestamps = JournalCommand.Timestamps();
    private readonly Option<string?> _authority = JournalCommand.Authority();

    public static Command Create(StandardStreams streams)
    {
        var verify = new JournalVerifyCommand();
        var command = new Command("verify", "Say up to where the journal is what was written, or the first thing that is wrong.")
        {
            verify._directory, verify._key, verify._anchor, verify._timestamps, verify._authority,
        };
        command.SetAction((parsed, cancellationToken) => JournalCommand.RunAsync(() => verify.RunAsync(parsed, streams, cancellationToken)));
        return command;
    }

    /// <summary>What a verification found, in one line. The counts of the library are told as the records that they are about.</summary>
    public static string Describe(JournalVerification found)
    {
        var (first, proved, end) = (found.FirstRecord, found.AuthenticUpTo, found.Records);
        var authentic = Authentic(found.IsAuthentic, first, proved, end);
        var parts = new[]
        {
            found.Problem is { } problem ? $"NOT AUTHENTIC: {problem} {char.ToUpperInvariant(authentic[0])}{authentic[1..]}" : authentic,
            first == 0 ? null : "older ones were deleted",
            found.AnchoredUpTo > 0 ? $"anchored up to record {Number(found.AnchoredUpTo - 1)}" : found.TimestampedUpTo > 0 ? null : "not anchored",
            found.TimestampedUpTo > 0 ? $"existed at {found.TimestampedAt:yyyy-MM-dd HH:mm:ss}Z by {QuotedText.Quote(found.TimestampedBy!, " ;")} up to record {Number(found.TimestampedUpTo - 1)}" : null,
            !found.IsAuthentic ? $"nothing is said of record {Number(Math.Max(first, proved))} and what follows"
                : proved == end || proved <= first ? null
                : $"{Range(proved, end, ", behind the last checkpoint,")} not proved yet",
            SignedLater(found),
            found.IsKeyTrustedOnFirstUse ? "the first key was trusted on first use" : null,
        };
        return string.Join("; ", parts.OfType<string>());
    }

    /// <summary>Which records are authentic.</summary>
    /// <param name="isWhole">Whether nothing is wrong.</param>
    /// <param name="first">The first record that is left.</param>
    /// <param name="proved">The first one that is not proved.</param>
    /// <param name="end">The one behind the last.</param>
    internal static string Authentic(bool isWhole, long first, long proved, long end) =>
        proved <= first ? $"no record is proved{(isWhole ? " yet" : "")}"
        : !isWhole ? $"{Range(first, proved)} authentic"
        : proved == end && end - first > 1 ? $"all {Number(end - first)} records ({Number(first)} to {Number(end - 1)}) are authentic"
        : $"{Range(first, proved, $" of {Number(end - first)}")} authentic";

    // Most journals have none. The report has all of them.
    private static string? SignedLater(JournalVerification found) => found.SignedLater.Count == 0
        ? null
        : string.Join(", ", found.SignedLater.Take(MostSignedLater).Select(static later => $"{Range(later.FirstRecord, later.LastRecord + 1)} authentic since the start at {later.At.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z only"))
            + (found.SignedLaterCount > MostSignedLater ? $", and others after {Number(found.SignedLaterCount - MostSignedLater)} more crashes" : "")
            + ", because no checkpoint covered them when the process ended";

    // The records from the first one to the one before the end, and their verb.
    private static string Range(long first, long end, string about = "") =>
        end - first == 1 ? $"record {Number(first)}{about} is" : $"records {Number(first)} to {Number(end - 1)}{about} are";

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private ValueTask<int> RunAsync(ParseResult parsed, StandardStreams streams, CancellationToken cancellationToken)
    {
        var (path, authority) = (parsed.GetValue(_timestamps), parsed.GetValue(_authority));
        if (JournalCommand.TimestampErrors(path, authority) is [_, ..] errors)
        {
            return ValueTask.FromResult(CommandLine.Refuse(streams, errors));
        }

        var key = JournalCommand.ReadKey(parsed.GetValue(_key));
        var timestamps = JournalCommand.ReadTimestamps(path, authority);
        var found = AuditJournal.Verify(parsed.GetRequiredValue(_directory), key, parsed.GetValue(_anchor), timestamps, cancellationToken);
        using var text = streams.CreateText();
        text.Write($"{TerminalText.Neutralise(Describe(found))}\n");
        return ValueTask.FromResult(found.IsAuthentic ? ExitCode.Done : ExitCode.Differs);
    }
}
