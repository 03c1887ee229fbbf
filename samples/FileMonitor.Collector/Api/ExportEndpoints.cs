using System.Globalization;
using System.Text;
using System.Text.Json;
using FileMonitor.Agent.Queries;
using FileMonitor.Collector.Storage;

namespace FileMonitor.Collector.Api;

/// <summary>All that a search finds, as CSV or as JSON Lines, page by page while it is read.</summary>
internal sealed class ExportEndpoints(EventSearch search)
{
    private static readonly string[] Parameters = [.. EventFilter.Parameters];

    private static readonly string[] Header =
        ["host", "journal", "index", "occurred_at", "stored_at", "proved", "kind", "origin", "path", "old_path", "root", "sha256", "user", "program", "process_id", "event_id"];

    public Task CsvAsync(HttpContext context) => ExportAsync(context, "text/csv; charset=utf-8", "events.csv", string.Join(',', Header) + "\r\n", CsvLine);

    public Task JsonLinesAsync(HttpContext context) => ExportAsync(context, "application/x-ndjson; charset=utf-8", "events.jsonl", "", JsonLine);

    private async Task ExportAsync(HttpContext context, string type, string name, string head, Func<FoundRecord, string> line)
    {
        var query = new StrictQuery(context.Request.Query, Parameters);
        var filter = EventFilter.Read(query) with { Limit = EventFilter.MostPerPage };
        if (query.Problem is { } problem)
        {
            await StrictQuery.RefuseAsync(context, problem);
            return;
        }

        // The first page before the first byte: afterwards a refusal could only be a broken connection.
        var (records, isMore) = await search.FindAsync(filter, context.RequestAborted);
        context.Response.ContentType = type;
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{name}\"";
        await context.Response.WriteAsync(head, context.RequestAborted);
        for (; ; )
        {
            await context.Response.WriteAsync(string.Concat(records.Select(line)), context.RequestAborted);
            if (!isMore)
            {
                return;
            }

            (records, isMore) = await search.FindAsync(filter with { After = records[^1].Cursor }, context.RequestAborted);
        }
    }

    private static string CsvLine(FoundRecord record)
    {
        var columns = RecordColumns.TryRead(record.Line)!;
        string?[] fields =
        [
            record.Host, record.Origin, record.Index.ToString(CultureInfo.InvariantCulture), Time(record.OccurredAt), Time(record.StoredAt), record.IsProved ? "yes" : "no", columns.Kind, columns.Origin,
            columns.Path, columns.OldPath, columns.Root, columns.Sha256 is null ? null : Convert.ToHexStringLower(columns.Sha256), columns.User, columns.Program,
            columns.ProcessId?.ToString(CultureInfo.InvariantCulture), columns.Id?.ToString(),
        ];
        return Csv.Line(fields);
    }

    private static string JsonLine(FoundRecord record)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            EventJson.Write(json, record);
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length) + "\n";
    }

    private static string? Time(DateTime? time) => time?.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
