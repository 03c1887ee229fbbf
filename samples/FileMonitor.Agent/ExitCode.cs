namespace FileMonitor.Agent;

/// <summary>What the agent answers to who started it. The help says the same.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>It could not start, or a service of it failed.</summary>
    public const int Failed = 1;

    /// <summary>The configuration is wrong; nothing was watched.</summary>
    public const int BadConfiguration = 2;
}
