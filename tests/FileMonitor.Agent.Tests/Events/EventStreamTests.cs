using System.Net;
using System.Text;
using FileMonitor.Agent.Events;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace FileMonitor.Agent.Tests.Events;

public sealed class EventStreamTests
{
    [Fact]
    public async Task What_happens_is_told_as_an_event_with_an_id()
    {
        await using var agent = await RunningAgent.StartAsync();
        await using var reader = await EventStreamClient.OpenAsync(agent);

        await agent.WriteAsync("a.txt");
        var told = Assert.NotNull(await reader.NextAsync());

        Assert.Equal("audit", told.EventType);
        Assert.Equal(agent.Services.GetRequiredService<EventBuffer>().Epoch + "-1", told.EventId);
        Assert.Contains("\"relativePath\":\"a.txt\"", told.Data, StringComparison.Ordinal);
        Assert.Contains("\"monitor\":\"default\"", told.Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_id_a_reader_begins_now_or_some_events_ago()
    {
        await using var agent = await RunningAgent.StartAsync();
        await agent.WriteAsync("a", "b", "c");
        await using var now = await EventStreamClient.OpenAsync(agent);
        await using var recent = await EventStreamClient.OpenAsync(agent, "?recent=2");

        await agent.WriteAsync("d");

        Assert.Equal("Created d", await now.NextInWordsAsync());
        Assert.Equal("Created b", await recent.NextInWordsAsync());
        Assert.Equal("Created c", await recent.NextInWordsAsync());
        Assert.Equal("Created d", await recent.NextInWordsAsync());
    }

    [Fact]
    public async Task A_reader_goes_on_after_its_last_event_by_header_or_by_address()
    {
        await using var agent = await RunningAgent.StartAsync();
        await agent.WriteAsync("a", "b", "c");
        await using var first = await EventStreamClient.OpenAsync(agent, "?recent=3");
        await first.NextAsync();

        await using var byHeader = await EventStreamClient.OpenAsync(agent, "?lastEventId=ffffffffffff-1", lastEventId: first.LastEventId);
        await using var byAddress = await EventStreamClient.OpenAsync(agent, "?lastEventId=" + first.LastEventId);

        Assert.Equal("Created b", await byHeader.NextInWordsAsync());
        Assert.Equal("Created b", await byAddress.NextInWordsAsync());
    }

    [Fact]
    public async Task A_reader_that_was_told_nothing_yet_still_knows_where_to_go_on()
    {
        await using var agent = await RunningAgent.StartAsync();
        await agent.WriteAsync("a", "b");
        await using var first = await EventStreamClient.OpenAsync(agent, "?kind=Deleted");
        await agent.WriteAsync("c");
        File.Delete(Path.Join(agent.Root, "a"));
        Assert.Equal("Deleted a", await first.NextInWordsAsync());

        // What a connection that breaks before its first event would have had.
        var position = first.LastEventId.Replace("-4", "-2", StringComparison.Ordinal);
        await using var again = await EventStreamClient.OpenAsync(agent, lastEventId: position);

        Assert.Equal("Created c", await again.NextInWordsAsync());
    }

    [Fact]
    public async Task A_reader_that_was_away_for_too_long_is_told_how_many_events_it_missed()
    {
        await using var agent = await RunningAgent.StartAsync(new Dictionary<string, string?> { ["Agent:EventBuffer"] = "16" });
        await agent.WriteAsync("first");
        await using var early = await EventStreamClient.OpenAsync(agent, "?recent=1");
        await early.NextAsync();
        await agent.WriteAsync([.. Enumerable.Range(1, 20).Select(number => $"{number}")]);

        await using var late = await EventStreamClient.OpenAsync(agent, lastEventId: early.LastEventId);

        // 21 in all, it had one, 16 are kept.
        Assert.Equal("missed 4", await late.NextInWordsAsync());
        var missedId = late.LastEventId;
        Assert.Equal("Created 5", await late.NextInWordsAsync());

        // Where the connection breaks after the notice, it is not told a second time.
        await using var again = await EventStreamClient.OpenAsync(agent, lastEventId: missedId);
        Assert.Equal("Created 5", await again.NextInWordsAsync());
        Assert.Equal(4, (await agent.GetJsonAsync("/api/status")).GetProperty("events").GetProperty("missed").GetInt64());
    }

    [Fact]
    public async Task A_reader_of_another_run_is_told_that_nobody_knows_what_it_missed()
    {
        await using var agent = await RunningAgent.StartAsync();
        await agent.WriteAsync("a");

        await using var reader = await EventStreamClient.OpenAsync(agent, lastEventId: "ffffffffffff-1");

        Assert.Equal("missed ", await reader.NextInWordsAsync());
        Assert.Equal("Created a", await reader.NextInWordsAsync());

        // How many is not known, that it happened is.
        var state = agent.Services.GetRequiredService<EventBuffer>().GetState();
        Assert.Equal((0, 1), (state.Missed, state.Interruptions));
    }

    [Fact]
    public async Task Events_can_be_chosen_by_kind_and_by_monitor()
    {
        var other = Directory.CreateTempSubdirectory("agent-");
        try
        {
            await using var agent = await RunningAgent.StartAsync(new Dictionary<string, string?> { ["FileMonitor:Monitors:other:Roots:0:Path"] = other.FullName });
            await using var deletions = await EventStreamClient.OpenAsync(agent, "?kind=deleted");
            await using var others = await EventStreamClient.OpenAsync(agent, "?monitor=other");

            await agent.WriteAsync("a");
            File.Delete(Path.Join(agent.Root, "a"));
            await File.WriteAllTextAsync(Path.Join(other.FullName, "b"), "b", TestContext.Current.CancellationToken);

            Assert.Equal("Deleted a", await deletions.NextInWordsAsync());
            Assert.Equal("Created b", await others.NextInWordsAsync());
        }
        finally
        {
            other.Delete(recursive: true);
        }
    }

    // A set of kinds, not a number made of them: Modified and Deleted are no Renamed.
    [Fact]
    public async Task Several_kinds_are_a_set()
    {
        await using var agent = await RunningAgent.StartAsync();
        await using var chosen = await EventStreamClient.OpenAsync(agent, "?kind=Modified,Deleted");

        await agent.WriteAsync("a");
        await File.AppendAllTextAsync(Path.Join(agent.Root, "a"), "more", TestContext.Current.CancellationToken);
        await agent.Monitor.FlushAsync(TestContext.Current.CancellationToken);
        File.Move(Path.Join(agent.Root, "a"), Path.Join(agent.Root, "b"));
        await agent.Monitor.FlushAsync(TestContext.Current.CancellationToken);
        File.Delete(Path.Join(agent.Root, "b"));

        Assert.Equal("Modified a", await chosen.NextInWordsAsync());
        Assert.Equal("Deleted b", await chosen.NextInWordsAsync());
    }

    [Fact]
    public async Task One_reader_too_many_is_asked_to_come_back_later()
    {
        await using var agent = await RunningAgent.StartAsync(new Dictionary<string, string?> { ["Agent:MaxReaders"] = "1" });
        await using (await EventStreamClient.OpenAsync(agent))
        {
            using var refused = await agent.GetAsync("/events");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.NotNull(refused.Headers.RetryAfter);
        }

        // The place is free again when the server has noticed that the reader has gone.
        var buffer = agent.Services.GetRequiredService<EventBuffer>();
        await Wait.UntilAsync(() => buffer.GetState().Readers <= 0);

        await using var next = await EventStreamClient.OpenAsync(agent);
    }

    [Fact]
    public async Task A_reader_that_is_woken_gives_a_sign_of_life_and_says_how_far_it_is()
    {
        await using var agent = await RunningAgent.StartAsync();
        var buffer = agent.Services.GetRequiredService<EventBuffer>();
        using var response = await agent.GetAsync("/events?kind=Deleted");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        Assert.Equal(["retry: 2000", $"id: {buffer.Epoch}-0"], await ReadBlockAsync(reader));

        Assert.Equal([": "], await BeatAsync(buffer, reader));

        // Filtered out; without the id the reader would one day ask for what comes after an event that is long gone.
        await buffer.PublishAsync("default", AuditEventKind.Created, "{}\n"u8.ToArray());
        Assert.Equal([": ", $"id: {buffer.Epoch}-1"], await BeatAsync(buffer, reader));
        Assert.Equal([": "], await BeatAsync(buffer, reader));
    }

    [Theory]
    [InlineData("<img src=x onerror=alert(1)>&\"'.txt")]
    [InlineData("\u202Egnp.exe")]
    [InlineData("\u001B[2J\u001B]0;title\u0007")]
    [InlineData("a\ndata: {}\n\nevent: audit\r\n\u0001")]
    [InlineData("\u2028\u2029\u0085\u007F")]
    public async Task A_hostile_name_is_escaped_to_plain_ascii(string name)
    {
        await using var agent = await RunningAgent.StartAsync();
        name = name.Replace('/', '_');
        await agent.WriteAsync(name);
        await using (var reader = await EventStreamClient.OpenAsync(agent, "?recent=1"))
        {
            Assert.Equal($"Created {name}", await reader.NextInWordsAsync());
        }

        using var response = await agent.GetAsync("/events?recent=1");
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken), Encoding.Latin1);
        await ReadBlockAsync(lines);
        var block = await ReadBlockAsync(lines);

        Assert.Equal(3, block.Count);
        Assert.All(block, line => Assert.DoesNotContain(line, one => one is < ' ' or > '~' or '<' or '>' or '&' or '\''));
    }

