using System.Globalization;
using FileMonitor.Agent.Queries;

namespace FileMonitor.Collector.Api;

/// <summary>Searches events, and shows one.</summary>
internal sealed class EventEndpoints(EventSearch search)
{
    private static readonly string[] Parameters = [.. EventFilter.Parameters, "limit", "cursor"];

    public async Task FindAsync(HttpContext context)
    {
        var query = new StrictQuery(context.Request.Query, Parameters);
        var filter = EventFilter.Read(query);
        if (query.Problem is { } problem)
        {
            await StrictQuery.RefuseAsync(context, problem);
            return;
        }

        var (records, isMore) = await search.FindAsync(filter, context.RequestAborted);
        await Answers.JsonAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("events"u8);
            records.ForEach(record => EventJson.Write(json, record));
            json.WriteEndArray();
            if (isMore)
            {
                json.WriteString("next"u8, records[^1].Cursor.ToString());
            }

            json.WriteEndObject();
        });
    }

    public async Task GetAsync(HttpContext context)
    {
        var query = new StrictQuery(context.Request.Query);
        if (query.Problem is { } problem)
        {
            await StrictQuery.RefuseAsync(context, problem);
            return;
        }

        var isPlace = int.TryParse((string?)context.Request.RouteValues["journal"], NumberStyles.None, CultureInfo.InvariantCulture, out var journal)
            & long.TryParse((string?)context.Request.RouteValues["index"], NumberStyles.None, CultureInfo.InvariantCulture, out var index);
        if (isPlace && await search.GetAsync(journal, index, context.RequestAborted) is { } record)
        {
            await Answers.JsonAsync(context, json => EventJson.Write(json, record));
        }
        else
        {
            await Answers.NotFoundAsync(context, "There is no such record.");
        }
    }
}
