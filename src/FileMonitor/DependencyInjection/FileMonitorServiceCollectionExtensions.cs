using FileMonitor.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace FileMonitor;

/// <summary>
/// Adds monitors to a host's container. The unnamed one is resolved as <see cref="FileSystemMonitor"/>, a named one by its name as key:
/// <c>[FromKeyedServices("uploads")] FileSystemMonitor monitor</c>. The container creates each once and disposes it.
/// </summary>
/// <remarks>
/// Calls for the same name add up: options are configured in the order of the calls. Options are validated when the host starts, or when the
/// monitor is first resolved; one <see cref="OptionsValidationException"/> has all errors. A monitor that was never started is a warning in the log (event 111) when the container
/// is disposed.
/// </remarks>
/// <example>
/// <code>
/// using FileMonitor;
/// using FileMonitor.Hosting;
/// using Microsoft.Extensions.Hosting;
///
/// var builder = Host.CreateApplicationBuilder(args);
/// builder.Services
///     .AddFileMonitor(o => o.AddRoot("/srv/inbox"))
///     .AddHandler((_, e, _) =>
///     {
///         Console.WriteLine($"{e.Kind} {e.Path}");
///         return Task.CompletedTask;
///     })
///     .AsHostedService();
/// await builder.Build().RunAsync();
/// </code>
/// </example>
public static class FileMonitorServiceCollectionExtensions
{
    /// <summary>Adds the unnamed monitor; its options are configured elsewhere.</summary>
    /// <param name="services">The host's services.</param>
    /// <returns>A builder to add sinks and other parts.</returns>
    public static IFileMonitorBuilder AddFileMonitor(this IServiceCollection services) => Add(services, Options.DefaultName).Builder;

    /// <summary>Adds the unnamed monitor.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Sets its options.</param>
    /// <returns>A builder to add sinks and other parts.</returns>
    public static IFileMonitorBuilder AddFileMonitor(this IServiceCollection services, Action<FileMonitorOptions> configure) =>
        services.AddFileMonitor(Options.DefaultName, configure);

    /// <summary>Adds the unnamed monitor, with options from configuration; see <see cref="AddFileMonitor(IServiceCollection, string, IConfiguration)"/>.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="section">The section that holds its options.</param>
    /// <returns>A builder to add sinks and other parts.</returns>
    public static IFileMonitorBuilder AddFileMonitor(this IServiceCollection services, IConfiguration section) =>
        services.AddFileMonitor(Options.DefaultName, section);

    /// <summary>Adds a named monitor.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="name">Its name, which is also the key to resolve it; empty for the unnamed one.</param>
    /// <param name="configure">Sets its options.</param>
    /// <returns>A builder to add sinks and other parts.</returns>
    public static IFileMonitorBuilder AddFileMonitor(this IServiceCollection services, string name, Action<FileMonitorOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var (builder, options) = Add(services, name);
        options.Configure(configure);
        return builder;
    }

    /// <summary>
    /// Adds a named monitor, with options from configuration. An unknown key is an error, because a misspelled one would have no effect and no
    /// message; so is a value that cannot be read. A duration has a unit (<c>250ms</c>) or is written <c>00:00:00.250</c>. All mistakes are in the one
    /// <see cref="OptionsValidationException"/> of the monitor, with their keys. The values are read once: a later change of the configuration has no effect.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="name">Its name, which is also the key to resolve it; empty for the unnamed one.</param>
    /// <param name="section">The section that holds its options.</param>
    /// <returns>A builder to add sinks and other parts.</returns>
    public static IFileMonitorBuilder AddFileMonitor(this IServiceCollection services, string name, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(section);

        // Before the check of the options: what cannot be read often explains what is wrong with them. An exception while they are set would hide the rest.
        services.AddSingleton<IValidateOptions<FileMonitorOptions>>(new MonitorSectionCheck(name, section));
        var (builder, options) = Add(services, name);
        options.Configure(read => MonitorSection.Read(section, read));
        return builder;
    }

    private static (IFileMonitorBuilder Builder, OptionsBuilder<FileMonitorOptions> Options) Add(IServiceCollection services, string name)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(name);
        var before = services.Count;
        if (name.Length == 0)
        {
            services.TryAddSingleton(provider => FileMonitorParts.CreateMonitor(provider, name));
        }
        else
        {
            services.TryAddKeyedSingleton(name, (provider, _) => FileMonitorParts.CreateMonitor(provider, name));
        }

        if (services.Count > before)
        {
            // Not a second time, and not for a monitor that the host makes itself.
            services.Configure<MonitorNames>(names => names.All.Add(name));
        }

        services.TryAddSingleton<RegisteredMonitors>();
        var options = services.AddOptionsWithValidateOnStart<FileMonitorOptions, FileMonitorOptionsValidator>(name);
        return (new FileMonitorBuilder(name, services), options);
    }
}
