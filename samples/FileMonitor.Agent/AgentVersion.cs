using System.Reflection;

namespace FileMonitor.Agent;

/// <summary>The version of the agent, as the status and <c>--version</c> say it.</summary>
internal static class AgentVersion
{
    /// <summary>Without the commit that it was built from.</summary>
    public static string Text { get; } =
        typeof(AgentVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";
}
