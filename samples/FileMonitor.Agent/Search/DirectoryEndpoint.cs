using System.Text.Json;
using FileMonitor.Agent.Queries;
using FileMonitor.Agent.Status;

namespace FileMonitor.Agent.Search;

/// <summary>The answer of <c>/api/directories</c>.</summary>
/// <param name="From">Since when changes are counted; null for all that is kept.</param>
/// <param name="CountedBackTo">Everything that was told after this was counted; null when there was nothing.</param>
/// <param name="IsComplete">Whether all was counted; otherwise there was no time for what is older.</param>
/// <param name="Total">How many changes were counted.</param>
/// <param name="Directories">The directories in which most changed, most first.</param>
/// <param name="Problems">What could not be looked at, a sentence each.</param>
internal sealed record DirectoriesDocument(
    DateTimeOffset? From, DateTimeOffset? CountedBackTo, bool IsComplete, long Total, IReadOnlyList<DirectoryCount> Directories, IReadOnlyList<string> Problems);

/// <summary><c>/api/directories</c>: where most changed, of what a search finds.</summary>
internal sealed class DirectoryEndpoint(EventSearch search, TimeProvider time)
{
    private const int Room = 1_024;
    private const int MostHours = 24 * 31;
    private const int UsualHours = 24;

    private static readonly string[] Parameters = [.. SearchFilter.Parameters, "hours", "limit"];

    public async Task CountAsync(HttpContext context)
    {
        var query = new StrictQuery(context.Request.Query, Parameters);
        var hasTimes = query.Text("from") is not null || query.Text("to") is not null;
        var hours = query.Number("hours", 1, MostHours, UsualHours);
        var limit = query.Number("limit", 1, 100, 20);
        var filter = SearchFilter.Read(query, search.Monitors, time.GetUtcNow(), hasTimes ? null : hours);
        if (hasTimes && query.Text("hours") is not null)
        {
            query.Refuse("hours", "hours and from or to are both given; give one.");
        }

        if (query.Problem is { } problem)
        {
            await StrictQuery.RefuseAsync(context, problem);
            return;
        }

        var top = new TopDirectories(Room);
        await using var run = search.Begin(filter, before: null, isPatient: false, context.RequestAborted);
        var step = await run.NextAsync(context.RequestAborted);
        for (; step == SearchStep.Found; step = await run.NextAsync(context.RequestAborted))
        {
            Add(top, run.Columns);
        }

        context.Response.ContentType = "application/json; charset=utf-8";
        var document = new DirectoriesDocument(filter.From, run.LookedBackTo, step == SearchStep.End, top.Total, top.Most(limit), [.. run.Problems]);
        await JsonSerializer.SerializeAsync(context.Response.Body, document, AgentJson.Default.DirectoriesDocument, context.RequestAborted);
    }

    private static void Add(TopDirectories top, EventColumns one)
    {
        // A gap is none of a file, and a baseline no change.
        if (one.Path is not { } path || one.Kind is nameof(AuditEventKind.Gap) or nameof(AuditEventKind.RootLost) or nameof(AuditEventKind.RootRestored) or nameof(AuditEventKind.Baseline))
        {
            return;
        }

        var directory = DirectoryOf(path);
        top.Add(directory);
        if (one.OldPath is { } before && DirectoryOf(before) is var old && old != directory)
        {
            top.Add(old);
        }
    }

    private static string DirectoryOf(string path) => Path.GetDirectoryName(path) is { Length: > 0 } directory ? directory : path;
}
