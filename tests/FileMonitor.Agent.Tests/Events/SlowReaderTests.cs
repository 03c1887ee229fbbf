using Xunit;
using static FileMonitor.Agent.Tests.Events.BufferScript;

namespace FileMonitor.Agent.Tests.Events;

/// <summary>Who is waited for, for how long, and what it is told afterwards.</summary>
public sealed class SlowReaderTests
{
    private static readonly TimeSpan ALittle = TimeSpan.FromMilliseconds(1);

    [Fact]
    public async Task A_publisher_waits_for_a_reader_that_has_not_read_what_it_would_overwrite()
    {
        using var script = new BufferScript(capacity: 4);
        using var reader = script.Open();
        script.Publish(4);
        var publishing = script.PublishAsync();
        Assert.False(publishing.IsCompleted);

        Assert.Equal("1 2 3 4", await ReadAsync(reader));

        await publishing;
        Assert.Equal("5", await ReadAsync(reader));
    }

    [Fact]
    public async Task A_reader_is_left_behind_when_patience_is_over_and_not_before()
    {
        using var script = new BufferScript(capacity: 4);
        using var reader = script.Open();
        script.Publish(4);
        var publishing = script.PublishAsync();

        script.Time.Advance(Patience - ALittle);
        Assert.False(publishing.IsCompleted);
        script.Time.Advance(ALittle);
        await publishing;

        // Nobody waits for it again, however far it falls behind.
        script.Publish(10);
        Assert.Equal("-11 12 13 14 15", await ReadAsync(reader));
        Assert.Equal(11, script.Buffer.GetState().Missed);
    }

    [Fact]
    public async Task A_reader_that_has_caught_up_is_waited_for_again()
    {
        using var script = new BufferScript(capacity: 4);
        using var reader = script.Open();
        await LeaveBehindAsync(script);
        Assert.Equal("-1 2 3 4 5", await ReadAsync(reader));

        script.Publish(4);
        var publishing = script.PublishAsync();
        Assert.False(publishing.IsCompleted);
        script.Time.Advance(Patience - ALittle);
        Assert.False(publishing.IsCompleted);

        Assert.Equal("6 7 8 9", await ReadAsync(reader));
        await publishing;
    }

    [Fact]
    public async Task A_reader_that_was_left_behind_and_reads_on_is_not_waited_for_before_it_has_read_everything()
    {
        using var script = new BufferScript(capacity: 1_000);
        using var reader = script.Open();
        script.Publish(1_000);
        var publishing = script.PublishAsync();
        script.Time.Advance(Patience);
        await publishing;

        // One batch of 256 is not everything.
        Assert.StartsWith("-1 2 3", await ReadAsync(reader), StringComparison.Ordinal);
        script.Publish(1_000);

        Assert.StartsWith("-744 1002", await ReadAsync(reader), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_that_never_reads_holds_up_the_others_once()
    {
        using var script = new BufferScript(capacity: 4);
        using var stuck = script.Open();
        using var reader = script.Open();
        script.Publish(4);
        Assert.Equal("1 2 3 4", await ReadAsync(reader));
        var publishing = script.PublishAsync();
        script.Time.Advance(Patience);
        await publishing;

        for (var number = 5; number < 100; number++)
        {
            Assert.Equal($"{number}", await ReadAsync(reader));
            script.Publish(1);
        }
    }

    [Fact]
    public async Task Two_readers_that_never_read_use_up_their_patience_together()
    {
        using var script = new BufferScript(capacity: 4);
        using var one = script.Open();
        using var other = script.Open();

        await LeaveBehindAsync(script);

        script.Publish(20);
    }

    [Fact]
    public async Task Readers_that_stopped_at_different_places_do_so_too()
    {
        using var script = new BufferScript(capacity: 64, maxReaders: 100);
        for (var place = 0; place < 64; place++)
        {
            script.Open();
            script.Publish(1);
        }

        var publishing = script.PublishAsync();
        script.Time.Advance(Patience);
        await publishing;

        script.Publish(200);
    }

    [Fact]
    public async Task Who_reads_while_another_is_waited_for_keeps_its_own_patience()
    {
        // It is less than an eighth behind, and all that it can do is to read that.
        using var script = new BufferScript(capacity: 64);
        using var stuck = script.Open();
        script.Publish(61);
        using var reader = script.Open();
        script.Publish(3);
        var publishing = script.PublishAsync();
        Assert.Equal("62 63 64", await ReadAsync(reader));
        script.Time.Advance(Patience);
        await publishing;

        script.Publish(63);
        publishing = script.PublishAsync();
        script.Time.Advance(Patience - ALittle);
        Assert.False(publishing.IsCompleted);
        Assert.StartsWith("65 66", await ReadAsync(reader), StringComparison.Ordinal);
        await publishing;
    }

    [Fact]
    public async Task A_reader_that_crawls_is_left_behind()
    {
        using var script = new BufferScript(capacity: 4_096);
        using var reader = script.Open();
        script.Publish(4_096);
        var publishing = script.PublishAsync();
        script.Time.Advance(Patience * 0.9);
        await ReadAsync(reader);
        await publishing;

        // It made room for a batch of 256, and what it has left is a tenth of a second.
        script.Publish(255);
        publishing = script.PublishAsync();
        script.Time.Advance(Patience * 0.1);
        await publishing;

        script.Publish(1_000);
    }

    [Fact]
    public async Task A_reader_that_gets_on_is_waited_for_again_and_again()
    {
        using var script = new BufferScript(capacity: 1_024);
        using var reader = script.Open();
        script.Publish(1_024);
        for (var round = 0; round < 10; round++)
        {
            var publishing = script.PublishAsync();
            script.Time.Advance(Patience * 0.9);
            Assert.False(publishing.IsCompleted);
            Assert.DoesNotContain("-", await ReadAsync(reader), StringComparison.Ordinal);
            await publishing;
            script.Publish(255);
        }
    }

    [Fact]
    public async Task A_reader_that_goes_away_is_not_waited_for()
    {
        using var script = new BufferScript(capacity: 4);
        var reader = script.Open();
        script.Publish(4);
        var publishing = script.PublishAsync();

        reader.Dispose();

        await publishing;
    }

    [Fact]
    public async Task Monitors_wait_their_turn_while_one_of_them_waits_for_a_reader()
    {
        using var script = new BufferScript(capacity: 4);
        using var reader = script.Open();
        script.Publish(4);
        var first = script.PublishAsync();
        var second = script.PublishAsync();
        Assert.False(second.IsCompleted);

        Assert.Equal("1 2 3 4", await ReadAsync(reader));

        await Task.WhenAll(first, second);
        Assert.Equal("5 6", await ReadAsync(reader));
    }

    private static async Task LeaveBehindAsync(BufferScript script)
    {
        script.Publish(4);
        var publishing = script.PublishAsync();
        Assert.False(publishing.IsCompleted);
        script.Time.Advance(Patience);
        await publishing;
    }
}
