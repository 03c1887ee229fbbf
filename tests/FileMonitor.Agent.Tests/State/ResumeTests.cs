using FileMonitor.Agent.Events;
using FileMonitor.Agent.Tests.Events;
using FileMonitor.Durable;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace FileMonitor.Agent.Tests.State;

/// <summary>A reader of /events goes on after its last event, whether or not the agent was started again and the buffer still has it.</summary>
public sealed class ResumeTests : IDisposable
{
    private readonly AgentRuns _runs = new();

    [Fact]
    public async Task After_a_restart_a_reader_gets_what_came_after_its_last_event()
    {
        string id;
        await using (var first = await _runs.StartAsync())
        {
            await first.WriteAsync("a", "b", "c");
            await using var reader = await EventStreamClient.OpenAsync(first, "?recent=3");
            Assert.Equal("Created a", await reader.NextInWordsAsync());
            id = reader.LastEventId;
        }

        await File.WriteAllTextAsync(_runs.PathOf("meanwhile"), "x", TestContext.Current.CancellationToken);
        await using var second = await _runs.StartAsync();
        await using var again = await EventStreamClient.OpenAsync(second, lastEventId: id);

        Assert.Equal(["Created b", "Created c", "Created meanwhile"], [await again.NextInWordsAsync(), await again.NextInWordsAsync(), await again.NextInWordsAsync()]);
        await second.WriteAsync("d");
        Assert.Equal("Created d", await again.NextInWordsAsync());

        // Also when the connection breaks while it is given what is in the journal.
        await using var third = await EventStreamClient.OpenAsync(second, lastEventId: id);
        Assert.Equal("Created b", await third.NextInWordsAsync());
        await using var fourth = await EventStreamClient.OpenAsync(second, lastEventId: third.LastEventId);
        Assert.Equal("Created c", await fourth.NextInWordsAsync());
        Assert.Equal(0, (await second.GetJsonAsync("/api/status")).GetProperty("events").GetProperty("missed").GetInt64());
    }

    [Theory]
    [InlineData("?recent=3", "Created b, Deleted a, Created c, Created d")]
    [InlineData("?recent=200", "Created a, Created b, Deleted a, Created c, Created d")]
    [InlineData("?recent=3&kind=Created", "Created b, Created c, Created d")]
    [InlineData("?recent=1", "Created c, Created d")]
    [InlineData("", "Created d")]
    public async Task A_new_reader_gets_the_last_events_of_the_runs_before_from_the_journal(string query, string expected)
    {
        await using (var first = await _runs.StartAsync())
        {
            await first.WriteAsync("a", "b");
            File.Delete(_runs.PathOf("a"));
            await using var reader = await EventStreamClient.OpenAsync(first, "?kind=Deleted&recent=1");
            Assert.Equal("Deleted a", await reader.NextInWordsAsync());
        }

        await using var second = await _runs.StartAsync();
        await second.WriteAsync("c");
        await using var late = await EventStreamClient.OpenAsync(second, query);
        await second.WriteAsync("d");

        foreach (var one in expected.Split(", "))
        {
            Assert.Equal(one, await late.NextInWordsAsync());
        }

        Assert.DoesNotContain(StreamPlace.FromJournals, late.LastEventId, StringComparison.Ordinal);
        Assert.Equal(0, (await second.GetJsonAsync("/api/status")).GetProperty("events").GetProperty("missed").GetInt64());
    }

    [Fact]
    public async Task A_reader_that_had_no_event_yet_goes_on_from_where_it_began()
    {
        string id;
        await using (var first = await _runs.StartAsync())
        {
            await first.WriteAsync("a");
            await using var reader = await EventStreamClient.OpenAsync(first, "?kind=Deleted");
            id = first.Services.GetRequiredService<EventBuffer>().GetState().LatestId;
            await first.WriteAsync("b");
        }

        await using var second = await _runs.StartAsync();
        await using var again = await EventStreamClient.OpenAsync(second, lastEventId: id);

        Assert.Equal("Created b", await again.NextInWordsAsync());
    }

    [Fact]
    public async Task An_id_of_a_start_without_events_has_its_place_in_the_journal()
    {
        await using (var first = await _runs.StartAsync())
        {
            await first.WriteAsync("a");
        }

        string id;
        await using (var second = await _runs.StartAsync())
        {
            id = second.Services.GetRequiredService<EventBuffer>().GetState().LatestId;
            Assert.Contains("~default~1~", id, StringComparison.Ordinal);
        }

        await File.WriteAllTextAsync(_runs.PathOf("b"), "x", TestContext.Current.CancellationToken);
        await using var third = await _runs.StartAsync();
        await using var again = await EventStreamClient.OpenAsync(third, lastEventId: id);

        Assert.Equal("Created b", await again.NextInWordsAsync());
    }

