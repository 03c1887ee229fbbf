using FileMonitor.Agent.Diagnostics;
using FileMonitor.Agent.Events;
using FileMonitor.Agent.Security;
using FileMonitor.Agent.Status;
using FileMonitor.Agent.Systemd;
using FileMonitor.Hosting;
using FileMonitor.JsonLines;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace FileMonitor.Agent;

/// <summary>Puts the agent together: configuration, monitors, endpoints.</summary>
internal static class AgentHost
{
    // A stop delivers what is pending, which a monitor may take its ShutdownTimeout for (30 s unless configured); then the rest.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(45);

    /// <summary>The agent, ready to run.</summary>
    /// <param name="commandLine">What it was started with.</param>
    /// <param name="configure">For tests: the last word on configuration and services.</param>
    /// <exception cref="OptionsValidationException">The configuration is wrong.</exception>
    /// <exception cref="AggregateException">Several parts of it are: one such exception for each.</exception>
    public static WebApplication Create(AgentCommandLine commandLine, Action<WebApplicationBuilder>? configure = null)
    {
        // Beside the binary, not in the directory the process happens to be started in.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        var errors = new List<string>();
        Configure(builder.Configuration, commandLine, errors);
        configure?.Invoke(builder);
        commandLine.Apply(builder.Configuration, errors);

        var options = new AgentOptionsReader(builder.Configuration, errors).Read();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(options);
        AddMonitors(builder, options, errors);

        builder.Services.AddSingleton<IValidateOptions<AgentOptions>>(new AgentOptionsCheck(errors));
        builder.Services.AddOptions<AgentOptions>().ValidateOnStart();
        AddServer(builder, options);
        Telemetry.Add(builder);
        var agent = Build(builder, errors);

        // The host would do it, too, but log it with where in the code it found out; here it is a person's mistake in a file.
        agent.Services.GetRequiredService<IStartupValidator>().Validate();
        MapEndpoints(agent);
        return agent;
    }

    private static WebApplication Build(WebApplicationBuilder builder, List<string> errors)
    {
        try
        {
            return builder.Build();
        }
        catch (InvalidOperationException) when (errors.Count > 0)
        {
            // The logging framework refuses a level, with where in its code it found out; it was said in a sentence already.
            throw new OptionsValidationException(nameof(AgentOptions), typeof(AgentOptions), errors);
        }
    }

    /// <summary>Runs it until it is told to end. That may be before it has started: the baseline of a large tree takes its time.</summary>
    public static async Task RunAsync(WebApplication agent)
    {
        // Asked for now: once it has run, it is disposed.
        var stopping = agent.Lifetime.ApplicationStopping;
        try
        {
            await agent.RunAsync();
        }
        catch (Exception cancelled) when (stopping.IsCancellationRequested && IsCancelled(cancelled))
        {
            // It was told to end while it started, and has. Nobody was promised anything yet.
        }
    }

    private static bool IsCancelled(Exception failure) =>
        failure is OperationCanceledException || (failure is AggregateException several && several.Flatten().InnerExceptions.All(one => one is OperationCanceledException));

    private static void Configure(ConfigurationManager configuration, AgentCommandLine commandLine, List<string> errors)
    {
        if (commandLine.ConfigurationFile is { } file)
        {
            if (File.Exists(file))
            {
                // After the files beside the binary; the environment and the command line still win.
                var last = configuration.Sources.LastOrDefault(source => source is JsonConfigurationSource);
                var source = new JsonConfigurationSource { Path = file };
                source.ResolveFileProvider();
                configuration.Sources.Insert(last is null ? 0 : configuration.Sources.IndexOf(last) + 1, source);
            }
            else
            {
                errors.Add($"--config ({file}): there is no such file.");
            }
        }

        configuration.AddInMemoryCollection(commandLine.Settings);
    }

