using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using FileMonitor.Agent.Events;
using FileMonitor.Agent.Queries;
using FileMonitor.Agent.Security;
using FileMonitor.JsonLines;

namespace FileMonitor.Agent.Search;

/// <summary>All that a search finds, as CSV or as JSON Lines, written while it is read.</summary>
internal sealed class ExportEndpoints(EventSearch search, EventFeed feed, TimeProvider time)
{
    private const int FlushBytes = 64 * 1024;

    private static readonly string[] Parameters = [.. SearchFilter.Parameters];

    private static readonly string[] Header =
    [
        "monitor", "sequence", "occurred_at", "told_at", "kind", "origin", "item_type", "path", "old_path", "root", "size", "sha256", "previous_sha256", "mode", "previous_mode", "owner", "group", "user",
        "program", "process_id", "gap_phase", "gap_cause", "detail", "event_id",
    ];

    public Task CsvAsync(HttpContext context) => ExportAsync(context, "text/csv; charset=utf-8", "events.csv", string.Join(',', Header) + "\r\n", WriteCsv);

    public Task JsonLinesAsync(HttpContext context) => ExportAsync(context, "application/x-ndjson; charset=utf-8", "events.jsonl", "", AuditEventJson.WriteLine);

    private async Task ExportAsync(HttpContext context, string type, string name, string head, Action<IBufferWriter<byte>, AuditEvent> write)
    {
        var query = new StrictQuery(context.Request.Query, Parameters);
        var filter = SearchFilter.Read(query, search.Monitors, time.GetUtcNow());
        if (query.Problem is { } problem)
        {
            await StrictQuery.RefuseAsync(context, problem);
            return;
        }

        // An agent that ends does not wait for whoever saves a month of events.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, feed.ReadersMustEnd);
        try
        {
            await WriteAsync(context, filter, (type, name, head, write), end.Token);
        }
        catch (OperationCanceledException) when (feed.ReadersMustEnd.IsCancellationRequested)
        {
            context.Abort();
        }
    }

    private async Task WriteAsync(HttpContext context, SearchFilter filter, (string Type, string Name, string Head, Action<IBufferWriter<byte>, AuditEvent> Write) form, CancellationToken cancellationToken)
    {
        await using var run = search.Begin(filter, before: null, isPatient: true, cancellationToken);

        // The first event before the first byte: afterwards a refusal could only be a broken connection.
        var step = await run.NextAsync(cancellationToken);
        if (run.Problems.FirstOrDefault() is { } early)
        {
            await RequestGate.RefuseAsync(context, HttpStatusCode.ServiceUnavailable, early);
            return;
        }

        context.Response.ContentType = form.Type;
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{form.Name}\"";
        var output = context.Response.BodyWriter;
        output.Write(Encoding.ASCII.GetBytes(form.Head));
        for (; step == SearchStep.Found; step = await run.NextAsync(cancellationToken))
        {
            if (run.Read() is { } found)
            {
                form.Write(output, found);
            }

            await FlushAsync(output, cancellationToken);
        }

        if (run.Problems.Any())
        {
            // An export that breaks off must not look complete.
            context.Abort();
        }
    }

    private static async ValueTask FlushAsync(PipeWriter output, CancellationToken cancellationToken)
    {
        if (output.UnflushedBytes > FlushBytes)
        {
            await output.FlushAsync(cancellationToken);
        }
    }

    private static void WriteCsv(IBufferWriter<byte> output, AuditEvent one)
    {
        string?[] fields =
        [
            one.Monitor, Text(one.Sequence), Time(one.OccurredAt), Time(one.EmittedAt), one.Kind.ToString(), one.Origin.ToString(), one.ItemType.ToString(), one.Path, one.OldPath, one.Root,
            Text(one.Size), one.Sha256, one.PreviousSha256, Mode(one.Mode), Mode(one.Previous?.Mode), one.OwnerName ?? Text(one.OwnerId), one.GroupName ?? Text(one.GroupId),
            one.Actor?.UserName ?? Text(one.Actor?.UserId), one.Actor?.Executable, Text(one.Actor?.ProcessId), one.Gap?.Phase.ToString(), one.Gap?.Cause.ToString(), one.Detail, one.Id.ToString(),
        ];
        Encoding.UTF8.GetBytes(Csv.Line(fields), output);
    }

    private static string? Text(long? number) => number?.ToString(CultureInfo.InvariantCulture);

    private static string? Mode(int? mode) => mode is { } known ? Convert.ToString(known, 8).PadLeft(4, '0') : null;

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
