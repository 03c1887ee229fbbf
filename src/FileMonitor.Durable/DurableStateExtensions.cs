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
        builder.Services.Configure<DurableStateParts>(name, static parts => parts.IsAdded = true);
        builder.Services.Configure<FileMonitorParts>(name, parts => parts.Part = provider => Make(
            provider.GetRequiredService<IOptionsMonitor<DurableStateOptions>>().Get(name),
            [.. provider.GetRequiredService<IOptionsMonitor<DurableStateParts>>().Get(name).Consumers.Select(make => make(provider))],
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
        components.Part = Make(options, [], components.TimeProvider, components.LoggerFactory, components.Name);
        return components;
    }

    /// <summary>Adds a consumer of the monitor's journal. The order of this call and <see cref="AddDurableState"/> does not matter; without the other the monitor is refused.</summary>
    /// <param name="builder">The builder of the monitor.</param>
    /// <param name="factory">Makes the consumer, once, when the monitor is made.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static IFileMonitorBuilder AddJournalConsumer(this IFileMonitorBuilder builder, Func<IServiceProvider, IJournalConsumer> factory)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(factory);
        var name = builder.Name;
        builder.Services.Configure<DurableStateParts>(name, parts => parts.Consumers.Add(factory));
        builder.Services.AddSingleton<IValidateOptions<FileMonitorOptions>>(provider => new DurableStateCheck(name, provider.GetRequiredService<IOptionsMonitor<DurableStateParts>>()));
        return builder;
    }

    /// <summary>Does the same as <see cref="AddJournalConsumer"/> without a container.</summary>
    /// <param name="components">The components of the monitor, with durable state.</param>
    /// <param name="consumer">The consumer. The monitor does not dispose it.</param>
    /// <returns>The components.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The consumer's name is not as it should be, or another has it.</exception>
    /// <exception cref="InvalidOperationException">The components have no durable state: call <see cref="UseDurableState"/> before.</exception>
    public static FileMonitorComponents UseJournalConsumer(this FileMonitorComponents components, IJournalConsumer consumer)
    {
        ArgumentNullException.ThrowIfNull(components);
        ArgumentNullException.ThrowIfNull(consumer);
        if (components.Part is not DurableStore store)
        {
            throw new InvalidOperationException("A consumer of the journal needs durable state: call UseDurableState before.");
        }

        store.Add(consumer);
        return components;
    }

    private static DurableStore Make(DurableStateOptions options, IReadOnlyList<IJournalConsumer> consumers, TimeProvider time, ILoggerFactory logging, string name)
    {
        if (options.GetErrors() is { Count: > 0 } errors)
        {
            throw new OptionsValidationException(name, typeof(DurableStateOptions), errors);
        }

        return new DurableStore(options, consumers, time, logging.CreateLogger("FileMonitor.Durable"));
    }
}
