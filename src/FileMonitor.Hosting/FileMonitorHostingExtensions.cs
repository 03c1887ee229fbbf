using FileMonitor.Hosting.Lifetime;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace FileMonitor.Hosting;

/// <summary>Lets a host start and stop monitors. See docs/hosting.md for the order, and for how a host reads events to their end.</summary>
public static class FileMonitorHostingExtensions
{
    /// <summary>
    /// Starts the monitor with the host and stops it with the host. Called twice for one monitor, it is hosted once, and the options add up.
    /// </summary>
    /// <remarks>
    /// The monitor is started in its turn among the host's services; the host waits for its baseline. It is stopped before any other service:
    /// sinks and readers still run and get all accepted changes. All hosted monitors are stopped at the same time. When the host's
    /// <c>HostOptions.ShutdownTimeout</c> passes, unfinished work is cut off, counted and reported.
    /// </remarks>
    /// <param name="builder">The monitor.</param>
    /// <param name="configure">What to do when the monitor ends by an error; null for the defaults.</param>
    /// <returns>The builder, for further calls.</returns>
    /// <example>
    /// <code>
    /// using FileMonitor.Hosting;
    /// using Microsoft.Extensions.DependencyInjection;
    ///
    /// services.AddFileMonitor(o => o.AddRoot("/srv/inbox")).AsHostedService();
    /// </code>
    /// </example>
    public static IFileMonitorBuilder AsHostedService(this IFileMonitorBuilder builder, Action<FileMonitorHostingOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var (services, name) = (builder.Services, builder.Name);
        if (configure is not null)
        {
            services.Configure(name, configure);
        }

        if (!services.Any(service => service.ServiceType == typeof(HostedMonitor) && name.Equals(service.ServiceKey)))
        {
            // By key, so that each finds the others when the host stops.
            services.AddOptions();
            services.AddKeyedSingleton(name, (provider, _) => new HostedMonitor(name, provider));
            services.AddSingleton<IHostedService>(provider => provider.GetRequiredKeyedService<HostedMonitor>(name));
        }

        return builder;
    }

    /// <summary>
    /// Adds one hosted monitor for each child of <c>Monitors</c>: the key is the monitor's name, its content the
    /// <see cref="FileMonitorOptions"/>.
    /// </summary>
    /// <remarks>
    /// The names are read now, the options when the host starts; a later change of the configuration has no effect. An unknown key is an error,
    /// because a misspelled one would have no effect and no message, and so is a value that cannot be read: the start of the host fails, with all mistakes
    /// of a monitor in one exception.
    /// </remarks>
    /// <param name="services">The host's services.</param>
    /// <param name="section">The section that has <c>Monitors</c>, by convention <c>FileMonitor</c>.</param>
    /// <param name="configure">Called for each monitor, to add sinks and other parts; null for none.</param>
    /// <returns>The services, for further calls.</returns>
    /// <exception cref="OptionsValidationException">The section names no monitor, or has unknown keys; the message has all errors.</exception>
    public static IServiceCollection AddFileMonitors(this IServiceCollection services, IConfiguration section, Action<IFileMonitorBuilder>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(section);
        foreach (var monitor in MonitorsSection.Read(section))
        {
            var builder = services.AddFileMonitor(monitor.Key, monitor).AsHostedService();
            configure?.Invoke(builder);
        }

        return services;
    }
}
