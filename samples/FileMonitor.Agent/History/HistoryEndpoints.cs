using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FileMonitor.Agent.Queries;
using FileMonitor.Agent.Status;

namespace FileMonitor.Agent.History;

/// <summary><c>/api/history</c> and <c>/api/incidents</c>: what the monitors did in the last hours, and what went wrong.</summary>
internal sealed class HistoryEndpoints(
    IReadOnlyList<FileSystemMonitor> monitors, AgentOptions options, JournalHistory journals, HistoryLedger ledger, IncidentWatch watch, TimeProvider time)
{
    private const int MostIncidents = 500;

    public Task HistoryAsync(HttpContext context) => AnswerAsync(context, AgentJson.Default.HistoryDocument, (from, to) => new(from, to, [.. monitors.Select(monitor => Describe(monitor.Name, from, to))]));

    public Task IncidentsAsync(HttpContext context) => AnswerAsync(context, AgentJson.Default.IncidentsDocument, (from, _) =>
    {
        var all = monitors.SelectMany(monitor => Incidents.Of(monitor.Name, Timeline.Of(PastOf(monitor.Name), ledger.Read(monitor.Name)), options.StateDirectory is not null))
            .Concat(watch.Read())
            .Where(one => one.End == Incidents.Open || (one.Until ?? one.Since) >= from)
            .OrderBy(one => one.End != Incidents.Open).ThenByDescending(one => one.Since)
            .Take(MostIncidents + 1).ToList();
        return new(from, monitors.All(monitor => PastOf(monitor.Name).IsRead), all.Count > MostIncidents, [.. all.Take(MostIncidents)]);
    });

    private async Task AnswerAsync<T>(HttpContext context, JsonTypeInfo<T> type, Func<DateTimeOffset, DateTimeOffset, T> make)
    {
        var query = new StrictQuery(context.Request.Query, "hours");
        var hours = query.Number("hours", 1, (int)JournalHistory.Reach.TotalHours, 24);
        if (query.Problem is { } problem)
        {
            await StrictQuery.RefuseAsync(context, problem);
            return;
        }

        // What cannot be read at once is there the next time.
        await journals.EnsureAsync(context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var now = time.GetUtcNow();
        context.Response.ContentType = "application/json; charset=utf-8";
        await JsonSerializer.SerializeAsync(context.Response.Body, make(now.AddHours(-hours), now), type, context.RequestAborted);
    }

    private MonitorHistory Describe(string monitor, DateTimeOffset from, DateTimeOffset to)
    {
        var (past, present) = (PastOf(monitor), ledger.Read(monitor));
        return new(monitor, past.IsRead, past.Problem, Segments.Of(Timeline.Of(past, present), past, present, from, to));
    }

    private MonitorPast PastOf(string monitor) =>
        options.StateDirectory is null ? MonitorPast.None : journals.Find(monitor) ?? new([], null, IsRead: false, null);
}
