namespace FileMonitor.Cli;

/// <summary>The exit codes of the command. <see cref="Reasons"/> lists the reasons; the help and docs/command-line.md have the same.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>The command failed, completely or in part.</summary>
    public const int Failed = 1;

    /// <summary>The arguments are wrong; nothing was done.</summary>
    public const int BadArguments = 2;

    /// <summary>The disk differs from what was reported (<c>watch --verify</c>), or a journal from what was written.</summary>
    public const int Differs = 3;

    /// <summary>SIGHUP ended it in order: the terminal was closed. The code that shells use for a program ended by that signal.</summary>
    public const int HungUp = 129;

    /// <summary>A second signal ended it at once.</summary>
    public const int Interrupted = 130;

    /// <summary>The reader of a listing went away before its end: the code that shells use for a program ended by SIGPIPE.</summary>
    public const int ReaderGone = 141;

    /// <summary>Each code with the reasons for it, in the order of the codes.</summary>
    public static IReadOnlyList<(int Code, string[] OfWatch, string[] OfHash)> Reasons { get; } =
    [
        (Done,
            ["a first SIGINT or SIGTERM ended it, and what was noticed until then was told", "`--once`: the first event was told", "the reader of standard output went away"],
            ["everything has its checksum, or was left out by `--max-file-size`"]),
        (Failed,
            [
                "a directory is missing, is none, or may not be read (`--wait-for-roots` waits for it)",
                "the ready file could not be written", "standard output could not be written, or missed events because it was read too slowly",
                "the command of `--exec` failed, or was killed", "`--verify` could not compare everything", "the directory of `--state` is used by another watch, damaged, or inside a root", "events were held back to the end, because the journal could not be written", "the monitor failed", "the limit of open files is too low",
            ],
            ["something is missing, is no regular file, or could not be read", "`--check`: a checksum did not match, or a list has no line of the form", "standard output could not be written", "the limit of open files is too low"]),
        (BadArguments, ["the arguments are wrong", "two of the directories are one, or one is in the other, also through links", "the `--source` that was named cannot be used", "the command of `--exec` is none"], ["the arguments are wrong"]),
        (Differs, ["`--verify` found a difference"], []),
        (HungUp, ["SIGHUP ended it, because its terminal was closed, and what was noticed until then was told"], []),
        (Interrupted, ["a second signal ended it at once"], []),
        (ReaderGone, [], ["the reader of standard output went away before the end"]),
    ];

    /// <summary>The same for the commands below <c>journal</c>; docs/journal-command.md says the same.</summary>
    public static IReadOnlyList<(int Code, string[] Reasons)> OfJournal { get; } =
    [
        (Done, ["it is done; what was verified is right"]),
        (Failed, ["there is no journal, or it could not be read or written", "it has no such event or record, or no checkpoint covers that yet", "standard output could not be written", "the limit of open files is too low"]),
        (BadArguments, ["the arguments are wrong", "`accept`: a monitor has the journal"]),
        (Differs, ["`verify` and `report`: the journal is not what was written", "`prove --verify`: the proof is not one of that line"]),
        (ReaderGone, ["the reader of standard output went away before the end"]),
    ];

    /// <summary>The codes of one command as a part of its help.</summary>
    public static string Help(Func<(int Code, string[] OfWatch, string[] OfHash), string[]> of) => Help(Reasons.Select(row => (row.Code, of(row))));

    /// <summary>The same for codes with their reasons.</summary>
    public static string Help(IEnumerable<(int Code, string[] Reasons)> codes) => "Exit codes:\n" + string.Concat(
        from code in codes
        from i in Enumerable.Range(0, code.Reasons.Length)
        select $"  {(i == 0 ? $"{code.Code}" : ""),-4} {code.Reasons[i].Replace("`", "", StringComparison.Ordinal)}\n");
}
