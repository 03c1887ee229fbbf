using FileMonitor.Delivery;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Tests.Delivery;

public sealed class EventReaderTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly FakeTimeProvider _time = new();
    private readonly List<EventReader> _closed = [];
    private readonly EventRing _log = new(64, 1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_written_is_read_in_order_and_then_it_ends()
    {
        var reader = New(capacity: 3);
        await WriteAsync(reader, 3);
        reader.Complete(fault: null);

        (await ReadAsync(reader)).Should().Equal("1", "2", "3");
    }

    [Fact]
    public async Task A_reader_that_is_slow_is_waited_for_once_and_then_told_what_it_missed()
    {
        var reader = New(capacity: 2);
        await WriteAsync(reader, 2);
        var third = Write(reader);
        third.IsCompleted.Should().BeFalse("a reader that lags by its bound is waited for");
        _time.Advance(Patience);
        await third;
        reader.Health.Should().BeEquivalentTo(new { Buffered = 2, Capacity = 2, Skipped = 1L, IsLagging = true });

        // Nobody waits along with it any more.
        await WriteAsync(reader, 2);
        reader.Health.Should().BeEquivalentTo(new { Buffered = 2, Skipped = 3L, IsLagging = true });

        // Half empty it goes on.
        await using var events = reader.GetAsyncEnumerator(Token);
        (await NextAsync(events)).Should().Be("1");
        Write(reader).IsCompleted.Should().BeTrue();
        reader.Health.Should().BeEquivalentTo(new { Buffered = 2, Skipped = 3L, IsLagging = true }, "it has not caught up");
        reader.Complete(fault: null);
        (await RestAsync(events)).Should().Equal("2", "gap 3-5", "6");
    }

    [Fact]
    public async Task One_that_reads_but_too_slowly_is_not_told_of_a_gap_before_each_event()
    {
        var reader = New(capacity: 4);
        await WriteAsync(reader, 4);
        await using var events = reader.GetAsyncEnumerator(Token);
        (await NextAsync(events)).Should().Be("1");
        await WriteAsync(reader, 1);
        await SkipAsync(reader);
        reader.Health.Should().BeEquivalentTo(new { Buffered = 2, Skipped = 3L, IsLagging = true });

        await WriteAsync(reader, 2);
        reader.Health.Should().BeEquivalentTo(new { Buffered = 4, Skipped = 3L });
        reader.Complete(fault: null);
        (await RestAsync(events)).Should().Equal("gap 2-4", "5", "6", "7", "8");
    }

    [Fact]
    public async Task The_gap_has_the_time_of_the_last_event_left_out()
    {
        var reader = New(capacity: 1);
        await WriteAsync(reader, 1);
        await using var events = reader.GetAsyncEnumerator(Token);
        (await NextAsync(events)).Should().Be("1");
        await WriteAsync(reader, 1);
        var left = _time.GetUtcNow();
        await SkipAsync(reader);
        (await NextAsync(events)).Should().Be("gap 2-2");
        events.Current.EmittedAt.Should().Be(left);
    }

    [Fact]
    public async Task After_it_has_caught_up_it_is_waited_for_again()
    {
        var reader = New(capacity: 1);
        await WriteAsync(reader, 1);
        await SkipAsync(reader);
        await using var events = reader.GetAsyncEnumerator(Token);
        (await NextAsync(events)).Should().Be("1");
        await WriteAsync(reader, 1);
        (await NextAsync(events)).Should().Be("gap 2-2");
        (await NextAsync(events)).Should().Be("3");

        await WriteAsync(reader, 1);
        var fifth = Write(reader);
        fifth.IsCompleted.Should().BeFalse("it had read everything");
        (await NextAsync(events)).Should().Be("4");
        await fifth;
        reader.Complete(fault: null);
        (await RestAsync(events)).Should().Equal("5");
    }

    [Fact]
    public async Task Room_ends_the_wait()
    {
        var reader = New(capacity: 1);
        await WriteAsync(reader, 1);
        var second = Write(reader);
        await using var events = reader.GetAsyncEnumerator(Token);
        (await NextAsync(events)).Should().Be("1");
        await second;

        (await NextAsync(events)).Should().Be("2");
        reader.Health.Skipped.Should().Be(0);
    }

    [Fact]
    public async Task Without_patience_and_in_a_hurry_nobody_waits()
    {
        var reader = New(capacity: 1);
        await WriteAsync(reader, 1);
        Write(reader, TimeSpan.Zero, Token).IsCompleted.Should().BeTrue();

        var other = New(capacity: 1);
        await WriteAsync(other, 1);
        using var hurry = new CancellationTokenSource();
        var waiting = Write(other, Patience, hurry.Token);
        waiting.IsCompleted.Should().BeFalse();
        await hurry.CancelAsync();
        await waiting.WaitAsync(TimeSpan.FromSeconds(30), Token);
        Write(other, Patience, hurry.Token).IsCompleted.Should().BeTrue();
        other.Health.Skipped.Should().Be(2);
    }

    [Fact]
    public async Task A_gap_that_is_open_at_the_end_is_told()
    {
        var reader = New(capacity: 1);
        await WriteAsync(reader, 1);
        await SkipAsync(reader);
        await WriteAsync(reader, 2);
        reader.Complete(fault: null);

        (await ReadAsync(reader)).Should().Equal("1", "gap 2-4");
    }

    [Fact]
    public async Task What_ended_the_monitor_is_thrown_after_what_was_said()
    {
        var reader = New(capacity: 1);
        await WriteAsync(reader, 1);
        await SkipAsync(reader);
        reader.Complete(new IOException("the end"));

        var read = new List<string>();
        await FluentActions.Awaiting(() => ReadAsync(reader, read)).Should().ThrowAsync<IOException>().WithMessage("the end");
        read.Should().Equal("1", "gap 2-2");
    }

    [Fact]
    public async Task After_a_fault_the_dispatcher_writes_into_nothing_and_is_not_hurt()
    {
        var reader = New(capacity: 1);
        reader.Complete(new IOException("the end"));

        await Write(reader).WaitAsync(TimeSpan.FromSeconds(30), Token);
        await Write(reader).WaitAsync(TimeSpan.FromSeconds(30), Token);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Either_token_ends_the_enumeration(bool ofTheSubscription)
    {
        using var cancelled = new CancellationTokenSource();
        var reader = NewWith(capacity: 1, ofTheSubscription ? cancelled.Token : Token);
        await using var events = reader.GetAsyncEnumerator(ofTheSubscription ? Token : cancelled.Token);
        var next = events.MoveNextAsync().AsTask();
        await cancelled.CancelAsync();

        await FluentActions.Awaiting(() => next).Should().ThrowAsync<OperationCanceledException>();
        _closed.Should().Equal(reader);
    }

    [Fact]
    public async Task A_subscription_is_enumerated_once()
    {
        var reader = New(capacity: 1);
        await WriteAsync(reader, 1);
        await using var events = reader.GetAsyncEnumerator(Token);
        await NextAsync(events);

        await FluentActions.Awaiting(() => reader.GetAsyncEnumerator(Token).MoveNextAsync().AsTask()).Should().ThrowAsync<InvalidOperationException>();
        _closed.Should().BeEmpty("the first enumeration goes on");
        await WriteAsync(reader, 1);
        (await NextAsync(events)).Should().Be("2");
    }

    [Fact]
    public async Task One_that_breaks_off_is_closed_and_holds_up_nobody()
    {
        var reader = New(capacity: 1);
        await WriteAsync(reader, 1);
        Task waiting;
        await using (var events = reader.GetAsyncEnumerator(Token))
        {
            await NextAsync(events);
            await WriteAsync(reader, 1);
            waiting = Write(reader);
        }

        await waiting.WaitAsync(TimeSpan.FromSeconds(30), Token);
        _closed.Should().Equal(reader);
        Write(reader).IsCompleted.Should().BeTrue();
    }

    private static async Task<string> NextAsync(IAsyncEnumerator<AuditEvent> events)
    {
        (await events.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), Token)).Should().BeTrue();
        return Describe(events.Current);
    }

    private static async Task<List<string>> RestAsync(IAsyncEnumerator<AuditEvent> events)
    {
        var read = new List<string>();
        while (await events.MoveNextAsync())
        {
            read.Add(Describe(events.Current));
        }

        return read;
    }

    private static async Task<List<string>> ReadAsync(EventReader reader, List<string>? read = null)
    {
        read ??= [];
        await foreach (var one in reader.WithCancellation(Token))
        {
            read.Add(Describe(one));
        }

        return read;
    }

    private static string Describe(AuditEvent one) =>
        one.Gap is { } gap ? $"gap {gap.FirstSequence}-{gap.LastSequence}" : $"{one.Sequence}";

    private EventReader New(int capacity) => NewWith(capacity, Token);

    private EventReader NewWith(int capacity, CancellationToken cancellationToken) => new(
        new EventCursor(_log, capacity, _log.Last),
        (first, last, at) => new AuditEvent { Kind = AuditEventKind.Gap, Gap = new() { FirstSequence = first, LastSequence = last }, EmittedAt = at },
        () => { },
        _closed.Add,
        cancellationToken);

    private Task Write(EventReader reader) => Write(reader, Patience, Token);

    private Task Write(EventReader reader, TimeSpan patience, CancellationToken hurry)
    {
        _log.AppendAsync([new AuditEvent()], _time.GetUtcNow()).AsTask().IsCompletedSuccessfully.Should().BeTrue();
        return reader.OfferAsync(_log.Last, patience, _time, hurry).AsTask();
    }

    private async Task WriteAsync(EventReader reader, int count)
    {
        for (var written = 0; written < count; written++)
        {
            await Write(reader).WaitAsync(TimeSpan.FromSeconds(30), Token);
        }
    }

    /// <summary>One event that the reader is waited for in vain.</summary>
    private async Task SkipAsync(EventReader reader)
    {
        var writing = Write(reader);
        _time.Advance(Patience);
        await writing.WaitAsync(TimeSpan.FromSeconds(30), Token);
        reader.Health.IsLagging.Should().BeTrue();
    }
}
