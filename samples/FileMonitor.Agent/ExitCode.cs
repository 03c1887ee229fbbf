namespace FileMonitor.Agent;

/// <summary>The exit codes of the agent. The help lists them, too.</summary>
internal static class ExitCode
{
    /// <summary>The agent was stopped, or was only asked for help or its version, or the configuration that it checked is right.</summary>
    public const int Done = 0;

    /// <summary>The agent could not start, because the port is taken for instance, or one of its services failed.</summary>
    public const int Failed = 1;

    /// <summary>The configuration is wrong; nothing was watched.</summary>
    public const int BadConfiguration = 2;
}
