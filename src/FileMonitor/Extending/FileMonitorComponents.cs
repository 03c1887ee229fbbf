using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FileMonitor.Extending;

/// <summary>The parts of a monitor that are code of the host and not settings. Everything has a default.</summary>
public sealed class FileMonitorComponents
{
    private readonly List<SinkRegistration> _sinks = [];

    /// <summary>The monitor's name in events, logs, health and metrics; empty (the default) for an unnamed one.</summary>
    public string Name { get; set; } = "";

    /// <summary>The clock and the timers. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Where the monitor logs. Default: nowhere.</summary>
    public ILoggerFactory LoggerFactory { get; set; } = NullLoggerFactory.Instance;

    /// <summary>Where the meter <c>FileMonitor</c> comes from; null (the default) for a process-wide one.</summary>
    public IMeterFactory? MeterFactory { get; set; }

    /// <summary>Creates the source, instead of the one that <see cref="FileMonitorOptions.Source"/> names. The monitor disposes the source.</summary>
    public Func<IChangeSource>? Source { get; set; }

    /// <summary>How the monitor looks at files. Default: the disk.</summary>
    public IFileView? FileView { get; set; }

    internal IReadOnlyList<SinkRegistration> Sinks => _sinks;

    /// <summary>What another package adds; null where none does.</summary>
    internal IMonitorPart? Part { get; set; }

    /// <summary>Adds a sink. The monitor does not dispose it; the host does, after the monitor.</summary>
    /// <param name="sink">Receives the events.</param>
    /// <param name="promise">The promise to the sink. Default: best effort.</param>
    /// <param name="name">Its name in health, logs and gaps; by default the name of its type.</param>
    /// <returns>This object, for further calls.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="sink"/> is null.</exception>
    public FileMonitorComponents AddSink(IAuditEventSink sink, SinkPromise promise = SinkPromise.BestEffort, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(sink);
        _sinks.Add(new SinkRegistration(sink, promise, name ?? sink.GetType().Name));
        return this;
    }
}

/// <summary>A sink as the host registered it.</summary>
internal sealed record SinkRegistration(IAuditEventSink Sink, SinkPromise Promise, string Name);
