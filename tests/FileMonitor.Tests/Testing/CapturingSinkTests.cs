using FileMonitor.Testing;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Testing;

public sealed class CapturingSinkTests
{
    private readonly CapturingSink _sink = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_keeps_what_it_is_given_in_order()
    {
        await _sink.WriteAsync([Event(1), Event(2)], Token);
        var early = _sink.Events;
        await _sink.WriteAsync([Event(3)], Token);
        await _sink.FlushAsync(Token);

        early.Select(e => e.Sequence).Should().Equal(1, 2);
        _sink.Events.Select(e => e.Sequence).Should().Equal(1, 2, 3);
        _sink.Attempts.Should().Be(2);
        _sink.Flushes.Should().Be(1);
    }

    [Fact]
    public async Task Waiting_ends_with_the_batch_that_satisfies_it()
    {
        var waiting = _sink.WaitForAsync(events => events.Count >= 2, Token);
        await _sink.WriteAsync([Event(1)], Token);
        waiting.IsCompleted.Should().BeFalse();
        await _sink.WriteAsync([Event(2)], Token);

        (await waiting).Should().HaveCount(2);
        (await _sink.WaitForAsync(events => events.Count >= 2, Token)).Should().HaveCount(2);
    }

    [Fact]
    public async Task Waiting_can_be_given_up()
    {
        using var giveUp = new CancellationTokenSource();
        var waiting = _sink.WaitForAsync(_ => false, giveUp.Token);
        await giveUp.CancelAsync();

        await FluentActions.Awaiting(() => waiting).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task It_fails_as_long_as_it_is_told_to()
    {
        _sink.FailWith = new IOException("disk full");
        await _sink.Invoking(s => s.WriteAsync([Event(1)], Token)).Should().ThrowAsync<IOException>();
        _sink.FailWith = null;
        await _sink.WriteAsync([Event(1)], Token);

        _sink.Events.Should().ContainSingle();
        _sink.Attempts.Should().Be(2);
    }

    [Fact]
    public async Task It_hangs_until_it_is_released()
    {
        var release = new TaskCompletionSource();
        _sink.HoldUntil = release.Task;
        var writing = _sink.WriteAsync([Event(1)], Token);
        _sink.Events.Should().BeEmpty();
        release.SetResult();
        await writing;

        _sink.Events.Should().ContainSingle();
    }

    [Fact]
    public async Task A_write_that_hangs_ends_when_the_monitor_gives_up()
    {
        _sink.HoldUntil = new TaskCompletionSource().Task;

        await _sink.Invoking(s => s.WriteAsync([Event(1)], new CancellationToken(canceled: true))).Should().ThrowAsync<OperationCanceledException>();
        _sink.Events.Should().BeEmpty();
    }

    private static AuditEvent Event(long sequence) => new() { Sequence = sequence };
}
