using System.CommandLine;
using FileMonitor.Durable;

namespace FileMonitor.Cli;

/// <summary>The commands that read the journal of a <c>watch --state</c>, and the one that adds to it.</summary>
internal static class JournalCommand
{
    // A public key as PEM has less than 200.
    private const int MostKeyBytes = 4096;

    public static string MoreHelp { get; } = """
        Examples:
          filemonitor journal verify /var/lib/filemonitor/etc --key journal.pub --anchor /mnt/elsewhere/anchors
          filemonitor journal verify /var/lib/filemonitor/etc --timestamps /mnt/elsewhere/stamps --tsa-certificate authority.pem
          filemonitor journal report /var/lib/filemonitor/etc --from 2026-01-01 --to 2026-02-01
          filemonitor journal report /var/lib/filemonitor/etc --from 2026-01-01 --to 2026-02-01 --events
          filemonitor journal export /var/lib/filemonitor/etc > audit.jsonl
          filemonitor journal export /var/lib/filemonitor/etc --kind deleted --format text
          filemonitor journal prove /var/lib/filemonitor/etc 01a203f2-af06-7309-8969-1eaae871a085 --record line > proof
          filemonitor journal prove /var/lib/filemonitor/etc --verify proof --key journal.pub < line
          filemonitor journal accept /var/lib/filemonitor/etc 01a203f2-af06-7309-8969-1eaae871a085 --who alice --why 'patch day' --ticket CHG-1

        All but accept only read, also while the monitor is running. A TIME is 2026-01-31, 2026-01-31T12:00 or 2026-01-31T12:00:00Z; without a zone
        it is one of this machine.


        """ + ExitCode.Help(ExitCode.OfJournal);

    public static Command Create(StandardStreams streams) => new("journal", "Verify, prove, export and report the journal of a watch with --state, and accept changes in it.")
    {
        JournalVerifyCommand.Create(streams),
        JournalProveCommand.Create(streams),
        JournalExportCommand.Create(streams),
        JournalReportCommand.Create(streams),
        JournalDeadLettersCommand.Create(streams),
        JournalAcceptCommand.Create(streams),
    };

    public static Argument<string> Directory() => new("STATEDIR") { Description = "The directory that watch --state was given." };

    public static Option<string?> Key() => new("--key") { HelpName = "FILE", Description = "The journal's first public key (journal.pub), kept elsewhere since the journal was begun. [default: the one in STATEDIR, which proves less]" };

    public static Option<string?> Anchor() => new("--anchor") { HelpName = "FILE", Description = "A file of anchored checkpoints: what was anchored must still be there. [default: none]" };

    public static Option<string?> Timestamps() => new("--timestamps") { HelpName = "FILE", Description = "A file of checkpoints with the time stamps of an authority: they must hold, and what was stamped must still be there. [default: none]" };

    public static Option<string?> Authority() => new("--tsa-certificate") { HelpName = "FILE", Description = "The certificate of the time-stamping authority, or of the root that it leads to (PEM). [default: the roots of this machine]" };

    /// <summary>What the two options say; null when none was given.</summary>
    public static JournalTimestamps? ReadTimestamps(string? path, string? certificates) => path is null ? null : new(path, certificates is null ? null : JournalTimestamps.ReadCertificates(certificates));

    /// <summary>What is wrong with the two options.</summary>
    public static IReadOnlyList<string> TimestampErrors(string? path, string? certificates) =>
        path is { Length: 0 } ? ["--timestamps needs a FILE."] : path is null && certificates is not null ? ["--tsa-certificate needs --timestamps."] : [];

    /// <summary>The text of a key; null when none was named.</summary>
    public static string? ReadKey(string? path) => path is null ? null : System.Text.Encoding.ASCII.GetString(ReadSmall(path, MostKeyBytes));

    /// <summary>All of a small file.</summary>
    /// <exception cref="IOException">It cannot be read, or is longer.</exception>
    public static byte[] ReadSmall(string path, int mostBytes)
    {
        using var file = File.OpenRead(path);
        return ReadSmall(file, QuotedText.Quote(path), mostBytes);
    }

    /// <summary>All of a stream that must be small.</summary>
    /// <exception cref="IOException">It cannot be read, or is longer.</exception>
    public static byte[] ReadSmall(Stream stream, string name, int mostBytes)
    {
        var bytes = new byte[mostBytes + 1];
        var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return length <= mostBytes ? bytes[..length] : throw new IOException($"{name} has more than the {mostBytes} bytes that it can have.");
    }

    /// <summary>Runs one of them; a reader that goes away ends it.</summary>
    public static async Task<int> RunAsync(Func<ValueTask<int>> run)
    {
        try
        {
            return await run();
        }
        catch (IOException gone) when (StandardStreams.IsReaderGone(gone))
        {
            return ExitCode.ReaderGone;
        }
    }
}
