using FileMonitor.Agent.Diagnostics;
using FileMonitor.Agent.Events;
using FileMonitor.Agent.History;
using FileMonitor.Agent.Queries;
using FileMonitor.Agent.Reload;
using FileMonitor.Agent.Search;
using FileMonitor.Agent.Security;
using FileMonitor.Agent.Status;
using FileMonitor.Agent.Systemd;
using FileMonitor.Durable;
using FileMonitor.Hosting;
using FileMonitor.JsonLines;
using FileMonitor.RabbitMq;
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

    // What the page shows is in its address: place.js reads it.
    private static readonly string[] PageParameters =
        ["view", "event", "before", "monitor", "where", "text", "kind", "origin", "user", "program", "sha256", "from", "to", "sort"];

    /// <summary>The agent, ready to run.</summary>
    /// <param name="commandLine">The parsed command line.</param>
    /// <param name="configure">For tests: called last, to change configuration and services.</param>
    /// <exception cref="OptionsValidationException">The configuration is wrong; it has every mistake.</exception>
    /// <exception cref="IOException">It cannot listen where it should.</exception>
    public static WebApplication Create(AgentCommandLine commandLine, Action<WebApplicationBuilder>? configure = null)
    {
        var errors = new List<string>();
        var builder = CreateBuilder(commandLine, errors);
        configure?.Invoke(builder);
        var settings = new AgentSettings([.. builder.Configuration.Sources], commandLine);
        commandLine.Apply(builder.Configuration, errors);

        // Before anything is made or read: here the cause is a person's mistake in a file, and all mistakes belong together.
        var options = CheckedConfiguration.Read(builder.Configuration, errors).Agent;
        if (errors.Count > 0)
        {
            throw new OptionsValidationException(nameof(AgentOptions), typeof(AgentOptions), errors);
        }

        if (ListeningPlaces.FindProblem(options.Addresses) is { } problem)
        {
            throw new IOException(problem);
        }

        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(settings);
        AddMonitors(builder, options);
        AddServer(builder, options);
        Telemetry.Add(builder);
        var agent = builder.Build();
        agent.Services.GetRequiredService<IStartupValidator>().Validate();
        MapEndpoints(agent);

        // Listen on the validated addresses only, whatever else names a port, such as ASPNETCORE_HTTP_PORTS. Not by UseUrls, which writes them into the configuration, where they
        // would win when it is read again.
        foreach (var address in options.Addresses)
        {
            agent.Urls.Add(address.ToString());
        }

        // Nobody else asks for it: it only has instruments.
        _ = agent.Services.GetRequiredService<AgentMetrics>();
        return agent;
    }

    /// <summary>Checks the configuration as the start does, and what the start would find out later; starts nothing.</summary>
    /// <param name="commandLine">The parsed command line.</param>
    /// <param name="errors">Gets a sentence for each mistake.</param>
    /// <returns>How many monitors and roots there are, when nothing is wrong.</returns>
    public static (int Monitors, int Roots) Check(AgentCommandLine commandLine, List<string> errors)
    {
        var builder = CreateBuilder(commandLine, errors);
        var found = new AgentSettings([.. builder.Configuration.Sources], commandLine).Read(errors);
        using var settings = found?.Settings;
        return (found?.Read.Monitors.Count ?? 0, found?.Read.Monitors.Values.Sum(monitor => monitor.Roots.Count) ?? 0);
    }

    private static WebApplicationBuilder CreateBuilder(AgentCommandLine commandLine, List<string> errors)
    {
        // The directory of the binary, not the working directory of the process. Files are read again when somebody says so, all of them and not one.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, Args = ["--hostBuilder:reloadConfigOnChange=false"] });
        AgentSettings.Add(builder.Configuration, commandLine, errors);
        return builder;
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

    private static void AddMonitors(WebApplicationBuilder builder, AgentOptions options)
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
        services.AddSingleton<EventTallies>();
        services.AddSingleton<EventFeed>();

        // Register the feed before the monitors: services are stopped in reverse order, and the feed waits for what the monitors still deliver.
        services.AddHostedService(provider => provider.GetRequiredService<EventFeed>());
        services.AddFileMonitors(section, monitor =>
        {
            AddState(monitor, options);
            AddJsonLinesFile(monitor, options);
        });
        services.AddHealthChecks().AddFileMonitor(StatusReport.HealthCheck)
            .AddCheck<ConfigurationCheck>(ConfigurationCheck.Name)
            .AddCheck<RootsNotAdded>(RootsNotAdded.HealthCheck);
        var names = section.GetSection("Monitors").GetChildren().Select(monitor => monitor.Key).ToList();
        services.AddSingleton<IReadOnlyList<FileSystemMonitor>>(provider => [.. names.Select(name => provider.GetRequiredKeyedService<FileSystemMonitor>(name))]);
        services.AddSingleton<OfflineTally>();
        services.AddSingleton<RestartReport>();
        services.AddSingleton<StatusReport>();
        services.AddSingleton<StatusEndpoints>();
        services.AddSingleton<AgentMetrics>();
        services.AddSingleton<JournalReplay>();
        services.AddSingleton<EventStreamEndpoint>();
        AddSearch(services);
        services.AddSystemd();
        services.TryAddSingleton<ISystemdNotifier, SystemdNotifier>();
        services.AddSingleton(WatchdogLimit.Read(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), Environment.GetEnvironmentVariable("WATCHDOG_PID")));
        services.AddHostedService<Watchdog>();
        services.TryAddSingleton<ReloadRequests>();
        services.AddSingleton<RootsNotAdded>();
        services.AddSingleton<Reloader>();
        services.AddHostedService(provider => provider.GetRequiredService<Reloader>());
    }

    private static void AddSearch(IServiceCollection services)
    {
        services.TryAddSingleton(SearchLimits.Usual);
        services.AddSingleton<EventSearch>();
        services.AddSingleton<SearchGate>();
        services.AddSingleton<SearchEndpoints>();
        services.AddSingleton<DirectoryEndpoint>();
        services.AddSingleton<HistoryLedger>();
        services.AddSingleton<JournalHistory>();
        services.AddSingleton<HistoryEndpoints>();
        services.AddSingleton<IncidentWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<IncidentWatch>());
        services.AddSingleton<ExportEndpoints>();
    }

    private static void AddState(IFileMonitorBuilder monitor, AgentOptions options)
    {
        if (options.StateOf(monitor.Name) is { } directory)
        {
            monitor.AddDurableState(state =>
            {
                (state.Directory, state.VerificationInterval) = (directory, options.VerificationInterval);
                foreach (var anchor in options.Anchors?.For(monitor.Name) ?? [])
                {
                    state.Anchors.Add(anchor);
                }
            });
            if (options.RabbitMq is { } broker)
            {
                monitor.AddRabbitMq(broker);
            }
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

        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
            kestrel.Limits.MaxRequestLineSize = 8 * 1024;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);

            // Close idle connections soon and allow many, so that readers of the stream, or an attacker, do not easily shut out the health
            // checks.
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(15);
            kestrel.Limits.MaxConcurrentConnections = options.MaxReaders + 1024;
        });
        builder.Services.AddSingleton(new RequestGate(options.Gate));
    }

    private static void MapEndpoints(WebApplication agent)
    {
        var gate = agent.Services.GetRequiredService<RequestGate>();
        var status = agent.Services.GetRequiredService<StatusEndpoints>();
        agent.Use(next => context => gate.CheckRequestAsync(context, next));
        agent.MapWhen(context => context.Request.Path == "/healthz/live", live => live.Run(StrictQuery.Without(status.LiveAsync)));
        agent.UseWhen(context => context.Request.Path == "/", page => page.Use(next => StrictQuery.Only(next, PageParameters)));
        agent.UseDefaultFiles();
        agent.UseStaticFiles(new StaticFileOptions { OnPrepareResponse = file => file.Context.Response.Headers.CacheControl = "no-cache" });

        // From here on every endpoint reveals something about the machine, also those added later.
        agent.Use(next => context => gate.CheckTokenAsync(context, next));
        agent.MapGet("/healthz/ready", StrictQuery.Without(status.ReadyAsync));
        agent.MapGet("/api/status", StrictQuery.Without(status.StatusAsync));
        agent.MapGet("/api/series", status.SeriesAsync);
        agent.MapGet("/events", agent.Services.GetRequiredService<EventStreamEndpoint>().ServeAsync);
        MapSearch(agent);
        agent.MapPrometheusScrapingEndpoint("/metrics", meterProvider: null, branch => branch.Use(next => StrictQuery.Without(next)), optionsName: null);
    }

    private static void MapSearch(WebApplication agent)
    {
        var places = agent.Services.GetRequiredService<SearchGate>();
        var exports = agent.Services.GetRequiredService<ExportEndpoints>();
        var history = agent.Services.GetRequiredService<HistoryEndpoints>();
        agent.MapGet("/api/history", history.HistoryAsync);
        agent.MapGet("/api/incidents", history.IncidentsAsync);
        agent.MapGet("/api/events", places.Search(agent.Services.GetRequiredService<SearchEndpoints>().FindAsync));
        agent.MapGet("/api/directories", places.Search(agent.Services.GetRequiredService<DirectoryEndpoint>().CountAsync));
        agent.MapGet("/export.csv", places.Export(exports.CsvAsync));
        agent.MapGet("/export.jsonl", places.Export(exports.JsonLinesAsync));
    }
}
