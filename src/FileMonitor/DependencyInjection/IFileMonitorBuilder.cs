using System.Diagnostics.CodeAnalysis;
using FileMonitor.Extending;
using Microsoft.Extensions.DependencyInjection;

namespace FileMonitor;

/// <summary>Adds parts to a monitor in a host's container. Obtained from <see cref="FileMonitorServiceCollectionExtensions"/>.</summary>
public interface IFileMonitorBuilder
{
    /// <summary>The monitor's name; empty for the unnamed one.</summary>
    string Name { get; }

    /// <summary>The host's services.</summary>
    IServiceCollection Services { get; }

    /// <summary>Adds a sink that the container creates and disposes, after the monitor. Added twice, it is the same sink with the later promise.</summary>
    /// <remarks>
    /// The batches of one monitor never overlap, those of two monitors could; so each monitor has its own instance. For the unnamed monitor it
    /// is the singleton <typeparamref name="TSink"/>, also when the host registered it before; for a named one, the singleton with the monitor's
    /// name as key.
    /// </remarks>
    /// <typeparam name="TSink">The type of the sink.</typeparam>
    /// <param name="promise">The promise to the sink.</param>
    /// <returns>This builder, for further calls.</returns>
    IFileMonitorBuilder AddSink<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TSink>(SinkPromise promise)
        where TSink : class, IAuditEventSink;

    /// <summary>Adds a best-effort sink that the container creates and disposes; see <see cref="AddSink{TSink}(SinkPromise)"/>.</summary>
    /// <typeparam name="TSink">The type of the sink.</typeparam>
    /// <returns>This builder, for further calls.</returns>
    IFileMonitorBuilder AddSink<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TSink>()
        where TSink : class, IAuditEventSink => AddSink<TSink>(SinkPromise.BestEffort);

    /// <summary>Adds a sink that the host creates. Neither the monitor nor the container disposes it, unless it came from the container.</summary>
    /// <param name="factory">Creates the sink, once, when the monitor is first resolved.</param>
    /// <param name="promise">The promise to the sink.</param>
    /// <param name="name">Its name in health, logs and gaps; by default the name of its type.</param>
    /// <returns>This builder, for further calls.</returns>
    IFileMonitorBuilder AddSink(
        Func<IServiceProvider, IAuditEventSink> factory, SinkPromise promise = SinkPromise.BestEffort, string? name = null);

    /// <summary>
    /// Adds a handler that the container creates, in a scope of its own for each call, so that it may have a database context and the like. Register it with another
    /// lifetime before, if one instance is to get all events.
    /// </summary>
    /// <typeparam name="THandler">The type of the handler, which is its name by default.</typeparam>
    /// <param name="configure">Sets its options.</param>
    /// <returns>This builder, for further calls.</returns>
    /// <example>
    /// <code>
    /// using Microsoft.Extensions.DependencyInjection;
    ///
    /// services.AddFileMonitor(o => o.AddRoot("/srv/inbox")).AddHandler&lt;Ingest>(handler => handler.Parallelism = 4);
    ///
    /// sealed class Ingest : IAuditEventHandler
    /// {
    ///     public async Task HandleAsync(AuditEvent e, CancellationToken cancellationToken) =>
    ///         Console.WriteLine($"{e.RelativePath}: {(await File.ReadAllBytesAsync(e.Path, cancellationToken)).Length} bytes");
    /// }
    /// </code>
    /// </example>
    IFileMonitorBuilder AddHandler<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(Action<HandlerOptions> configure)
        where THandler : class, IAuditEventHandler;

    /// <summary>Adds a handler that the container creates, with the default options; see <see cref="AddHandler{THandler}(Action{HandlerOptions})"/>.</summary>
    /// <typeparam name="THandler">The type of the handler, which is its name.</typeparam>
    /// <returns>This builder, for further calls.</returns>
    IFileMonitorBuilder AddHandler<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>()
        where THandler : class, IAuditEventHandler => AddHandler<THandler>(static _ => { });

    /// <summary>Adds a handler that is a delegate, with the default options and the name <c>handler</c>.</summary>
    /// <param name="handle">Does the work for one event, with the services of a scope of its own.</param>
    /// <returns>This builder, for further calls.</returns>
    IFileMonitorBuilder AddHandler(Func<IServiceProvider, AuditEvent, CancellationToken, Task> handle) => AddHandler(handle, static _ => { });

    /// <summary>Adds a handler that is a delegate.</summary>
    /// <param name="handle">Does the work for one event, with the services of a scope of its own.</param>
    /// <param name="configure">Sets its options; its name is <c>handler</c> unless they name another.</param>
    /// <returns>This builder, for further calls.</returns>
    IFileMonitorBuilder AddHandler(Func<IServiceProvider, AuditEvent, CancellationToken, Task> handle, Action<HandlerOptions> configure);

    /// <summary>Uses a source of the host's own; the last call wins.</summary>
    /// <param name="factory">Creates the source, when the monitor starts. The monitor disposes it.</param>
    /// <returns>This builder, for further calls.</returns>
    IFileMonitorBuilder UseSource(Func<IServiceProvider, IChangeSource> factory);

    /// <summary>Uses a file view of the host's own; the last call wins.</summary>
    /// <param name="factory">Creates the view, once.</param>
    /// <returns>This builder, for further calls.</returns>
    IFileMonitorBuilder UseFileView(Func<IServiceProvider, IFileView> factory);
}
