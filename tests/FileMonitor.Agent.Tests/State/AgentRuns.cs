using Microsoft.AspNetCore.Builder;

namespace FileMonitor.Agent.Tests.State;

/// <summary>A directory that is watched and the state beside it, over several runs of the agent in this process.</summary>
internal sealed class AgentRuns : IDisposable
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("agent-runs-");

    public AgentRuns(string root = "root")
    {
        Root = _home.CreateSubdirectory(root).FullName;
        StateDirectory = Path.Join(_home.FullName, "state");
        Settings = new() { ["Agent:StateDirectory"] = StateDirectory, ["FileMonitor:Monitors:default:Debounce:QuietPeriod"] = "00:00:00.030" };
    }

    public string Root { get; }

    public string StateDirectory { get; }

    /// <summary>The state of the monitor that watches the root.</summary>
    public string State => Path.Join(StateDirectory, "default");

    public Dictionary<string, string?> Settings { get; }

    public Task<RunningAgent> StartAsync(Action<WebApplicationBuilder>? configure = null) => RunningAgent.StartAsync(Settings, configure, Root, keepsRoot: true);

    public string PathOf(string name) => Path.Join(Root, name);

    public string Subdirectory(string name) => _home.CreateSubdirectory(name).FullName;

    public void Dispose() => _home.Delete(recursive: true);
}
