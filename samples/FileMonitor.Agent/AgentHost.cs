using FileMonitor.Agent.Diagnostics;
using FileMonitor.Agent.Events;
using FileMonitor.Agent.Security;
using FileMonitor.Agent.Status;
using FileMonitor.Agent.Systemd;
using FileMonitor.Durable;
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
    // A stop delivers pending changes, which may take a monitor its ShutdownTimeout (30 s by default); then the rest.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(45);

    /// <summary>The agent, ready to run.</summary>
    /// <param name="commandLine">The parsed command line.</param>
    /// <param name="configure">For tests: called last, to change configuration and services.</param>
    /// <exception cref="OptionsValidationException">The configuration is wrong.</exception>
    /// <exception cref="AggregateException">Several parts of the configuration are wrong: one such exception for each.</exception>
    public static WebApplication Create(AgentCommandLine commandLine, Action<WebApplicationBuilder>? configure = null)
    {
        // The directory of the binary, not the working directory of the process.
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

        // The host would validate, too, but log a stack trace; here the cause is a person's mistake in a file.
        agent.Services.GetRequiredService<IStartupValidator>().Validate();
        MapEndpoints(agent);

        // Nobody else asks for it: it only has instruments.
        _ = agent.Services.GetRequiredService<AgentMetrics>();
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
            // The logging framework throws for an unknown level, with a stack trace; the error is already in the list as a sentence.
            throw new OptionsValidationException(nameof(AgentOptions), typeof(AgentOptions), errors);
        }
    }

    /// <summary>Runs the agent until it is asked to end. That may be before it has started: the baseline of a large tree takes time.</summary>
    public static async Task RunAsync(WebApplication agent)
    {
        // Read the token now: after the run the agent is disposed.
        var stopping = agent.Lifetime.ApplicationStopping;
        try
        {
            await agent.RunAsync();
        }
        catch (Exception cancelled) when (stopping.IsCancellationRequested && IsCancelled(cancelled))
        {
            // The agent was asked to end while it started. Nothing was promised yet.
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
            options.EventBuffer,
            options.EventBufferBytes,
            options.MaxReaders,
            options.ReaderPatience,
            provider.GetRequiredService<TimeProvider>(),
            options.StateDirectory is null ? StreamPlace.None : StreamPlace.Of(provider.GetRequiredService<IReadOnlyList<FileSystemMonitor>>().Select(monitor => monitor.Name))));
        services.AddSingleton<EventSeries>();
        services.AddSingleton<EventFeed>();

        // Register the feed before the monitors: services are stopped in reverse order, and the feed waits for what the monitors still deliver.
        services.AddHostedService(provider => provider.GetRequiredService<EventFeed>());
        try
        {
            services.AddFileMonitors(section, monitor =>
            {
                AddState(monitor, options);
                AddJsonLinesFile(monitor, options);
            });
        }
        catch (OptionsValidationException wrong)
        {
            errors.AddRange(wrong.Failures);
            errors.Add("For a first look: FileMonitor.Agent --root <directory>.");
        }

        services.AddHealthChecks().AddFileMonitor(StatusReport.HealthCheck);
        var names = section.GetSection("Monitors").GetChildren().Select(monitor => monitor.Key).ToList();
        services.AddSingleton<IReadOnlyList<FileSystemMonitor>>(provider => [.. names.Select(name => provider.GetRequiredKeyedService<FileSystemMonitor>(name))]);
        services.AddSingleton<OfflineTally>();
        services.AddSingleton<StateFiles>();
        services.AddSingleton<RestartReport>();
        services.AddSingleton<StatusReport>();
        services.AddSingleton<StatusEndpoints>();
        services.AddSingleton<AgentMetrics>();
        services.AddSingleton<JournalReplay>();
        services.AddSingleton<EventStreamEndpoint>();
        services.AddSystemd();
        services.TryAddSingleton<ISystemdNotifier, SystemdNotifier>();
        services.AddSingleton(WatchdogLimit.Read(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), Environment.GetEnvironmentVariable("WATCHDOG_PID")));
        services.AddHostedService<Watchdog>();
    }

    private static void AddState(IFileMonitorBuilder monitor, AgentOptions options)
    {
        if (options.StateOf(monitor.Name) is { } directory)
        {
            monitor.AddDurableState(state => state.Directory = directory);
        }
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

            // The server starts last. A liveness probe must not have to wait for the baseline of a large tree, and then end the process.
            host.ServicesStartConcurrently = true;
        });
        builder.Logging.ClearProviders().AddConsole(console => console.FormatterName = ConsoleLine.FormatterName);
        builder.Services.AddSingleton<ConsoleFormatter, ConsoleLine>();

        // The caller reports a failure of the host once, as a sentence. The log has the health of monitors when it changes, not at every
        // request.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.Critical);

        // Listen on the validated addresses only, whatever else names a port, such as ASPNETCORE_HTTP_PORTS.
        builder.WebHost.UseUrls([.. options.Addresses.Select(address => address.ToString())]);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
            kestrel.Limits.MaxRequestLineSize = 4 * 1024;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);

            // Close idle connections soon and allow many, so that readers of the stream, or an attacker, do not easily shut out the health
            // checks.
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

        // From here on every endpoint reveals something about the machine, also those added later.
        agent.Use(next => context => gate.CheckTokenAsync(context, next));
        agent.MapGet("/healthz/ready", status.ReadyAsync);
        agent.MapGet("/api/status", status.StatusAsync);
        agent.MapGet("/api/series", status.SeriesAsync);
        agent.MapGet("/events", agent.Services.GetRequiredService<EventStreamEndpoint>().ServeAsync);
        agent.MapPrometheusScrapingEndpoint();
    }
}
