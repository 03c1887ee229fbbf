using System.Text;
using Xunit;
using static FileMonitor.Agent.Tests.Events.BufferScript;

namespace FileMonitor.Agent.Tests.Events;

/// <summary>What a reader gets, while nobody has to be waited for.</summary>
public sealed class EventBufferTests
{
    [Fact]
    public async Task A_reader_gets_what_is_published_from_now_on()
    {
        using var script = new BufferScript(capacity: 8);
        script.Publish(2);
        using var reader = script.Open();

        script.Publish(2);

        Assert.Equal("3 4", await ReadAsync(reader));
    }

    [Fact]
    public async Task Every_reader_gets_everything()
    {
        using var script = new BufferScript(capacity: 8);
        using var one = script.Open();
        using var other = script.Open();

        script.Publish(3);

        Assert.Equal("1 2 3", await ReadAsync(one));
        Assert.Equal("1 2 3", await ReadAsync(other));
    }

    [Fact]
    public async Task A_reader_waits_until_there_is_something()
    {
        using var script = new BufferScript(capacity: 8);
        using var reader = script.Open();
        var reading = ReadAsync(reader);
        Assert.False(reading.IsCompleted);

        script.Publish(1);

        Assert.Equal("1", await reading);
    }

    [Fact]
    public async Task A_reader_that_is_woken_gets_an_empty_batch_and_loses_nothing()
    {
        using var script = new BufferScript(capacity: 8);
        using var reader = script.Open();
        var reading = ReadAsync(reader);

        script.Buffer.Wake();
        Assert.Equal("", await reading);

        script.Publish(1);
        Assert.Equal("1", await ReadAsync(reader));
    }

    [Theory]
    [InlineData(1, "6")]
    [InlineData(3, "4 5 6")]
    [InlineData(5, "2 3 4 5 6")]
    [InlineData(100, "2 3 4 5 6")]
    public async Task A_reader_may_begin_with_recent_events_as_far_as_there_are(int recent, string expected)
    {
        using var script = new BufferScript(capacity: 5);
        script.Publish(6);

        using var reader = script.Open(recent: recent);

        Assert.Equal(expected, await ReadAsync(reader));
    }

    [Theory]
    [InlineData(0, "-1 2 3 4")]
    [InlineData(1, "2 3 4")]
    [InlineData(3, "4")]
    public async Task A_reader_that_comes_back_goes_on_after_what_it_has_or_is_told_what_it_missed(int last, string expected)
    {
        using var script = new BufferScript(capacity: 3);
        script.Publish(4);

        using var reader = script.Open(script.Buffer.IdOf(last));

        Assert.Equal(expected, await ReadAsync(reader));
    }

    [Fact]
    public async Task A_reader_that_has_everything_waits_when_it_comes_back()
    {
        using var script = new BufferScript(capacity: 3);
        script.Publish(4);
        using var reader = script.Open(script.Buffer.IdOf(4));
        var reading = ReadAsync(reader);
        Assert.False(reading.IsCompleted);

        script.Publish(1);

        Assert.Equal("5", await reading);
    }

    [Theory]
    [InlineData("0123456789ab-2")]
    [InlineData("EPOCH-5")]
    [InlineData("EPOCH--1")]
    [InlineData("EPOCH-")]
    [InlineData("EPOCH-9223372036854775808")]
    [InlineData("EPOCH")]
    [InlineData("nonsense")]
    public async Task A_reader_of_another_run_is_told_so_once_and_gets_what_there_is(string id)
    {
        using var script = new BufferScript(capacity: 3);
        script.Publish(4);

        using var reader = script.Open(id.Replace("EPOCH", script.Buffer.Epoch, StringComparison.Ordinal));
        Assert.Equal("0 2 3 4", await ReadAsync(reader));

        script.Publish(1);
        Assert.Equal("5", await ReadAsync(reader));
    }

    [Fact]
    public void There_are_no_more_readers_than_may_be()
    {
        using var script = new BufferScript(capacity: 3, maxReaders: 2);
        using var one = script.Open();
        using (script.Open())
        {
            Assert.Null(script.Buffer.Open(lastEventId: null, recent: 0));
        }

        using var again = script.Open();
    }

    [Fact]
    public async Task At_the_end_a_reader_gets_the_rest_and_then_its_end()
    {
        using var script = new BufferScript(capacity: 8);
        using var reader = script.Open();
        using var waiting = script.Open(script.Buffer.IdOf(0));
        script.Publish(2);
        Assert.Equal("1 2", await ReadAsync(waiting));
        var end = ReadAsync(waiting);

        script.Buffer.Complete();

        Assert.Equal("1 2 end", await ReadAsync(reader));
        Assert.Equal("end", await end);
    }

    [Fact]
    public async Task Long_events_are_kept_for_a_shorter_time()
    {
        using var script = new BufferScript(capacity: 100, maxBytes: 1_000);
        for (var at = 0; at < 6; at++)
        {
            await script.PublishAsync(new string('.', 400));
        }

        Assert.Equal(2, script.Buffer.GetState().Buffered);
        using var reader = script.Open(script.Buffer.IdOf(1));
        Assert.Equal("-3 5 6", await ReadAsync(reader));
    }

    [Fact]
    public async Task An_event_that_is_longer_than_the_buffer_is_published_all_the_same()
    {
        using var script = new BufferScript(capacity: 100, maxBytes: 1_000);
        using var reader = script.Open();

        await script.PublishAsync(new string('.', 5_000));

        Assert.Equal("1", await ReadAsync(reader));
    }

    [Fact]
    public async Task An_event_is_a_whole_server_sent_event_with_its_id()
    {
        using var script = new BufferScript(capacity: 8);
        using var reader = script.Open();
        script.Publish(1);

        var batch = await reader.ReadAsync(TestContext.Current.CancellationToken);

        Assert.Equal($"id: {script.Buffer.Epoch}-1\nevent: audit\ndata: 1\n\n", Encoding.ASCII.GetString(batch.Events[0].Frame));
        Assert.Equal(script.Buffer.Epoch + "-1", script.Buffer.GetState().LatestId);
    }
}
