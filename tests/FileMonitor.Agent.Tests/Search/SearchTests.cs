using System.Net;
using FileMonitor.Agent.Search;
using FileMonitor.Agent.Tests.State;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace FileMonitor.Agent.Tests.Search;

/// <summary>What was told is found, the newest first, each once, whether it is in the buffer or in a journal.</summary>
public sealed class SearchTests : IDisposable
{
    private readonly AgentRuns _runs = new();

    [Fact]
    public async Task Without_state_the_buffer_is_searched_page_by_page_while_others_come()
    {
        await using var agent = await RunningAgent.StartAsync();
        await agent.WriteAsync("a", "b", "c", "d", "e");

        var first = await FoundPage.AskAsync(agent, "?limit=2");
        await agent.WriteAsync("f");
        var second = await FoundPage.AskAsync(agent, $"?limit=2&before={first.Next}");
        var third = await FoundPage.AskAsync(agent, $"?limit=2&before={second.Next}");

        Assert.Equal(["Created e", "Created d"], first.Words);
        Assert.Equal(["Created c", "Created b"], second.Words);
        Assert.Equal(["Created a"], third.Words);
        Assert.NotNull(third.SearchedBackTo);
        Assert.Null(third.Next);
    }

    [Fact]
    public async Task Runs_before_are_searched_in_the_journal_and_nothing_comes_twice()
    {
        await using (var first = await _runs.StartAsync())
        {
            await first.WriteAsync("a", "b", "c");
        }

        await File.WriteAllTextAsync(_runs.PathOf("meanwhile"), "x", TestContext.Current.CancellationToken);
        string? next;
        await using (var second = await _runs.StartAsync())
        {
            await second.WriteAsync("d", "e");
            Assert.Equal(["Created e", "Created d", "Created meanwhile", "Created c", "Created b", "Created a"], (await FoundPage.AskAsync(second)).Words);
            Assert.Equal(["Created meanwhile"], (await FoundPage.AskAsync(second, "?origin=Offline")).Words);
            foreach (var limit in new[] { 1, 2, 4, 5, 6 })
            {
                Assert.Equal(6, (await FoundPage.AskAllAsync(second, $"?limit={limit}")).Distinct().Count());
            }

            next = (await FoundPage.AskAsync(second, "?limit=2")).Next;
        }

        // The journal is the same one after a restart, and so is the place in it.
        await using var third = await _runs.StartAsync();
        await third.WriteAsync("f");
        Assert.Equal(["Created meanwhile", "Created c", "Created b", "Created a"], (await FoundPage.AskAsync(third, $"?before={next}")).Words);
    }

