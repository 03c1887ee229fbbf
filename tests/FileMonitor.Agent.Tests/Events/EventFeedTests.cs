using FileMonitor.Agent.Events;
using Xunit;

namespace FileMonitor.Agent.Tests.Events;

public sealed class EventFeedTests
{
    [Fact]
    public async Task Readers_are_woken_every_15_seconds()
    {
        using var script = new BufferScript(capacity: 8);
        using var feed = new EventFeed([], script.Buffer, new EventSeries(script.Time), new AgentOptions(), script.Time);
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
        using var feed = new EventFeed([], script.Buffer, new EventSeries(script.Time), new AgentOptions { ReaderPatience = TimeSpan.FromSeconds(3) }, script.Time);
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
}
