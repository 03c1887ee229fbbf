using System.Text.Json;
using Xunit;

namespace FileMonitor.Agent.Tests.Search;

/// <summary>A page that <c>/api/events</c> answered.</summary>
internal sealed class FoundPage(JsonElement answer)
{
    /// <summary>The events in words, such as <c>Created a.txt</c>.</summary>
    public IReadOnlyList<string> Words { get; } =
        [.. answer.GetProperty("events").EnumerateArray().Select(one => $"{one.GetProperty("kind")} {one.GetProperty("relativePath")}".TrimEnd())];

    public JsonElement Events => answer.GetProperty("events");

    public string? Next => answer.GetProperty("next").GetString();

    public DateTimeOffset? SearchedBackTo => answer.GetProperty("searchedBackTo") is { ValueKind: JsonValueKind.String } time ? time.GetDateTimeOffset() : null;

    public IReadOnlyList<string> Problems => [.. answer.GetProperty("problems").EnumerateArray().Select(one => one.GetString()!)];

    public static async Task<FoundPage> AskAsync(RunningAgent agent, string query = "") => new(await agent.GetJsonAsync("/api/events" + query));

    /// <summary>Page by page to the end, with so many requests at most.</summary>
    public static async Task<List<string>> AskAllAsync(RunningAgent agent, string query, int most = 100)
    {
        var words = new List<string>();
        for (var (page, asked) = (await AskAsync(agent, query), 1); ; asked++)
        {
            Assert.Empty(page.Problems);
            words.AddRange(page.Words);
            if (page.Next is not { } next)
            {
                return words;
            }

            Assert.InRange(asked, 1, most);
            page = await AskAsync(agent, $"{query}&before={next}");
        }
    }
}
