namespace FileMonitor.Cli;

/// <summary>What the command answers to the shell. The help says the same.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>It could not do, or not wholly do, what was asked.</summary>
    public const int Failed = 1;

    /// <summary>What was asked makes no sense; nothing was done.</summary>
    public const int BadArguments = 2;

    /// <summary>What was reported differs from what is on disk (<c>watch --verify</c>).</summary>
    public const int Differs = 3;

    /// <summary>A second signal ended it at once.</summary>
    public const int Interrupted = 130;

    /// <summary>The reader of a listing went away before its end: what a shell says of a program that SIGPIPE ended.</summary>
    public const int ReaderGone = 141;
}