    [Fact]
    public async Task A_cursor_of_another_journal_or_another_run_without_state_is_refused()
    {
        string? ofBuffer, ofJournal;
        await using (var plain = await RunningAgent.StartAsync())
        {
            await plain.WriteAsync("a", "b");
            ofBuffer = (await FoundPage.AskAsync(plain, "?limit=1")).Next;
        }

        await using (var first = await _runs.StartAsync())
        {
            await first.WriteAsync("a", "b");
            ofJournal = (await FoundPage.AskAsync(first, "?limit=1")).Next;
        }

        Directory.Delete(_runs.State, recursive: true);
        await using var agent = await _runs.StartAsync();
        foreach (var cursor in new[] { ofBuffer, ofJournal, "AAAA", "!", new string('A', 3_000) })
        {
            using var answer = await agent.GetAsync($"/api/events?before={Uri.EscapeDataString(cursor!)}");
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            Assert.Contains("search again without it", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Who_has_no_time_is_told_how_far_was_looked_and_gets_on_with_each_request()
    {
        await using (var first = await _runs.StartAsync())
        {
            await first.WriteAsync("needle");
            foreach (var number in Enumerable.Range(0, 600))
            {
                await File.WriteAllTextAsync(_runs.PathOf($"hay-{number}"), "x", TestContext.Current.CancellationToken);
            }

            await first.WriteAsync("last");
        }

        await using var agent = await _runs.StartAsync(builder => builder.Services.AddSingleton(new SearchLimits(TimeSpan.Zero, 4, 2)));
        var page = await FoundPage.AskAsync(agent, "?text=needle");

        Assert.Empty(page.Words);
        Assert.NotNull(page.Next);
        var newest = (await FoundPage.AskAsync(agent, "?limit=1")).Events[0].GetProperty("emittedAt").GetDateTimeOffset();
        Assert.InRange(page.SearchedBackTo!.Value, newest.AddMinutes(-10), newest.AddTicks(-1));
        Assert.Equal(["Created needle"], await FoundPage.AskAllAsync(agent, "?text=needle", most: 10));
        Assert.Equal(602, (await FoundPage.AskAllAsync(agent, "?kind=Created&limit=1000", most: 10)).Count);
    }

    [Fact]
    public async Task Of_several_monitors_the_newest_comes_first_and_one_of_them_may_be_asked_for()
    {
        var other = _runs.Subdirectory("other");
        _runs.Settings["FileMonitor:Monitors:other:Roots:0:Path"] = other;
        _runs.Settings["FileMonitor:Monitors:other:Debounce:QuietPeriod"] = "00:00:00.030";
        await using var agent = await _runs.StartAsync();
        await agent.WriteAsync("a", "b");
        await File.WriteAllTextAsync(Path.Join(other, "c"), "x", TestContext.Current.CancellationToken);
        await agent.Services.GetRequiredKeyedService<FileSystemMonitor>("other").FlushAsync(TestContext.Current.CancellationToken);
        await agent.WriteAsync("d");

        Assert.Equal(["Created d", "Created c", "Created b", "Created a"], await FoundPage.AskAllAsync(agent, "?limit=1"));
        Assert.Equal(["Created c"], await FoundPage.AskAllAsync(agent, "?limit=1&monitor=other"));
        Assert.Equal(["Created d", "Created b", "Created a"], await FoundPage.AskAllAsync(agent, "?limit=2&monitor=default"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_event_is_found_by_its_number_and_only_if_it_is_that_one(bool hasState)
    {
        await using var agent = hasState ? await _runs.StartAsync() : await RunningAgent.StartAsync();
        await agent.WriteAsync("a", "b", "c");
        var all = (await FoundPage.AskAsync(agent)).Events.EnumerateArray().ToList();
        var (id, sequence) = (all[1].GetProperty("id").GetString(), all[1].GetProperty("sequence").GetInt64());

        Assert.Equal(["Created b"], (await FoundPage.AskAsync(agent, $"?monitor=default&sequence={sequence}&id={id}")).Words);
        Assert.Empty((await FoundPage.AskAsync(agent, $"?monitor=default&sequence={sequence}&id={Guid.NewGuid()}")).Words);
        Assert.Empty((await FoundPage.AskAsync(agent, $"?monitor=default&sequence={sequence + 7}")).Words);
    }

    [Fact]
    public async Task A_lost_root_and_its_gap_are_found_as_any_event()
    {
        await using var agent = await _runs.StartAsync();
        Directory.Move(_runs.Root, _runs.Root + "-away");
        await Wait.UntilAsync(() => agent.Monitor.GetHealth().OpenGaps.Count > 0);
        Directory.Move(_runs.Root + "-away", _runs.Root);
        await Wait.UntilAsync(() => agent.Monitor.GetHealth().OpenGaps.Count == 0);
        await agent.WriteAsync("a");

        var found = (await FoundPage.AskAsync(agent, "?kind=Gap,RootLost,RootRestored")).Words;
        Assert.Equal(["Gap", "Gap", "RootLost", "RootRestored"], found.Order(StringComparer.Ordinal));
        Assert.Equal(2, (await FoundPage.AskAsync(agent, "?kind=Gap")).Words.Count);
    }

    [Fact]
    public async Task A_page_may_be_sorted()
    {
        await using var agent = await RunningAgent.StartAsync();
        await agent.WriteAsync("bb", "ccc", "a");

        Assert.Equal(["Created a", "Created ccc", "Created bb"], (await FoundPage.AskAsync(agent, "?sort=time")).Words);
        Assert.Equal(["Created a", "Created bb", "Created ccc"], (await FoundPage.AskAsync(agent, "?sort=path")).Words);
        Assert.Equal(["Created ccc", "Created bb", "Created a"], (await FoundPage.AskAsync(agent, "?sort=size")).Words);
    }

    [Fact]
    public async Task A_journal_that_cannot_be_read_is_said_beside_what_was_found()
    {
        await using var agent = await _runs.StartAsync();
        await agent.WriteAsync("a");
        var segment = Directory.GetFiles(_runs.State, "*.ndjson").Single();
        var text = await File.ReadAllTextAsync(segment, TestContext.Current.CancellationToken);
        await using (var file = new FileStream(segment, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.Position = text.IndexOf('\n', StringComparison.Ordinal) + 1;
            file.WriteByte((byte)'x');
        }

        var page = await FoundPage.AskAsync(agent);

        Assert.Equal(["Created a"], page.Words);
        Assert.Contains("verify it", Assert.Single(page.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_journal_that_was_cut_off_is_said_wherever_it_is_read()
    {
        await using var agent = await _runs.StartAsync();
        await agent.WriteAsync("a", "b");
        var sequence = (await FoundPage.AskAsync(agent)).Events[0].GetProperty("sequence").GetInt64();
        var segment = Directory.GetFiles(_runs.State, "*.ndjson").Single();
        await using (var file = new FileStream(segment, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.SetLength(file.Length - 100);
        }

        Assert.Contains("cannot be read", Assert.Single((await FoundPage.AskAsync(agent)).Problems), StringComparison.Ordinal);
        Assert.Contains("cannot be read", Assert.Single((await FoundPage.AskAsync(agent, $"?monitor=default&sequence={sequence}")).Problems), StringComparison.Ordinal);
        Assert.Null((await FoundPage.AskAsync(agent)).Next);
        var history = (await agent.GetJsonAsync("/api/history")).GetProperty("monitors")[0];
        Assert.Contains("cannot be read", history.GetProperty("problem").GetString(), StringComparison.Ordinal);
        using var export = await agent.GetAsync("/export.jsonl");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, export.StatusCode);
    }

    [Fact]
    public async Task More_searches_than_may_run_at_once_are_told_to_come_back()
    {
        using var gate = new SearchGate(new SearchLimits(TimeSpan.FromSeconds(2), 1, 1));
        var entered = new TaskCompletionSource();
        var leave = new TaskCompletionSource();
        var search = gate.Search(async _ =>
        {
            entered.SetResult();
            await leave.Task;
        });
        var first = search(new DefaultHttpContext());
        await entered.Task;

        var second = new DefaultHttpContext();
        await search(second);

        Assert.Equal((503, "2"), (second.Response.StatusCode, second.Response.Headers.RetryAfter.ToString()));
        var export = new DefaultHttpContext();
        await gate.Export(_ => Task.CompletedTask)(export);
        Assert.Equal(200, export.Response.StatusCode);
        leave.SetResult();
        await first;
        var third = new DefaultHttpContext();
        await gate.Search(_ => Task.CompletedTask)(third);
        Assert.Equal(200, third.Response.StatusCode);
    }

    [Fact]
    public void A_cursor_is_read_as_it_was_written_and_nothing_else_is_one()
    {
        byte[] name = [1, 2, 3, 4, 5, 6, 7, 8];
        var cursor = new SearchCursor([0, 127, 128, long.MaxValue]);

        var text = cursor.ToText(name);

        Assert.Equal(cursor.Places, SearchCursor.TryParse(text, name, 4)!.Places);
        Assert.Null(SearchCursor.TryParse(text, name, 3));
        Assert.Null(SearchCursor.TryParse(text, name, 5));
        Assert.Null(SearchCursor.TryParse(text, [8, .. name[1..]], 4));
        foreach (var wrong in new[] { "", "A", text[..^1], text + "AA", "~~~~", Convert.ToBase64String([.. name, .. Enumerable.Repeat((byte)0xFF, 40)]) })
        {
            Assert.Null(SearchCursor.TryParse(wrong, name, 4));
        }
    }

    public void Dispose() => _runs.Dispose();
}
