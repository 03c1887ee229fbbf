using System.Diagnostics.Metrics;
using System.Reflection;
using System.Runtime.InteropServices;
using FileMonitor.Agent.Events;
using FileMonitor.Agent.Reload;
using FileMonitor.Agent.Status;

namespace FileMonitor.Agent.Diagnostics;

/// <summary>
/// The agent's own metrics, beside those of the monitors: the process, the readers of its stream, each root by its path, and the durable state of each monitor. Read only when somebody
/// asks. docs/observability.md lists them.
/// </summary>
internal sealed class AgentMetrics
{
    public const string MeterName = "FileMonitor.Agent";

    private const string Monitor = "filemonitor.name";
    private const string Root = "filemonitor.root";

    private readonly IReadOnlyList<FileSystemMonitor> _monitors;
    private readonly StateFiles _files;

    public AgentMetrics(IMeterFactory factory, IReadOnlyList<FileSystemMonitor> monitors, StateFiles files, EventBuffer events, Reloader reloader, TimeProvider time)
    {
        (_monitors, _files) = (monitors, files);
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

        Observe(meter, "filemonitor.journal.record", "{record}", "Records of the journal.", store => store.Records);
        Observe(meter, "filemonitor.journal.uncovered", "{record}", "Records that no signed checkpoint covers yet.", store => store.Records - store.Checkpointed);
        Observe(meter, "filemonitor.journal.size", "By", "Size of the journal's segments.", store => Files(store).Bytes);
        Observe(meter, "filemonitor.journal.oldest_time", "s", "When the oldest segment was last written, in seconds since 1970.", store => Seconds(Files(store).OldestWritten));
        Observe(meter, "filemonitor.journal.checkpoint_time", "s", "When the last checkpoint was written, in seconds since 1970.", store => Seconds(Files(store).LastCheckpoint));
        Observe(meter, "filemonitor.store.problem", "{problem}", "1 while the durable state has a problem.", store => store.Problem is null ? 0 : 1);
        meter.CreateObservableGauge("filemonitor.cursor.lag", ReadLags, "{event}", "Events that a consumer has not acknowledged.");
    }

    private static double? Seconds(DateTimeOffset? at) => at?.ToUnixTimeMilliseconds() / 1000.0;

    private static double Seconds(DateTimeOffset at) => at.ToUnixTimeMilliseconds() / 1000.0;

    private JournalFiles Files(StoreHealth store) => _files.Read(store.Directory);

    private void Observe(Meter meter, string name, string unit, string description, Func<StoreHealth, double?> read) =>
        meter.CreateObservableGauge(
            name,
            () => Stores().Select(one => (one.Name, Value: read(one.Store))).Where(one => one.Value is not null).Select(one => new Measurement<double>(one.Value!.Value, new KeyValuePair<string, object?>(Monitor, one.Name))),
            unit,
            description);

    private void ObserveRoots(Meter meter, string name, string unit, string description, Func<MonitorHealth, RootHealth, long> read) =>
        meter.CreateObservableGauge(
            name,
            () => _monitors.Select(monitor => monitor.GetHealth()).SelectMany(health => health.Roots, (health, root) => new Measurement<long>(
                read(health, root), new KeyValuePair<string, object?>(Monitor, health.Monitor), new KeyValuePair<string, object?>(Root, root.Path))),
            unit,
            description);

    private IEnumerable<Measurement<long>> ReadLags() =>
        Stores().SelectMany(one => one.Store.Cursors, (one, cursor) => new Measurement<long>(
            cursor.Lag, new KeyValuePair<string, object?>(Monitor, one.Name), new KeyValuePair<string, object?>("filemonitor.cursor", cursor.Name)));

    private IEnumerable<(string Name, StoreHealth Store)> Stores() =>
        _monitors.Select(monitor => (monitor.Name, monitor.GetHealth().Store)).Where(one => one.Store is not null).Select(one => (one.Name, one.Store!));
}
