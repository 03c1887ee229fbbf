using FileMonitor.Durable;
using FileMonitor.Extending;
using FileMonitor.RabbitMq.Publishing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace FileMonitor.RabbitMq;

/// <summary>Publishes the journal of a monitor to RabbitMQ.</summary>
public static class RabbitMqExtensions
{
    /// <summary>
    /// Publishes every record and every checkpoint of the monitor's journal while it runs. The monitor needs durable state, and does not wait for the broker: what is not confirmed
    /// stays in the journal, also over restarts.
    /// </summary>
    /// <param name="builder">The builder of the monitor, with <see cref="DurableStateExtensions.AddDurableState"/> before or after this call.</param>
    /// <param name="configure">Sets the options; at least endpoints, user and password.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <example>
    /// <code>
    /// using FileMonitor.Durable;
    /// using FileMonitor.RabbitMq;
    /// using Microsoft.Extensions.DependencyInjection;
    ///
    /// services.AddFileMonitor(o => o.AddRoot("/etc"))
    ///     .AddDurableState(state => state.Directory = "/var/lib/integrity")
    ///     .AddRabbitMq(mq =>
    ///     {
    ///         mq.Endpoints.Add("amqps://mq1.example.com");
    ///         mq.UserName = "agent";
    ///         mq.GetPassword = async token => (await File.ReadAllTextAsync("/run/secrets/mq", token)).Trim();
    ///     });
    /// </code>
    /// </example>
    public static IFileMonitorBuilder AddRabbitMq(this IFileMonitorBuilder builder, Action<RabbitMqOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        var name = builder.Name;
        return builder.AddJournalConsumer(provider =>
        {
            var options = new RabbitMqOptions();
            configure(options);
            return Make(options, provider.GetService<TimeProvider>() ?? TimeProvider.System, provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance, name);
        });
    }

    /// <summary>Does the same as <see cref="AddRabbitMq"/> without a container. Set the clock, the logger and the name of the components before the call.</summary>
    /// <param name="components">The components of the monitor, with <see cref="DurableStateExtensions.UseDurableState"/> before this call.</param>
    /// <param name="configure">Sets the options; at least endpoints, user and password.</param>
    /// <returns>The components.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="InvalidOperationException">The components have no durable state.</exception>
    /// <exception cref="OptionsValidationException">Options are wrong; the message lists every error.</exception>
    public static FileMonitorComponents UseRabbitMq(this FileMonitorComponents components, Action<RabbitMqOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(components);
        ArgumentNullException.ThrowIfNull(configure);
        var options = new RabbitMqOptions();
        configure(options);
        return components.UseJournalConsumer(Make(options, components.TimeProvider, components.LoggerFactory, components.Name));
    }

    private static RabbitMqPublisher Make(RabbitMqOptions options, TimeProvider time, ILoggerFactory logging, string monitor)
    {
        if (options.GetErrors() is { Count: > 0 } errors)
        {
            throw new OptionsValidationException(monitor, typeof(RabbitMqOptions), errors);
        }

        return new RabbitMqPublisher(options.Copy(), time, logging.CreateLogger("FileMonitor.RabbitMq"));
    }
}
