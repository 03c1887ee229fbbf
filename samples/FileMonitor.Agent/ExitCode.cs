namespace FileMonitor.Agent;

/// <summary>The exit codes of the agent. The help lists them, too.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>The agent could not start, or one of its services failed.</summary>
    public const int Failed = 1;

    /// <summary>The configuration is wrong; nothing was watched.</summary>
    public const int BadConfiguration = 2;
}
