using System.Diagnostics.Metrics;
using System.Reflection;
using System.Runtime.InteropServices;
using FileMonitor.Agent.Events;
using FileMonitor.Agent.Reload;

namespace FileMonitor.Agent.Diagnostics;

/// <summary>
/// The agent's own metrics, beside those of the monitors: the process, the readers of its stream, and each root by its path. Read only when somebody
/// asks. docs/observability.md lists them.
/// </summary>
internal sealed class AgentMetrics
{
    public const string MeterName = "FileMonitor.Agent";

    private const string Monitor = "filemonitor.name";
    private const string Root = "filemonitor.root";

    private readonly IReadOnlyList<FileSystemMonitor> _monitors;

    public AgentMetrics(IMeterFactory factory, IReadOnlyList<FileSystemMonitor> monitors, EventBuffer events, Reloader reloader, TimeProvider time)
    {
        _monitors = monitors;
        var meter = factory.Create(MeterName);
        var startedAt = Seconds(time.GetUtcNow());
        var version = typeof(AgentMetrics).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
        KeyValuePair<string, object?>[] build = [new("filemonitor.version", version), new("dotnet.version", RuntimeInformation.FrameworkDescription)];
        meter.CreateObservableGauge("filemonitor.agent.start_time", () => startedAt, "s", "When the agent was started, in seconds since 1970.");
        meter.CreateObservableGauge("filemonitor.agent.build", () => new Measurement<long>(1, build), "{build}", "1, with the versions as attributes.");

        meter.CreateObservableCounter("filemonitor.stream.missed", () => events.GetState().Missed, "{event}", "Events that readers of /events were told they missed.");
        meter.CreateObservableCounter("filemonitor.stream.interruption", () => events.GetState().Interruptions, "{interruption}", "How often a reader of /events was told that it missed some, or an unknown number.");

        // Who is called has to know which directory it is. The paths are those of the configuration, and whoever may ask for metrics may ask for the status, too.
        ObserveRoots(meter, "filemonitor.agent.root.lost", "{root}", "1 while the root cannot be watched.", (_, root) => root.IsAvailable ? 0 : 1);
        ObserveRoots(meter, "filemonitor.agent.root.fallback", "{root}", "1 while another source watches the root than the preferred one.", (_, root) => root.SourceReason is null ? 0 : 1);
        ObserveRoots(meter, "filemonitor.agent.root.gap", "{gap}", "Open gaps of the root, but for that of a lost root.", (health, root) => health.OpenGaps.Count(gap => gap.Root == root.Path && gap.Cause != GapCause.RootLost));

        meter.CreateObservableGauge("filemonitor.agent.configuration.refused", () => reloader.Refusal is null ? 0 : 1, "{configuration}", "1 while the configuration on disk is one that the last reload refused.");
    }

    private static double Seconds(DateTimeOffset at) => at.ToUnixTimeMilliseconds() / 1000.0;

    private void ObserveRoots(Meter meter, string name, string unit, string description, Func<MonitorHealth, RootHealth, long> read) =>
        meter.CreateObservableGauge(
            name,
            () => _monitors.Select(monitor => monitor.GetHealth()).SelectMany(health => health.Roots, (health, root) => new Measurement<long>(
                read(health, root), new KeyValuePair<string, object?>(Monitor, health.Monitor), new KeyValuePair<string, object?>(Root, root.Path))),
            unit,
            description);
}
