namespace FileMonitor.Cli;

/// <summary>
/// Sentences of the library that name one of its options, for whoever has typed a command: with the option of the command, and without advice that
/// the command has none for. JSON keeps the words of the library, since programs that know it read that.
/// </summary>
internal static class CommandWords
{
    // By how they begin, since what follows may hold names of files.
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
