using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FileMonitor.Agent.Events;
using FileMonitor.Agent.Queries;
using FileMonitor.Agent.Reload;
using FileMonitor.Agent.Security;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace FileMonitor.Agent.Status;

/// <summary>The endpoints that answer at once: health, status, series.</summary>
internal sealed class StatusEndpoints(StatusReport report, RootsNotAdded missing, EventSeries series, HealthCheckService health)
{
    /// <summary>The liveness probe: the process answers, and no monitor was ended by a defect.</summary>
    public Task LiveAsync(HttpContext context) => report.IsLive
        ? RefuseNothingAsync(context)
        : RequestGate.RefuseAsync(context, HttpStatusCode.ServiceUnavailable, "A monitor, or the way to its readers, has ended by an error. Start the agent again; its log says why.");

    /// <summary>The readiness probe.</summary>
    public async Task ReadyAsync(HttpContext context)
    {
        var result = await health.CheckHealthAsync(context.RequestAborted);
        var document = new ReadyDocument(
            result.Status.ToString(),
            string.Join(' ', result.Entries.Values.Select(entry => entry.Description).OfType<string>()),
            result.Entries.ToDictionary(entry => entry.Key, entry => new ReadyEntry(entry.Value.Status.ToString(), entry.Value.Description)));
        context.Response.StatusCode = (int)(result.Status == HealthStatus.Unhealthy ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK);
        await WriteAsync(context, document, AgentJson.Default.ReadyDocument);
    }

    public Task StatusAsync(HttpContext context) => WriteAsync(context, report.Read(missing), AgentJson.Default.StatusDocument);

    public Task SeriesAsync(HttpContext context)
    {
        var query = new StrictQuery(context.Request.Query, "seconds");
        var seconds = query.Number("seconds", 1, EventSeries.Seconds, otherwise: 300);
        return query.Problem is { } problem ? StrictQuery.RefuseAsync(context, problem) : WriteAsync(context, series.Read(seconds), AgentJson.Default.SeriesDocument);
    }

    private static Task RefuseNothingAsync(HttpContext context)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync("Live\n", context.RequestAborted);
    }

    private static Task WriteAsync<T>(HttpContext context, T document, JsonTypeInfo<T> type)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        return JsonSerializer.SerializeAsync(context.Response.Body, document, type, context.RequestAborted);
    }
}
