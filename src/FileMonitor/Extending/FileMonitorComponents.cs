using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FileMonitor.Extending;

/// <summary>The parts of a monitor that are code of the host and not settings. Everything has a default.</summary>
public sealed class FileMonitorComponents
{
    private readonly List<SinkRegistration> _sinks = [];
    private readonly List<HandlerRegistration> _handlers = [];

    /// <summary>The monitor's name in events, logs, health and metrics; empty (the default) for an unnamed one.</summary>
    public string Name { get; set; } = "";

    /// <summary>The name in log messages, which are sentences.</summary>
    internal string NameInLogs => InLogs(Name);

    internal static string InLogs(string name) => name.Length == 0 ? "(unnamed)" : name;

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

    internal IReadOnlyList<HandlerRegistration> Handlers => _handlers;

    /// <summary>The most looks at the disk that searches for missing items may cost at once, if a test lowers it to what a storm leaves; null for the limit of the pump.</summary>
    internal int? MostLooks { get; set; }

    /// <summary>How long an event that names an actor is held at most, if a test waits for the source of a busy machine for longer; null for the limit of the pump.</summary>
    internal TimeSpan? LongestActorHold { get; set; }

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

    /// <summary>Adds a handler with the default options.</summary>
    /// <inheritdoc cref="AddHandler(IAuditEventHandler, Action{HandlerOptions})" />
    public FileMonitorComponents AddHandler(IAuditEventHandler handler) => AddHandler(handler, static _ => { });

    /// <summary>Adds a handler. The monitor does not dispose it; the host does, after the monitor.</summary>
    /// <param name="handler">Does the work for each event.</param>
    /// <param name="configure">Sets its options.</param>
    /// <returns>This object, for further calls.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">An option is out of range, or another handler has the same name.</exception>
    public FileMonitorComponents AddHandler(IAuditEventHandler handler, Action<HandlerOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(handler);
        ArgumentNullException.ThrowIfNull(configure);
        return Add(handler, handler.GetType().Name, configure);
    }

    /// <summary>Adds a handler that is a delegate, with the default options and the name <c>handler</c>.</summary>
    /// <inheritdoc cref="AddHandler(Func{AuditEvent, CancellationToken, Task}, Action{HandlerOptions})" />
    public FileMonitorComponents AddHandler(Func<AuditEvent, CancellationToken, Task> handle) => AddHandler(handle, static _ => { });

    /// <summary>Adds a handler that is a delegate.</summary>
    /// <param name="handle">Does the work for one event.</param>
    /// <param name="configure">Sets its options; its name is <c>handler</c> unless they name another.</param>
    /// <returns>This object, for further calls.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">An option is out of range, or another handler has the same name.</exception>
    public FileMonitorComponents AddHandler(Func<AuditEvent, CancellationToken, Task> handle, Action<HandlerOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(handle);
        ArgumentNullException.ThrowIfNull(configure);
        return Add(new DelegateHandler(handle), "handler", configure);
    }

    internal FileMonitorComponents Add(IAuditEventHandler handler, string name, Action<HandlerOptions> configure)
    {
        var options = new HandlerOptions { Name = name };
        configure(options);
        if (_handlers.Exists(other => other.Options.Name == options.Name))
        {
            throw new ArgumentException($"Two handlers have the name '{options.Name}': give one of them another (Name), by which its position is kept.", nameof(configure));
        }

        _handlers.Add(new HandlerRegistration(handler, options.Checked()));
        return this;
    }
}

/// <summary>A handler as the host registered it, with valid options.</summary>
internal sealed record HandlerRegistration(IAuditEventHandler Handler, HandlerOptions Options);

/// <summary>A handler that is a delegate of the host.</summary>
internal sealed class DelegateHandler(Func<AuditEvent, CancellationToken, Task> handle) : IAuditEventHandler
{
    public Task HandleAsync(AuditEvent auditEvent, CancellationToken cancellationToken) => handle(auditEvent, cancellationToken);

    /// <summary>A host may return null in spite of the nullable annotations.</summary>
    public static Task NotNull(Task? task) => task ?? throw new InvalidOperationException("The handler returned null instead of a task.");
}

/// <summary>A sink as the host registered it.</summary>
internal sealed record SinkRegistration(IAuditEventSink Sink, SinkPromise Promise, string Name);
