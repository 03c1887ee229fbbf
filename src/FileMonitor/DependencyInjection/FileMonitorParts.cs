using System.Diagnostics.Metrics;
using FileMonitor.Extending;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace FileMonitor;

/// <summary>The parts set by a builder, kept as named options, so that two calls for one name add to the same monitor.</summary>
internal sealed class FileMonitorParts
{
    public List<SinkPart> Sinks { get; } = [];

    public List<HandlerPart> Handlers { get; } = [];

    public Func<IServiceProvider, IChangeSource>? Source { get; set; }

    public Func<IServiceProvider, IFileView>? FileView { get; set; }

    /// <summary>Makes what another package adds.</summary>
    public Func<IServiceProvider, IMonitorPart>? Part { get; set; }

    public static FileSystemMonitor CreateMonitor(IServiceProvider provider, string name)
    {
        var monitor = FileSystemMonitor.Create(provider.GetRequiredService<IOptionsMonitor<FileMonitorOptions>>().Get(name), CreateComponents(provider, name));
        provider.GetRequiredService<RegisteredMonitors>().Made(name);
        return monitor;
    }

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

        // Resolve the sinks before the monitor: the container disposes in reverse order, and so the sinks after the monitor.
        foreach (var sink in parts.Sinks)
        {
            components.AddSink(sink.Factory(provider), sink.Promise, sink.Name);
        }

        foreach (var handler in parts.Handlers)
        {
            components.Add(new DelegateHandler((auditEvent, token) => HandleAsync(handler, provider, auditEvent, token)), handler.Name, handler.Configure);
        }

        return components;
    }

    private static async Task HandleAsync(HandlerPart handler, IServiceProvider provider, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        var scope = provider.CreateAsyncScope();
        await using var disposed = scope.ConfigureAwait(false);
        await DelegateHandler.NotNull(handler.Handle(scope.ServiceProvider, auditEvent, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>Adds a sink, or replaces the one of the same type.</summary>
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

/// <summary>A handler of the container.</summary>
internal sealed record HandlerPart(Func<IServiceProvider, AuditEvent, CancellationToken, Task> Handle, string Name, Action<HandlerOptions> Configure);

/// <summary>A sink still to be created. <paramref name="Type"/> is null for a sink from a factory.</summary>
internal sealed record SinkPart(Func<IServiceProvider, IAuditEventSink> Factory, SinkPromise Promise, string? Name = null, Type? Type = null);
