using System.Net;
using System.Text.Json;
using FileMonitor.Agent.Queries;
using Npgsql;

namespace FileMonitor.Collector.Api;

/// <summary>How every address answers: JSON, or a problem in words where there is no answer.</summary>
internal static class Answers
{
    private const string QueryCanceled = "57014";

    /// <summary>Runs a handler, and says plainly when the database has no answer.</summary>
    public static RequestDelegate Guarded(Func<HttpContext, Task> handle) => async context =>
    {
        try
        {
            await handle(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody waits any more.
        }
        catch (PostgresException slow) when (slow.SqlState == QueryCanceled)
        {
            await ProblemAsync(context, HttpStatusCode.GatewayTimeout, "The database had no answer in time",
                "The search was ended because it took longer than Collector:QueryTimeout. Narrow it by a host, a time, or a longer path.");
        }
        catch (Exception lost) when (lost is NpgsqlException or TimeoutException or IOException)
        {
            await ProblemAsync(context, HttpStatusCode.ServiceUnavailable, "The database cannot be reached", "The database does not answer. Messages wait in the broker meanwhile; try again later.");
        }
    };

    public static async Task JsonAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        using var buffer = new MemoryStream();
        await using (var json = new Utf8JsonWriter(buffer))
        {
            write(json);
        }

        await context.Response.Body.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), context.RequestAborted);
    }

    public static Task NotFoundAsync(HttpContext context, string detail) => ProblemAsync(context, HttpStatusCode.NotFound, "Not found", detail);

    private static async Task ProblemAsync(HttpContext context, HttpStatusCode status, string title, string detail)
    {
        if (context.Response.HasStarted)
        {
            // An export that breaks off must not look complete.
            context.Abort();
            return;
        }

        context.Response.StatusCode = (int)status;
        context.Response.ContentType = "application/problem+json; charset=utf-8";
        await JsonSerializer.SerializeAsync(
            context.Response.Body, new QueryProblem("about:blank", title, (int)status, detail, "", DidYouMean: null), QueryJson.Default.QueryProblem, context.RequestAborted);
    }
}
