using FileMonitor.Agent.Diagnostics;
using FileMonitor.Agent.Queries;
using FileMonitor.Agent.Security;
using FileMonitor.Collector.Api;
using FileMonitor.Collector.Configuration;
using FileMonitor.Collector.Diagnostics;
using FileMonitor.Collector.Incidents;
using FileMonitor.Collector.Ingest;
using FileMonitor.Collector.Storage;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;

namespace FileMonitor.Collector;

/// <summary>Puts the collector together: configuration, readers of the queues, endpoints.</summary>
internal static class CollectorHost
{
    /// <summary>The collector, ready to run.</summary>
    /// <param name="commandLine">The parsed command line.</param>
    /// <param name="errors">What was wrong with it.</param>
    /// <param name="configure">For tests: called last, to change configuration and services.</param>
    /// <exception cref="OptionsValidationException">The configuration is wrong; it has every mistake.</exception>
    public static WebApplication Create(CollectorCommandLine commandLine, List<string> errors, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, Args = ["--hostBuilder:reloadConfigOnChange=false"] });
        commandLine.Apply(builder.Configuration);
        configure?.Invoke(builder);
        var options = new CollectorOptionsReader(builder.Configuration, errors).Read();
        if (errors.Count > 0)
        {
            throw new OptionsValidationException(nameof(CollectorOptions), typeof(CollectorOptions), errors);
        }

        AddServices(builder, options);
        AddServer(builder);
        var collector = builder.Build();
        MapEndpoints(collector);
        foreach (var address in options.Addresses)
        {
            collector.Urls.Add(address.ToString());
        }

        return collector;
    }

    private static void AddServices(WebApplicationBuilder builder, CollectorOptions options)
    {
        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton(new RequestGate(options.Gate));
        services.AddSingleton<Database>();
        services.AddSingleton<ReadingState>();
        services.AddSingleton<CollectorMetrics>();
        services.AddSingleton<EventSearch>();
        services.AddSingleton<EventEndpoints>();
        services.AddSingleton<ExportEndpoints>();
        services.AddSingleton<HostEndpoints>();
        services.AddSingleton<Review>();
        services.AddHostedService(provider => provider.GetRequiredService<Review>());
        services.AddHostedService<BrokerReader>();
        services.AddSystemd();
        services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter(CollectorMetrics.MeterName).AddPrometheusExporter());
    }

    private static void AddServer(WebApplicationBuilder builder)
    {
        builder.Logging.ClearProviders().AddConsole(console => console.FormatterName = ConsoleLine.FormatterName);
        builder.Services.AddSingleton<ConsoleFormatter, ConsoleLine>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
            kestrel.Limits.MaxRequestLineSize = 8 * 1024;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(15);
            kestrel.Limits.MaxConcurrentConnections = 256;
        });
    }

    private static void MapEndpoints(WebApplication collector)
    {
        var gate = collector.Services.GetRequiredService<RequestGate>();
        var state = collector.Services.GetRequiredService<ReadingState>();
        collector.Use(next => context => gate.CheckRequestAsync(context, next));
        collector.MapWhen(context => context.Request.Path == "/healthz", health => health.Run(StrictQuery.Without(context => HealthAsync(context, state))));
        collector.UseDefaultFiles();
        collector.UseStaticFiles(new StaticFileOptions { OnPrepareResponse = file => file.Context.Response.Headers.CacheControl = "no-cache" });

        // From here on every endpoint reveals something, also those added later.
        collector.Use(next => context => gate.CheckTokenAsync(context, next));
        var events = collector.Services.GetRequiredService<EventEndpoints>();
        var hosts = collector.Services.GetRequiredService<HostEndpoints>();
        var exports = collector.Services.GetRequiredService<ExportEndpoints>();
        collector.MapGet("/api/events", Answers.Guarded(events.FindAsync));
        collector.MapGet("/api/events/{journal}/{index}", Answers.Guarded(events.GetAsync));
        collector.MapGet("/api/hosts", Answers.Guarded(hosts.HostsAsync));
        collector.MapGet("/api/incidents", Answers.Guarded(hosts.IncidentsAsync));
        collector.MapGet("/api/files", Answers.Guarded(hosts.FilesAsync));
        collector.MapGet("/export.csv", Answers.Guarded(exports.CsvAsync));
        collector.MapGet("/export.jsonl", Answers.Guarded(exports.JsonLinesAsync));
        collector.MapPrometheusScrapingEndpoint("/metrics", meterProvider: null, branch => branch.Use(next => StrictQuery.Without(next)), optionsName: null);
    }

    private static Task HealthAsync(HttpContext context, ReadingState state)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        if (state is { IsDatabaseReady: true, ConnectedSince: not null })
        {
            return context.Response.WriteAsync("The queues are read.\n", context.RequestAborted);
        }

        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return context.Response.WriteAsync(state.IsDatabaseReady ? "The broker cannot be reached.\n" : "The database cannot be reached.\n", context.RequestAborted);
    }
}
