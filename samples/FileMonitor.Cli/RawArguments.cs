namespace FileMonitor.Cli;

/// <summary>
/// The arguments with every byte that is not UTF-8 kept, as U+DC00 + byte. The runtime puts U+FFFD there, and <c>hash *</c> would not find
/// the files whose names the shell has just read from the directory.
/// </summary>
internal static class RawArguments
{
    public static IReadOnlyList<string> Restore(string[] arguments)
    {
        if (!OperatingSystem.IsLinux() || !arguments.Any(argument => argument.Contains('\uFFFD')))
        {
            return arguments;
        }

        try
        {
            return Restore(arguments, File.ReadAllBytes("/proc/self/cmdline"));
        }
        catch (Exception hidden) when (hidden is IOException or UnauthorizedAccessException)
        {
            // A system without /proc.
            return arguments;
        }
    }

    /// <param name="arguments">As the runtime gave them.</param>
    /// <param name="commandLine">Every word with a zero byte behind it; before the arguments what runs them, one word or more.</param>
    public static IReadOnlyList<string> Restore(string[] arguments, ReadOnlySpan<byte> commandLine)
    {
        var words = new List<string>();
        while (commandLine.IndexOf((byte)0) is var end and >= 0)
        {
            words.Add(PathBytes.Read(commandLine[..end]));
            commandLine = commandLine[(end + 1)..];
        }

        return words.Count > arguments.Length ? words[^arguments.Length..] : arguments;
    }
}
