using System.Net;
using FileMonitor.Agent.Events;
using FileMonitor.Agent.Status;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace FileMonitor.Agent.Tests.Events;

public sealed class EventFeedTests
{
    [Fact]
    public async Task Readers_are_woken_every_15_seconds()
    {
        using var script = new BufferScript(capacity: 8);
        using var feed = new EventFeed([], script.Buffer, new EventTallies(new EventSeries(script.Time), new Status.OfflineTally(), new Agent.History.HistoryLedger(script.Time)), new AgentOptions(), script.Time, NullLogger<EventFeed>.Instance);
        using var reader = script.Open();
        await feed.StartingAsync(TestContext.Current.CancellationToken);

        for (var beat = 0; beat < 3; beat++)
        {
            var reading = BufferScript.ReadAsync(reader);
            script.Time.Advance(TimeSpan.FromSeconds(14.9));
            Assert.False(reading.IsCompleted);
            script.Time.Advance(TimeSpan.FromSeconds(0.1));
            Assert.Equal("", await reading);
        }
    }

    [Fact]
    public async Task At_the_end_readers_have_as_long_as_they_always_have()
    {
        using var script = new BufferScript(capacity: 8);
        using var feed = new EventFeed([], script.Buffer, new EventTallies(new EventSeries(script.Time), new Status.OfflineTally(), new Agent.History.HistoryLedger(script.Time)), new AgentOptions { ReaderPatience = TimeSpan.FromSeconds(3) }, script.Time, NullLogger<EventFeed>.Instance);
        using var reader = script.Open();
        await feed.StartingAsync(TestContext.Current.CancellationToken);
        script.Publish(1);

        await feed.StoppingAsync(TestContext.Current.CancellationToken);

        script.Time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.Equal("1 end", await BufferScript.ReadAsync(reader));
        Assert.False(feed.ReadersMustEnd.IsCancellationRequested);
        script.Time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.True(feed.ReadersMustEnd.IsCancellationRequested);
    }

    [Fact]
    public async Task A_defect_on_the_way_to_the_readers_is_not_silent()
    {
        await using var agent = await RunningAgent.StartAsync();
        agent.Services.GetRequiredService<EventBuffer>().Dispose();
        await File.WriteAllTextAsync(Path.Join(agent.Root, "a"), "1", TestContext.Current.CancellationToken);

        await Wait.UntilAsync(() => !agent.Services.GetRequiredService<StatusReport>().IsLive);
        using var answer = await agent.GetAsync("/healthz/live");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
    }
}