    [Fact]
    public async Task When_the_agent_stops_readers_get_what_is_pending_and_then_their_end()
    {
        await using var agent = await RunningAgent.StartAsync(new Dictionary<string, string?>
        {
            ["FileMonitor:Monitors:default:Debounce:QuietPeriod"] = "00:30:00",
            ["FileMonitor:Monitors:default:Debounce:MaxDelay"] = "00:30:00",
            ["FileMonitor:Monitors:default:Debounce:FinishedDelay"] = "00:30:00",
        });
        await using var reader = await EventStreamClient.OpenAsync(agent);
        await File.WriteAllTextAsync(Path.Join(agent.Root, "a"), "a", TestContext.Current.CancellationToken);
        await Wait.UntilAsync(() => agent.Monitor.GetHealth().PendingPaths != 0);

        var stopping = agent.StopAsync();

        Assert.Equal("Created a", await reader.NextInWordsAsync());
        Assert.Equal("end", await reader.NextInWordsAsync());
        await stopping;
    }

    [Fact]
    public async Task A_reader_that_does_not_read_does_not_hold_up_the_stop()
    {
        await using var agent = await RunningAgent.StartAsync(new Dictionary<string, string?> { ["Agent:ReaderPatience"] = "00:00:00.05" });
        using var stuck = await RawConnection.OpenAsync(agent.Address, receiveBuffer: 4_096);
        await stuck.SendAsync("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
        var buffer = agent.Services.GetRequiredService<EventBuffer>();
        await Wait.UntilAsync(() => buffer.GetState().Readers != 0);

        // More than the connection takes, in the system's buffers on both ends, and than one reader is given at once.
        for (var at = 0; at < 20_000; at++)
        {
            await buffer.PublishAsync("default", AuditEventKind.Created, new byte[1_024]);
        }

        // Far below the 45 seconds after which the host gives up.
        await agent.StopAsync().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }

    /// <summary>Wakes the reader once, as the clock does, and gives what it is sent.</summary>
    private static async Task<List<string>> BeatAsync(EventBuffer buffer, StreamReader reader)
    {
        await Wait.UntilAsync(() => buffer.Wake() != 0);

        return await ReadBlockAsync(reader);
    }

    private static async Task<List<string>> ReadBlockAsync(StreamReader reader)
    {
        var block = new List<string>();
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { Length: > 0 } line)
        {
            block.Add(line);
        }

        return block;
    }
}
