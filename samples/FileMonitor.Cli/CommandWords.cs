namespace FileMonitor.Cli;

/// <summary>
/// Translates sentences of the library that name one of its options: names the option of the command, and drops advice that does not apply to
/// the command. JSON keeps the library's text for programs that know it.
/// </summary>
internal static class CommandWords
{
    // Matched by their beginning, because the rest may contain file names.
    internal static readonly (string OfLibrary, string OfCommand)[] Beginnings =
    [
        ("The time limit (VerifyTimeout, ", "The time limit (--verify-timeout, "),
        ("Reading it took longer than Checksum.ReadTimeout (", "Reading it took longer than --read-timeout ("),
        ("This reader did not read fast enough. Read faster, or raise Readers.BufferCapacity.", "Standard output was not read fast enough."),
        ("Hints found the queue full. Their directories are compared with the disk; raise Queue.Capacity if this recurs.", "Hints found the queue full. Their directories are compared with the disk."),
    ];

    public static string Of(string sentence)
    {
        foreach (var (library, command) in Beginnings)
        {
            if (sentence.StartsWith(library, StringComparison.Ordinal))
            {
                return command + sentence[library.Length..];
            }
        }

        return sentence;
    }
}
