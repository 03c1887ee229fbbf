using System.Buffers;
using System.Text.Json;
using FileMonitor.Agent.Queries;
using FileMonitor.JsonLines;

namespace FileMonitor.Agent.Search;

/// <summary><c>/api/events</c>: a page of what is searched for, or the one event of a number.</summary>
internal sealed class SearchEndpoints(EventSearch search, TimeProvider time)
{
    private const int MostPerPage = 1_000;
    private const int UsualPerPage = 100;

    private static readonly string[] Parameters = [.. SearchFilter.Parameters, "limit", "before", "sort"];

    // Of one page: what is behind it may be older, longer or larger.
    private static readonly string[] Orders = ["time", "path", "size"];

    public async Task FindAsync(HttpContext context)
    {
        var query = new StrictQuery(context.Request.Query, Parameters);
        var filter = SearchFilter.Read(query, search.Monitors, time.GetUtcNow());
        var limit = query.Number("limit", 1, MostPerPage, UsualPerPage);
        var order = query.OneOf("sort", Orders, "order of events");
        var before = ReadCursor(query);
        if (query.Problem is { } problem)
        {
            await StrictQuery.RefuseAsync(context, problem);
            return;
        }

        if (filter.Sequence is not null)
        {
            var (one, why) = await search.FindOneAsync(filter, context.RequestAborted);
            await WriteAsync(context, one is null ? [] : [one], run: null, why is null ? [] : [why]);
            return;
        }

        await using var run = search.Begin(filter, before, isPatient: false, context.RequestAborted);
        var events = new List<AuditEvent>(limit);
        while (events.Count < limit && await run.NextAsync(context.RequestAborted) == SearchStep.Found)
        {
            if (run.Read() is { } found)
            {
                events.Add(found);
            }
        }

        await WriteAsync(context, Ordered(events, order), run, run.Problems);
    }

    private SearchCursor? ReadCursor(StrictQuery query)
    {
        if (query.Text("before") is not { } text)
        {
            return null;
        }

        var cursor = search.Parse(text);
        if (cursor is null)
        {
            query.Refuse("before", "before is none that an answer gave as next, for the monitors and journals that there are now; search again without it.");
        }

        return cursor;
    }

    private static IEnumerable<AuditEvent> Ordered(List<AuditEvent> events, string? order) => order switch
    {
        "path" => events.OrderBy(one => one.Path, StringComparer.Ordinal),
        "size" => events.OrderByDescending(one => one.Size ?? -1),
        _ => events,
    };

    private async Task WriteAsync(HttpContext context, IEnumerable<AuditEvent> events, SearchRun? run, IEnumerable<string> problems)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteStartArray("events"u8);
            foreach (var one in events)
            {
                JsonSerializer.Serialize(json, one, AuditEventJson.TypeInfo);
            }

            json.WriteEndArray();
            json.WriteString("next"u8, run is { IsDone: false } ? search.CursorOf(run) : null);
            if (run?.LookedBackTo is { } back)
            {
                json.WriteString("searchedBackTo"u8, back);
            }
            else
            {
                json.WriteNull("searchedBackTo"u8);
            }

            json.WriteStartArray("problems"u8);
            foreach (var problem in problems)
            {
                json.WriteStringValue(problem);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        await context.Response.Body.WriteAsync(output.WrittenMemory, context.RequestAborted);
    }
}
