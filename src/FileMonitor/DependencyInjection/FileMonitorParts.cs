using System.Diagnostics.Metrics;
using FileMonitor.Extending;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace FileMonitor;

/// <summary>What a builder was told, kept as named options: so that two calls for one name, wherever they stand, add to the same monitor.</summary>
internal sealed class FileMonitorParts
{
    public List<SinkPart> Sinks { get; } = [];

    public Func<IServiceProvider, IChangeSource>? Source { get; set; }

    public Func<IServiceProvider, IFileView>? FileView { get; set; }

    /// <summary>Makes what another package adds.</summary>
    public Func<IServiceProvider, IMonitorPart>? Part { get; set; }

    public static FileSystemMonitor CreateMonitor(IServiceProvider provider, string name) =>
        FileSystemMonitor.Create(provider.GetRequiredService<IOptionsMonitor<FileMonitorOptions>>().Get(name), CreateComponents(provider, name));

    public static FileMonitorComponents CreateComponents(IServiceProvider provider, string name)
    {
        var parts = provider.GetRequiredService<IOptionsMonitor<FileMonitorParts>>().Get(name);
        var components = new FileMonitorComponents
        {
            Name = name,
            TimeProvider = provider.GetService<TimeProvider>() ?? TimeProvider.System,
            LoggerFactory = provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance,
            MeterFactory = provider.GetService<IMeterFactory>(),
            Source = parts.Source is { } source ? () => source(provider) : null,
            FileView = parts.FileView?.Invoke(provider),
            Part = parts.Part?.Invoke(provider),
        };

        // Resolved before the monitor exists, so the container, which disposes in reverse order, disposes them after it.
        foreach (var sink in parts.Sinks)
        {
            components.AddSink(sink.Factory(provider), sink.Promise, sink.Name);
        }

        return components;
    }

    /// <summary>Adds a sink that is known by its type, in the place of the one that was.</summary>
    public void Set(SinkPart sink)
    {
        var known = Sinks.FindIndex(other => other.Type == sink.Type);
        if (known < 0)
        {
            Sinks.Add(sink);
        }
        else
        {
            Sinks[known] = sink;
        }
    }
}

/// <summary>A sink still to be made. <paramref name="Type"/> is null for one that only its factory knows.</summary>
internal sealed record SinkPart(Func<IServiceProvider, IAuditEventSink> Factory, SinkPromise Promise, string? Name = null, Type? Type = null);
