using FileMonitor.Durable.State;
using FileMonitor.Extending;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace FileMonitor.Durable;

/// <summary>Gives a monitor durable state.</summary>
public static class DurableStateExtensions
{
    /// <summary>
    /// Keeps the state of the monitor across restarts: its events in a journal, the last known tree of its roots in a database. At the next start the monitor reports
    /// what changed meanwhile (<see cref="AuditEventOrigin.Offline"/>), and required sinks and subscriptions continue where they were.
    /// </summary>
    /// <param name="builder">The builder of the monitor.</param>
    /// <param name="configure">Sets the options; at least the directory.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <example>
    /// <code>
    /// using FileMonitor.Durable;
    /// using Microsoft.Extensions.DependencyInjection;
    ///
    /// services.AddFileMonitor(o => o.AddRoot("/srv/inbox")).AddDurableState(state => state.Directory = "/var/lib/inbox");
    /// </code>
    /// </example>
    public static IFileMonitorBuilder AddDurableState(this IFileMonitorBuilder builder, Action<DurableStateOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        var name = builder.Name;
        builder.Services.Configure(name, configure);
        builder.Services.Configure<FileMonitorParts>(name, parts => parts.Part = provider => Make(
            provider.GetRequiredService<IOptionsMonitor<DurableStateOptions>>().Get(name),
            provider.GetService<TimeProvider>() ?? TimeProvider.System,
            provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance,
            name));
        return builder;
    }

    /// <summary>Does the same as <see cref="AddDurableState"/> without a container. Set the clock, the logger and the name of the components before the call.</summary>
    /// <param name="components">The components of the monitor.</param>
    /// <param name="configure">Sets the options; at least the directory.</param>
    /// <returns>The components.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="OptionsValidationException">Options are wrong; the message lists every error.</exception>
    public static FileMonitorComponents UseDurableState(this FileMonitorComponents components, Action<DurableStateOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(components);
        ArgumentNullException.ThrowIfNull(configure);
        var options = new DurableStateOptions();
        configure(options);
        components.Part = Make(options, components.TimeProvider, components.LoggerFactory, components.Name);
        return components;
    }

    private static DurableStore Make(DurableStateOptions options, TimeProvider time, ILoggerFactory logging, string name)
    {
        if (options.GetErrors() is { Count: > 0 } errors)
        {
            throw new OptionsValidationException(name, typeof(DurableStateOptions), errors);
        }

        return new DurableStore(options, time, logging.CreateLogger("FileMonitor.Durable"));
    }
}
