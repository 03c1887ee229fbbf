using Microsoft.Extensions.DependencyInjection;

namespace FileMonitor.Sinks;

/// <summary>Adds these sinks to a monitor. The container creates and disposes them; without a container, give one to <see cref="FileMonitor.Extending.FileMonitorComponents.AddSink"/>.</summary>
public static class SinkExtensions
{
    /// <summary>Adds a <see cref="SyslogSink"/>.</summary>
    /// <param name="builder">The builder of the monitor.</param>
    /// <param name="configure">Sets the options; at least the host.</param>
    /// <param name="promise">The promise to the sink.</param>
    /// <param name="name">Its name in health, logs and gaps.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static IFileMonitorBuilder AddSyslog(this IFileMonitorBuilder builder, Action<SyslogSinkOptions> configure, SinkPromise promise = SinkPromise.BestEffort, string name = "syslog") =>
        Add(builder, configure, static (_, options) => new SyslogSink(options), promise, name);

    /// <summary>Adds a <see cref="WebhookSink"/>, with the container's clock.</summary>
    /// <param name="builder">The builder of the monitor.</param>
    /// <param name="configure">Sets the options; at least the URI and the secret.</param>
    /// <param name="promise">The promise to the sink.</param>
    /// <param name="name">Its name in health, logs and gaps.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static IFileMonitorBuilder AddWebhook(this IFileMonitorBuilder builder, Action<WebhookSinkOptions> configure, SinkPromise promise = SinkPromise.BestEffort, string name = "webhook") =>
        Add(builder, configure, static (time, options) => new WebhookSink(options, time), promise, name);

    /// <summary>Adds an <see cref="ElasticsearchSink"/>, with the container's clock.</summary>
    /// <param name="builder">The builder of the monitor.</param>
    /// <param name="configure">Sets the options; at least the URI.</param>
    /// <param name="promise">The promise to the sink.</param>
    /// <param name="name">Its name in health, logs and gaps.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static IFileMonitorBuilder AddElasticsearch(
        this IFileMonitorBuilder builder, Action<ElasticsearchSinkOptions> configure, SinkPromise promise = SinkPromise.BestEffort, string name = "elasticsearch") =>
        Add(builder, configure, static (time, options) => new ElasticsearchSink(options, time), promise, name);

    /// <summary>Adds an <see cref="OtlpLogsSink"/>, with the container's clock.</summary>
    /// <param name="builder">The builder of the monitor.</param>
    /// <param name="configure">Sets the options; at least the URI.</param>
    /// <param name="promise">The promise to the sink.</param>
    /// <param name="name">Its name in health, logs and gaps.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static IFileMonitorBuilder AddOtlpLogs(this IFileMonitorBuilder builder, Action<OtlpLogsSinkOptions> configure, SinkPromise promise = SinkPromise.BestEffort, string name = "otlp") =>
        Add(builder, configure, static (time, options) => new OtlpLogsSink(options, time), promise, name);

    private static IFileMonitorBuilder Add<TOptions>(
        IFileMonitorBuilder builder, Action<TOptions> configure, Func<TimeProvider?, TOptions, IAuditEventSink> make, SinkPromise promise, string name)
        where TOptions : new()
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);

        // A service of its own, so that the container disposes it.
        var key = new object();
        builder.Services.AddKeyedSingleton(key, (provider, _) =>
        {
            var options = new TOptions();
            configure(options);
            return make(provider.GetService<TimeProvider>(), options);
        });
        return builder.AddSink(provider => provider.GetRequiredKeyedService<IAuditEventSink>(key), promise, name);
    }
}
