using FileMonitor.Hosting;
using FileMonitor.Values;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.Options;

namespace FileMonitor.Agent;

/// <summary>A whole configuration, read and checked: by the start, by <c>--check</c>, and when it is read again while the agent runs.</summary>
/// <param name="Agent">The section <c>Agent</c>.</param>
/// <param name="Monitors">The options of each monitor, by its name, without regard to case.</param>
internal sealed record CheckedConfiguration(AgentOptions Agent, IReadOnlyDictionary<string, FileMonitorOptions> Monitors)
{
    // The last two are of the host; Kestrel is refused with a reason of its own.
    private static readonly string[] Sections = ["FileMonitor", "Agent", "Logging", "Kestrel", "Urls"];

    /// <summary>Reads all of it, whatever is wrong.</summary>
    /// <param name="configuration">The configuration, with the roots of the command line.</param>
    /// <param name="errors">Gets a sentence for each mistake. What is in it already is wrong with the command line, which may be why there is no monitor: that is not said besides.</param>
    public static CheckedConfiguration Read(IConfiguration configuration, List<string> errors)
    {
        var isCommandLineRight = errors.Count == 0;
        CheckSections(configuration, errors);
        CheckTelemetry(configuration, errors);
        var agent = new AgentOptionsReader(configuration, errors).Read();
        var section = configuration.GetSection("FileMonitor");
        return new(agent, isCommandLineRight || section.GetSection("Monitors").GetChildren().Any() ? ReadMonitors(section, errors) : new Dictionary<string, FileMonitorOptions>());
    }

    /// <summary>A misspelled section of a file would have no effect. The environment has variables of others.</summary>
    private static void CheckSections(IConfiguration configuration, List<string> errors)
    {
        var files = ((IConfigurationRoot)configuration).Providers.OfType<JsonConfigurationProvider>();
        foreach (var key in files.SelectMany(file => file.GetChildKeys([], parentPath: null)).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            if (!Sections.Contains(key, StringComparer.OrdinalIgnoreCase) && !key.StartsWith("OTEL_", StringComparison.OrdinalIgnoreCase))
            {
                errors.Add($"{key} is no section.{NearestName.Question(key, Sections[..3])} There are FileMonitor, Agent and Logging.");
            }
        }
    }

    private static void CheckTelemetry(IConfiguration configuration, List<string> errors)
    {
        foreach (var name in new[] { "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT" })
        {
            if (configuration[name] is { Length: > 0 } address && !(Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
            {
                errors.Add($"{name} ({address}) is no address; give one such as http://127.0.0.1:4317.");
            }
        }
    }

    /// <summary>With a container of its own: that is how the start reads them, too.</summary>
    private static Dictionary<string, FileMonitorOptions> ReadMonitors(IConfigurationSection section, List<string> errors)
    {
        var (services, monitors) = (new ServiceCollection(), new Dictionary<string, FileMonitorOptions>(StringComparer.OrdinalIgnoreCase));
        var names = new List<string>();
        try
        {
            services.AddFileMonitors(section, monitor => names.Add(monitor.Name));
        }
        catch (OptionsValidationException wrong)
        {
            errors.AddRange(wrong.Failures);
            errors.Add("For a first look: filemonitor-agent --root <directory>.");
        }

        using var provider = services.AddOptions().BuildServiceProvider();
        foreach (var name in names)
        {
            try
            {
                monitors.Add(name, provider.GetRequiredService<IOptionsMonitor<FileMonitorOptions>>().Get(name));
            }
            catch (OptionsValidationException wrong)
            {
                errors.AddRange(wrong.Failures);
            }
        }

        return monitors;
    }
}