    [Fact]
    public async Task A_reader_that_was_away_for_longer_than_the_buffer_misses_nothing()
    {
        _runs.Settings["Agent:EventBuffer"] = "16";
        await using var agent = await _runs.StartAsync();
        await agent.WriteAsync("first");
        await using var early = await EventStreamClient.OpenAsync(agent, "?recent=1");
        await early.NextAsync();
        var names = Enumerable.Range(1, 20).Select(number => $"{number}").ToArray();
        await agent.WriteAsync(names);

        await using var late = await EventStreamClient.OpenAsync(agent, lastEventId: early.LastEventId);

        foreach (var name in names)
        {
            Assert.Equal($"Created {name}", await late.NextInWordsAsync());
        }
    }

    [Fact]
    public async Task Filters_hold_for_what_comes_from_the_journal()
    {
        string id;
        await using (var first = await _runs.StartAsync())
        {
            await first.WriteAsync("a");
            id = first.Services.GetRequiredService<EventBuffer>().GetState().LatestId;
            await first.WriteAsync("b");
            File.Delete(_runs.PathOf("b"));
            await first.WriteAsync("c");
        }

        await using var second = await _runs.StartAsync();
        await using var deletions = await EventStreamClient.OpenAsync(second, "?kind=Deleted", lastEventId: id);

        Assert.Equal("Deleted b", await deletions.NextInWordsAsync());
    }

    [Fact]
    public async Task With_several_monitors_each_is_gone_on_with_from_its_own_place()
    {
        var other = _runs.Subdirectory("other");
        _runs.Settings["FileMonitor:Monitors:other:Roots:0:Path"] = other;
        string id;
        await using (var first = await _runs.StartAsync())
        {
            await first.WriteAsync("a");
            id = first.Services.GetRequiredService<EventBuffer>().GetState().LatestId;
            await first.WriteAsync("b");
        }

        await File.WriteAllTextAsync(Path.Join(other, "of-other"), "x", TestContext.Current.CancellationToken);
        await using var second = await _runs.StartAsync();
        await using var again = await EventStreamClient.OpenAsync(second, lastEventId: id);

        Assert.Equal(["Created b", "Created of-other"], [await again.NextInWordsAsync(), await again.NextInWordsAsync()]);
    }

    [Fact]
    public async Task A_reader_of_another_journal_is_told_that_nobody_knows_what_it_missed()
    {
        string id;
        await using (var first = await _runs.StartAsync())
        {
            await first.WriteAsync("a", "b");
            id = first.Services.GetRequiredService<EventBuffer>().GetState().LatestId;
        }

        Directory.Delete(_runs.StateDirectory, recursive: true);
        await using var second = await _runs.StartAsync();
        await second.WriteAsync("c", "d", "e");
        await using var again = await EventStreamClient.OpenAsync(second, lastEventId: id);

        Assert.Equal("missed ", await again.NextInWordsAsync());
        Assert.Equal("Created c", await again.NextInWordsAsync());
    }

    [Fact]
    public async Task Where_the_journal_does_not_keep_them_a_reader_is_told_how_many_it_missed()
    {
        string id;
        await using (var first = await _runs.StartAsync(builder => builder.Services.Configure<DurableStateOptions>("default", state => state.SegmentBytes = 64 * 1024)))
        {
            await first.WriteAsync("a");
            id = first.Services.GetRequiredService<EventBuffer>().GetState().LatestId;
            for (var number = 0; number < 300; number++)
            {
                await File.WriteAllTextAsync(_runs.PathOf($"{number}"), "x", TestContext.Current.CancellationToken);
                if (number % 60 == 59)
                {
                    // A segment ends with a commit, and a busy machine may commit all of them at once.
                    await first.WriteAsync($"flush-{number}");
                }
            }

            await first.WriteAsync("z");
        }

        var segments = Directory.GetFiles(_runs.State, "*.ndjson").Order(StringComparer.Ordinal).ToList();
        Assert.True(segments.Count > 2);
        File.Delete(segments[0]);
        File.Delete(Path.ChangeExtension(segments[0], "checkpoint"));
        await using var second = await _runs.StartAsync();
        await using var again = await EventStreamClient.OpenAsync(second, lastEventId: id);

        var missed = await again.NextInWordsAsync();
        Assert.Matches("^missed [1-9][0-9]*$", missed);
        var next = await again.NextAsync();
        Assert.Contains($"\"sequence\":{1 + int.Parse(missed["missed ".Length..], null) + 1},", next!.Value.Data, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x~default~~")]
    [InlineData("x~default~-1~")]
    [InlineData("x~default~99999999999999999999~")]
    [InlineData("x~default~1~zzzzzzzz")]
    [InlineData("x~nobody~1~00000000")]
    [InlineData("~~~~~~~~~~")]
    [InlineData("x~default~9223372036854775807~00000000")]
    public async Task An_id_that_is_made_up_does_no_harm(string id)
    {
        await using var agent = await _runs.StartAsync();
        await agent.WriteAsync("a");
        await using var reader = await EventStreamClient.OpenAsync(agent, lastEventId: id);

        Assert.Equal("missed ", await reader.NextInWordsAsync());
        Assert.Equal("Created a", await reader.NextInWordsAsync());
    }

    public void Dispose() => _runs.Dispose();
}
