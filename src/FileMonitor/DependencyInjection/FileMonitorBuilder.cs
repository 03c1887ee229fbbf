using System.Diagnostics.CodeAnalysis;
using FileMonitor.Extending;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace FileMonitor;

internal sealed class FileMonitorBuilder(string name, IServiceCollection services) : IFileMonitorBuilder
{
    public string Name => name;

    public IServiceCollection Services => services;

    public IFileMonitorBuilder AddSink<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TSink>(SinkPromise promise)
        where TSink : class, IAuditEventSink
    {
        if (name.Length == 0)
        {
            services.TryAddSingleton<TSink>();
            return Configure(parts => parts.Set(new(provider => provider.GetRequiredService<TSink>(), promise, typeof(TSink).Name, typeof(TSink))));
        }

        services.TryAddKeyedSingleton<TSink>(name);
        return Configure(parts => parts.Set(new(provider => provider.GetRequiredKeyedService<TSink>(name), promise, typeof(TSink).Name, typeof(TSink))));
    }

    public IFileMonitorBuilder AddSink(Func<IServiceProvider, IAuditEventSink> factory, SinkPromise promise, string? name)
    {
        ArgumentNullException.ThrowIfNull(factory);
        return Configure(parts => parts.Sinks.Add(new(factory, promise, name)));
    }

    public IFileMonitorBuilder AddHandler<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(Action<HandlerOptions> configure)
        where THandler : class, IAuditEventHandler
    {
        ArgumentNullException.ThrowIfNull(configure);
        services.TryAddScoped<THandler>();
        return Add(static (provider, auditEvent, token) => provider.GetRequiredService<THandler>().HandleAsync(auditEvent, token), typeof(THandler).Name, configure);
    }

    public IFileMonitorBuilder AddHandler(Func<IServiceProvider, AuditEvent, CancellationToken, Task> handle, Action<HandlerOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(handle);
        ArgumentNullException.ThrowIfNull(configure);
        return Add(handle, "handler", configure);
    }

    private FileMonitorBuilder Add(Func<IServiceProvider, AuditEvent, CancellationToken, Task> handle, string handlerName, Action<HandlerOptions> configure) =>
        Configure(parts => parts.Handlers.Add(new(handle, handlerName, configure)));

    public IFileMonitorBuilder UseSource(Func<IServiceProvider, IChangeSource> factory)
    {
        ArgumentNullException.ThrowIfNull(factory);
        return Configure(parts => parts.Source = factory);
    }

    public IFileMonitorBuilder UseFileView(Func<IServiceProvider, IFileView> factory)
    {
        ArgumentNullException.ThrowIfNull(factory);
        return Configure(parts => parts.FileView = factory);
    }

    private FileMonitorBuilder Configure(Action<FileMonitorParts> configure)
    {
        services.Configure(name, configure);
        return this;
    }
}