    private static void AddMonitors(WebApplicationBuilder builder, AgentOptions options, List<string> errors)
    {
        var services = builder.Services;
        var section = builder.Configuration.GetSection("FileMonitor");
        services.AddSingleton(provider => new EventBuffer(
            options.EventBuffer, options.EventBufferBytes, options.MaxReaders, options.ReaderPatience, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<EventSeries>();
        services.AddSingleton<EventFeed>();

        // Before the monitors: services are stopped in reverse order, and the feed waits for what their stop still delivers.
        services.AddHostedService(provider => provider.GetRequiredService<EventFeed>());
        try
        {
            services.AddFileMonitors(section, monitor => AddJsonLinesFile(monitor, options));
        }
        catch (OptionsValidationException wrong)
        {
            errors.AddRange(wrong.Failures);
            errors.Add("For a first look: FileMonitor.Agent --root <directory>.");
        }

        services.AddHealthChecks().AddFileMonitor(StatusReport.HealthCheck);
        var names = section.GetSection("Monitors").GetChildren().Select(monitor => monitor.Key).ToList();
        services.AddSingleton<IReadOnlyList<FileSystemMonitor>>(provider => [.. names.Select(name => provider.GetRequiredKeyedService<FileSystemMonitor>(name))]);
        services.AddSingleton<StatusReport>();
        services.AddSingleton<StatusEndpoints>();
        services.AddSingleton<EventStreamEndpoint>();
        services.AddSystemd();
        services.TryAddSingleton<ISystemdNotifier, SystemdNotifier>();
        services.AddSingleton(WatchdogLimit.Read(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), Environment.GetEnvironmentVariable("WATCHDOG_PID")));
        services.AddHostedService<Watchdog>();
    }

    private static void AddJsonLinesFile(IFileMonitorBuilder monitor, AgentOptions options)
    {
        if (options.JsonLinesFiles.TryGetValue(monitor.Name, out var file))
        {
            // The container disposes it, after the monitor.
            monitor.Services.AddKeyedSingleton(monitor.Name, (_, _) => new JsonLinesFileSink(file.Path, file.Sink));
            monitor.AddSink<JsonLinesFileSink>(SinkPromise.Required);
        }
    }

    private static void AddServer(WebApplicationBuilder builder, AgentOptions options)
    {
        builder.Services.Configure<HostOptions>(host =>
        {
            host.ShutdownTimeout = ShutdownTimeout;

            // The server is the last of the services. Who asks whether the agent is alive must not have to wait for the baseline of a
            // large tree, nor end it for that.
            host.ServicesStartConcurrently = true;
        });
        builder.Logging.ClearProviders().AddConsole(console => console.FormatterName = ConsoleLine.FormatterName);
        builder.Services.AddSingleton<ConsoleFormatter, ConsoleLine>();

        // What ends the host is said once, as a sentence, by who runs it; and how the monitors are is in the monitors' own log when it
        // changes, not each time that somebody asks.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.Critical);

        // What was checked is what is listened on, whatever else would name a port, such as ASPNETCORE_HTTP_PORTS.
        builder.WebHost.UseUrls([.. options.Addresses.Select(address => address.ToString())]);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
            kestrel.Limits.MaxRequestLineSize = 4 * 1024;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);

            // Who connects and says nothing is let go soon, and there is room for many: readers of the stream, or somebody who means ill,
            // do not so easily shut out the health checks.
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(15);
            kestrel.Limits.MaxConcurrentConnections = options.MaxReaders + 1024;
        });
        builder.Services.AddSingleton<RequestGate>();
    }

    private static void MapEndpoints(WebApplication agent)
    {
        var gate = agent.Services.GetRequiredService<RequestGate>();
        var status = agent.Services.GetRequiredService<StatusEndpoints>();
        agent.Use(next => context => gate.CheckRequestAsync(context, next));
        agent.MapWhen(context => context.Request.Path == "/healthz/live", live => live.Run(status.LiveAsync));
        agent.UseDefaultFiles();
        agent.UseStaticFiles(new StaticFileOptions { OnPrepareResponse = file => file.Context.Response.Headers.CacheControl = "no-cache" });

        // From here on everything says something about the machine; also what will be added one day.
        agent.Use(next => context => gate.CheckTokenAsync(context, next));
        agent.MapGet("/healthz/ready", status.ReadyAsync);
        agent.MapGet("/api/status", status.StatusAsync);
        agent.MapGet("/api/series", status.SeriesAsync);
        agent.MapGet("/events", agent.Services.GetRequiredService<EventStreamEndpoint>().ServeAsync);
        agent.MapPrometheusScrapingEndpoint();
    }
}
