using System.Collections.Concurrent;
using FileMonitor.Delivery;
using FluentAssertions;
using Microsoft.Extensions.Logging;
using Xunit;

namespace FileMonitor.Tests.Delivery;

public class SinkDeliveryTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Break = TimeSpan.FromMinutes(7);
    private static readonly CancellationToken Never = CancellationToken.None;

    private readonly SteppedClock _clock = new();
    private readonly RecordingLogger _words = new();
    private readonly EventRing _log = new(4096, 300);
    private readonly ConcurrentQueue<SinkOutage> _outages = new();

    [Fact]
    public async Task A_required_sink_has_the_batch_when_delivery_completes()
    {
        var sink = ScriptedSink.Obliging();
        var delivery = Required(sink);

        await OfferAsync(delivery, Events(1, 3), Never).AsTask().Soon();

        sink.Batches.Should().ContainSingle().Which.Should().Equal(1, 2, 3);
        delivery.GetHealth().Should().BeEquivalentTo(new { Name = "sink", Promise = SinkPromise.Required, Written = 3L, Dropped = 0L, Failures = 0L, Buffered = 0, IsFailing = false, LastError = (string?)null });
    }

    [Fact]
    public async Task A_failed_write_is_tried_again_after_growing_pauses_until_the_sink_takes_it()
    {
        var sink = ScriptedSink.Failing(1, 2);
        var delivery = Required(sink, retries: 2);

        var delivering = OfferAsync(delivery, Events(1, 2), Never).AsTask();
        await _clock.PassAsync(IsPause);
        await _clock.PassAsync(IsPause);
        await delivering.Soon();

        sink.Batches.Should().HaveCount(3).And.OnlyContain(batch => batch.SequenceEqual(new long[] { 1, 2 }));
        delivery.GetHealth().Should().BeEquivalentTo(new { Written = 2L, Dropped = 0L, Failures = 2L, Retries = 2L, Batches = 1L, IsFailing = false, LastError = "IOException: No space left" });
        _outages.Should().BeEmpty("nothing was lost");
    }

    public static TheoryData<string> WaysToFail => ["throws", "throws at once", "returns no task", "says it was cancelled", "ends as cancelled"];

    [Theory]
    [MemberData(nameof(WaysToFail))]
    public async Task However_a_sink_fails_the_batch_is_dropped_and_the_next_is_tried_anew(string way)
    {
        var sink = new ScriptedSink((call, _, _) => call > 2 ? Task.CompletedTask : way switch
        {
            "throws" => ThrowLaterAsync(),
            "throws at once" => throw new InvalidOperationException("at once"),
            "returns no task" => null!,
            "says it was cancelled" => throw new OperationCanceledException(),
            _ => Task.FromCanceled(new CancellationToken(canceled: true)),
        });
        var delivery = Required(sink, retries: 1);

        var first = OfferAsync(delivery, Events(1, 2), Never).AsTask();
        await _clock.PassAsync(IsPause);
        await first.Soon();
        delivery.GetHealth().Should().BeEquivalentTo(new { Written = 0L, Dropped = 2L, Failures = 2L, IsFailing = true });

        await OfferAsync(delivery, Events(3, 1), Never).AsTask().Soon();
        delivery.GetHealth().Should().BeEquivalentTo(new { Written = 1L, Dropped = 2L, Failures = 2L, IsFailing = false });
        _outages.Should().HaveCount(2);
        _outages.First().Should().BeEquivalentTo(new { Sink = "sink", Dropped = 2L, FirstSequence = 1L, LastSequence = 2L, Recovered = false });
        _outages.Last().Should().BeEquivalentTo(new { Sink = "sink", Dropped = 2L, FirstSequence = 1L, LastSequence = 2L, Recovered = true });
    }

    [Fact]
    public async Task A_write_that_takes_too_long_is_asked_to_give_up_and_tried_again()
    {
        var sink = new ScriptedSink((call, _, token) => call == 1 ? NeverAsync(token) : Task.CompletedTask);
        var delivery = Required(sink, retries: 1);

        var delivering = OfferAsync(delivery, Events(1, 1), Never).AsTask();
        await sink.EnteredAsync(1);
        await _clock.PassAsync(IsTimeout);
        await _clock.PassAsync(IsPause);
        await delivering.Soon();

        sink.Calls.Should().Be(2);
        sink.HasOverlapped.Should().BeFalse();
        delivery.GetHealth().Should().BeEquivalentTo(new { Written = 1L, Dropped = 0L, Failures = 1L });
        delivery.GetHealth().LastError.Should().Contain("00:00:30 (WriteTimeout)");
    }

    [Fact]
    public async Task A_sink_that_does_not_listen_is_left_behind_and_not_called_again_before_it_is_done()
    {
        var held = new TaskCompletionSource();
        var sink = new ScriptedSink((call, _, _) => call == 1 ? held.Task : Task.CompletedTask);
        var delivery = Required(sink, retries: 1);

        var first = OfferAsync(delivery, Events(1, 2), Never).AsTask();
        await sink.EnteredAsync(1);
        await _clock.PassAsync(IsTimeout);
        await _clock.PassAsync(IsPause);
        await _clock.PassAsync(IsTimeout);
        await first.Soon();
        sink.Calls.Should().Be(1, "batches never overlap");
        delivery.GetHealth().Should().BeEquivalentTo(new { Written = 0L, Dropped = 2L, Failures = 2L });

        var second = OfferAsync(delivery, Events(3, 1), Never).AsTask();
        await _clock.StartedAsync(IsTimeout);
        held.SetException(new IOException("late, and observed"));
        await second.Soon();

        sink.Calls.Should().Be(2);
        sink.HasOverlapped.Should().BeFalse();
        delivery.GetHealth().Should().BeEquivalentTo(new { Written = 1L, Dropped = 2L, Failures = 2L });
    }

    [Fact]
    public async Task A_batch_that_is_taken_late_is_not_written_twice()
    {
        var held = new TaskCompletionSource();
        var sink = new ScriptedSink((_, _, _) => held.Task);
        var delivery = Required(sink, retries: 1);

        var delivering = OfferAsync(delivery, Events(1, 1), Never).AsTask();
        await sink.EnteredAsync(1);
        await _clock.PassAsync(IsTimeout);
        await _clock.StartedAsync(IsPause);
        held.SetResult();
        _clock.Advance(TimeSpan.FromHours(1));
        await delivering.Soon();

        sink.Calls.Should().Be(1);
        delivery.GetHealth().Should().BeEquivalentTo(new { Written = 1L, Dropped = 0L });
    }

    [Fact]
    public async Task A_batch_that_a_slow_sink_still_holds_does_not_change_when_the_log_forgets_it()
    {
        var held = new TaskCompletionSource();
        var seen = new TaskCompletionSource<long>();
        var sink = new ScriptedSink(async (call, batch, _) =>
        {
            if (call == 1)
            {
                await held.Task;
                seen.SetResult(batch[0].Sequence);
            }
        });
        var delivery = Required(sink, retries: 0);

        var delivering = OfferAsync(delivery, Events(1, 1), Never).AsTask();
        await sink.EnteredAsync(1);
        await _clock.PassAsync(IsTimeout);
        await delivering.Soon();
        _log.Release(1);
        held.SetResult();

        (await seen.Task.Soon()).Should().Be(1);
    }

    [Fact]
    public async Task A_sink_whose_cancellation_callbacks_block_or_throw_holds_up_nobody()
    {
        using var release = new ManualResetEventSlim();
        var sink = new ScriptedSink((call, _, token) =>
        {
            token.Register(() =>
            {
                release.Wait(Never);
                throw new InvalidOperationException("from the callback");
            });
            return call == 1 ? new TaskCompletionSource().Task : Task.CompletedTask;
        });
        var delivery = Required(sink, retries: 0);

        var delivering = OfferAsync(delivery, Events(1, 1), Never).AsTask();
        await sink.EnteredAsync(1);
        await _clock.PassAsync(IsTimeout);
        await delivering.Soon();

        delivery.GetHealth().Dropped.Should().Be(1);
        release.Set();
    }

    [Fact]
    public async Task A_larger_batch_than_the_options_allow_is_handed_over_in_parts()
    {
        var sink = ScriptedSink.Obliging();
        var delivery = Required(sink, maxBatch: 2);

        await OfferAsync(delivery, Events(1, 5), Never).AsTask().Soon();

        sink.Batches.Select(batch => batch.Length).Should().Equal(2, 2, 1);
    }

    [Fact]
    public async Task Cancelling_the_delivery_to_a_required_sink_throws_and_counts_what_it_does_not_have()
    {
        var sink = new ScriptedSink((call, _, _) => call == 1 ? Task.CompletedTask : new TaskCompletionSource().Task);
        var delivery = Required(sink, maxBatch: 2);
        using var cancellation = new CancellationTokenSource();

        var delivering = OfferAsync(delivery, Events(1, 5), cancellation.Token).AsTask();
        await sink.EnteredAsync(2);
        await cancellation.CancelAsync();

        (await delivering.Awaiting(task => task.Soon()).Should().ThrowAsync<OperationCanceledException>()).Which.CancellationToken.Should().Be(cancellation.Token);
        delivery.GetHealth().Should().BeEquivalentTo(new { Written = 2L, Dropped = 3L, Buffered = 0, Failures = 0L });
        sink.Calls.Should().Be(2);
    }

    [Fact]
    public async Task A_best_effort_sink_that_blocks_its_thread_does_not_hold_up_the_stream()
    {
        using var release = new ManualResetEventSlim();
        var sink = new ScriptedSink((_, _, _) =>
        {
            release.Wait(Never);
            return Task.CompletedTask;
        });
        var delivery = BestEffort(sink);

        OfferAsync(delivery, Events(1, 3), Never).AsTask().IsCompletedSuccessfully.Should().BeTrue();
        await sink.EnteredAsync(1);
        delivery.GetHealth().Buffered.Should().Be(3);

        release.Set();
        await delivery.CompleteAsync(Never).Soon();
        delivery.GetHealth().Should().BeEquivalentTo(new { Written = 3L, Dropped = 0L, Buffered = 0 });
    }

    [Fact]
    public async Task What_does_not_fit_into_the_buffer_is_counted_and_reported_once()
    {
        var held = new TaskCompletionSource();
        var sink = new ScriptedSink((_, _, _) => held.Task);
        var delivery = BestEffort(sink, capacity: 4);
        await HoldWithOneAsync(delivery, sink);

        await OfferAsync(delivery, Events(2, 7), Never);
        await OfferAsync(delivery, Events(9, 2), Never);

        delivery.GetHealth().Should().BeEquivalentTo(new { Written = 0L, Dropped = 5L, Buffered = 5, IsFailing = true });
        _outages.Should().ContainSingle().Which.Should().BeEquivalentTo(new { Dropped = 3L, FirstSequence = 2L, LastSequence = 4L, Recovered = false });

        held.SetResult();
        await delivery.CompleteAsync(Never).Soon();
        delivery.GetHealth().Should().BeEquivalentTo(new { Written = 5L, Dropped = 5L, Buffered = 0, IsFailing = false });
        _outages.Should().HaveCount(2);
        _outages.Last().Should().BeEquivalentTo(new { Dropped = 5L, FirstSequence = 2L, LastSequence = 6L, Recovered = true });
        sink.Batches.SelectMany(batch => batch).Should().Equal([1, 7, 8, 9, 10], "the oldest give way");
    }

    [Fact]
    public async Task A_sink_that_is_too_slow_is_one_outage_however_many_batches_it_takes_meanwhile()
    {
        var turns = new SemaphoreSlim(0);
        var sink = new ScriptedSink((_, _, _) => turns.WaitAsync(Never));
        var delivery = BestEffort(sink, capacity: 4, maxBatch: 1);
        await HoldWithOneAsync(delivery, sink);

        for (var round = 0; round < 10; round++)
        {
            await OfferAsync(delivery, Events(2 + (round * 6), 6), Never);
            turns.Release();
            await sink.EnteredAsync(round + 2);
        }

        _outages.Should().ContainSingle("every batch was written and still events are being lost");
        delivery.GetHealth().IsFailing.Should().BeTrue();

        turns.Release(1000);
        await delivery.CompleteAsync(Never).Soon();
        _outages.Should().HaveCount(2);
        _outages.Last().Should().BeEquivalentTo(new { Recovered = true, delivery.GetHealth().Dropped });
    }

    [Fact]
    public async Task After_two_failed_batches_a_best_effort_sink_is_left_alone_and_events_wait_for_it()
    {
        var sink = ScriptedSink.Failing(1, 2);
        var delivery = BestEffort(sink, capacity: 8, maxBatch: 2, retries: 0);

        await OfferAndAwaitCallAsync(delivery, sink, Events(1, 2), call: 1);
        await OfferAndAwaitCallAsync(delivery, sink, Events(3, 2), call: 2);
        await _clock.StartedAsync(IsBreak);
        await OfferAsync(delivery, Events(5, 5), Never);
        _clock.Advance(Break - TimeSpan.FromSeconds(1));
        delivery.GetHealth().Should().BeEquivalentTo(new { Dropped = 4L, Buffered = 5, IsFailing = true, IsCircuitOpen = true, Retries = 0L, Batches = 0L });
        sink.Calls.Should().Be(2);

        _clock.Advance(TimeSpan.FromSeconds(1));
        await sink.EnteredAsync(5);
        await delivery.CompleteAsync(Never).Soon();

        sink.Batches.Skip(2).Select(batch => batch.Length).Should().Equal([1, 2, 2], "the first after a break is a probe");
        delivery.GetHealth().Should().BeEquivalentTo(new { Written = 5L, Dropped = 4L, Buffered = 0, IsFailing = false, IsCircuitOpen = false, Batches = 3L });
        _outages.Select(outage => (outage.Recovered, outage.Dropped)).Should().Equal((false, 2), (true, 4));
    }

    [Fact]
    public async Task A_probe_that_fails_costs_one_event_and_another_break()
    {
        var sink = ScriptedSink.Failing(1, 2, 3);
        var delivery = BestEffort(sink, retries: 0);
        await OfferAndAwaitCallAsync(delivery, sink, Events(1, 1), call: 1);
        await OfferAndAwaitCallAsync(delivery, sink, Events(2, 1), call: 2);
        await _clock.StartedAsync(IsBreak);
        await OfferAsync(delivery, Events(3, 4), Never);

        _clock.Advance(Break);
        await sink.EnteredAsync(3);
        await _clock.StartedAsync(IsBreak);
        delivery.GetHealth().Should().BeEquivalentTo(new { Dropped = 3L, Buffered = 3, IsCircuitOpen = true });

        _clock.Advance(Break);
        await sink.EnteredAsync(5);
        await delivery.CompleteAsync(Never).Soon();
        delivery.GetHealth().Should().BeEquivalentTo(new { Written = 3L, Dropped = 3L });
        _outages.Should().HaveCount(2);
    }

    [Fact]
    public async Task An_outage_is_reported_when_it_begins_and_when_it_ends_and_so_is_the_next()
    {
        var sink = ScriptedSink.Failing(1, 2, 3, 6);
        var delivery = Required(sink, retries: 0);

        for (var sequence = 1; sequence <= 7; sequence++)
        {
            await OfferAsync(delivery, Events(sequence, 1), Never).AsTask().Soon();
        }

        _outages.Select(outage => (outage.Recovered, outage.Dropped, outage.FirstSequence, outage.LastSequence))
            .Should().Equal((false, 1, 1, 1), (true, 3, 1, 3), (false, 1, 6, 6), (true, 1, 6, 6));
        _words.Transitions.Should().Equal("Warning SinkFailing", "Information SinkRecovered", "Warning SinkFailing", "Information SinkRecovered");
    }

    [Fact]
    public async Task The_news_about_an_outage_does_not_end_it()
    {
        var sink = ScriptedSink.Failing(1);
        var delivery = Required(sink, retries: 0);
        var news = new AuditEvent { Sequence = 2, Kind = AuditEventKind.Gap, Gap = new() { Cause = GapCause.SinkFailed } };

        await OfferAsync(delivery, Events(1, 1), Never).AsTask().Soon();
        await OfferAsync(delivery, [news], Never).AsTask().Soon();
        _outages.Should().ContainSingle();
        delivery.GetHealth().IsFailing.Should().BeFalse("the sink took something");

        await OfferAsync(delivery, Events(3, 1), Never).AsTask().Soon();
        _outages.Should().HaveCount(2);
    }

    [Fact]
    public async Task A_sink_that_fails_every_second_time_does_not_keep_the_stream_busy_with_itself()
    {
        var sink = new ScriptedSink((call, _, _) => call % 2 == 1 ? Task.FromException(new IOException()) : Task.CompletedTask);
        var delivery = Required(sink, retries: 0);
        var sequence = 0L;

        for (var real = 0; real < 10; real++)
        {
            await OfferAsync(delivery, Events(++sequence, 1), Never).AsTask().Soon();
        }

        // What the stream does: each report becomes an event of its own.
        var echoes = 0;
        for (var told = 0; told < _outages.Count && told < 1000; told++, echoes++)
        {
            await OfferAsync(delivery, [new AuditEvent { Sequence = ++sequence, Kind = AuditEventKind.Gap, Gap = new() { Cause = GapCause.SinkFailed } }], Never).AsTask().Soon();
        }

        echoes.Should().BeLessThanOrEqualTo(20);
    }

    [Fact]
    public async Task Completing_writes_what_is_buffered_and_flushes_once_however_often_it_is_called()
    {
        var sink = ScriptedSink.Obliging();
        var delivery = BestEffort(sink);
        await OfferAsync(delivery, Events(1, 300), Never);

        await Task.WhenAll(delivery.CompleteAsync(Never), delivery.CompleteAsync(Never)).Soon();
        await delivery.CompleteAsync(new CancellationToken(canceled: true)).Soon();

        sink.Batches.SelectMany(batch => batch).Should().Equal(Enumerable.Range(1, 300).Select(n => (long)n));
        sink.Flushes.Should().Be(1);
        delivery.GetHealth().Should().BeEquivalentTo(new { Written = 300L, Dropped = 0L, Buffered = 0, IsFailing = false });
    }

    [Theory]
    [InlineData(SinkPromise.Required)]
    [InlineData(SinkPromise.BestEffort)]
    public async Task What_comes_after_completion_is_counted(SinkPromise promise)
    {
        var sink = ScriptedSink.Obliging();
        var delivery = Deliver(sink, promise);
        await delivery.CompleteAsync(Never).Soon();

        await OfferAsync(delivery, Events(1, 2), Never).AsTask().Soon();

        sink.Calls.Should().Be(0);
        delivery.GetHealth().Should().BeEquivalentTo(new { Written = 0L, Dropped = 2L, Buffered = 0 });
    }

    [Fact]
    public async Task A_hung_sink_does_not_hang_the_stop_and_what_remains_is_counted_and_reported()
    {
        var sink = new ScriptedSink((_, _, _) => new TaskCompletionSource().Task);
        var delivery = BestEffort(sink);
        await HoldWithOneAsync(delivery, sink);
        await OfferAsync(delivery, Events(2, 9), Never);
        using var deadline = new CancellationTokenSource();

        var completing = delivery.CompleteAsync(deadline.Token);
        completing.IsCompleted.Should().BeFalse();
        await deadline.CancelAsync();
        await completing.Soon();

        sink.Flushes.Should().Be(0, "a flush would overlap with the write");
        delivery.GetHealth().Should().BeEquivalentTo(new { Written = 0L, Dropped = 10L, Buffered = 0, IsFailing = true });
        _outages.Select(outage => (outage.Recovered, outage.Dropped, outage.LastSequence)).Should().Equal((false, 1, 1), (false, 10, 10));
        _words.Transitions.Should().Equal("Warning SinkFailing", "Warning SinkNotFlushed", "Warning SinkFailedAtStop");
    }

    [Fact]
    public async Task A_later_and_shorter_deadline_counts_too()
    {
        var sink = new ScriptedSink((_, _, _) => new TaskCompletionSource().Task);
        var delivery = BestEffort(sink);
        await HoldWithOneAsync(delivery, sink);

        var patient = delivery.CompleteAsync(Never);
        await delivery.CompleteAsync(new CancellationToken(canceled: true)).Soon();
        await patient.Soon();

        delivery.GetHealth().Dropped.Should().Be(1);
    }

    [Fact]
    public async Task A_sink_that_listens_is_asked_to_stop_at_the_deadline()
    {
        var asked = new TaskCompletionSource();
        var sink = new ScriptedSink((_, _, token) =>
        {
            token.Register(asked.SetResult);
            return NeverAsync(token);
        });
        var delivery = BestEffort(sink);
        await HoldWithOneAsync(delivery, sink);

        await delivery.CompleteAsync(new CancellationToken(canceled: true)).Soon();

        await asked.Task.Soon();
    }

    [Theory]
    [InlineData(false, 3, 2)]
    [InlineData(true, 0, 5)]
    public async Task A_stop_ends_a_break_with_one_more_attempt(bool stillFails, long written, long dropped)
    {
        var sink = stillFails ? ScriptedSink.Failing(1, 2, 3) : ScriptedSink.Failing(1, 2);
        var delivery = BestEffort(sink, retries: 0);
        await OfferAndAwaitCallAsync(delivery, sink, Events(1, 1), call: 1);
        await OfferAndAwaitCallAsync(delivery, sink, Events(2, 1), call: 2);
        await _clock.StartedAsync(IsBreak);
        await OfferAsync(delivery, Events(3, 3), Never);

        await delivery.CompleteAsync(Never).Soon();

        delivery.GetHealth().Should().BeEquivalentTo(new { Written = written, Dropped = dropped, Buffered = 0, IsFailing = stillFails });
        _outages.Last().Should().BeEquivalentTo(new { Dropped = dropped, Recovered = !stillFails });
        sink.Flushes.Should().Be(1, "what it took earlier may still be made durable");
    }

    [Fact]
    public async Task A_flush_that_fails_is_tried_again_and_then_reported()
    {
        var sink = ScriptedSink.Obliging();
        sink.Flush = _ => throw new IOException("no");
        var delivery = Required(sink, retries: 1);

        var completing = delivery.CompleteAsync(Never);
        await _clock.PassAsync(IsPause);
        await completing.Soon();

        sink.Flushes.Should().Be(2);
        delivery.GetHealth().Should().BeEquivalentTo(new { IsFailing = true, LastError = "IOException: no", Failures = 2L });
        _words.Transitions.Should().Equal("Warning SinkNotFlushed");
    }

    [Fact]
    public async Task A_logger_that_throws_does_not_end_the_delivery()
    {
        _words.Throws = true;
        var sink = ScriptedSink.Failing(1);
        var delivery = BestEffort(sink, retries: 0);

        await OfferAndAwaitCallAsync(delivery, sink, Events(1, 1), call: 1);
        await OfferAndAwaitCallAsync(delivery, sink, Events(2, 1), call: 2);
        await delivery.CompleteAsync(Never).Soon();

        delivery.GetHealth().Should().BeEquivalentTo(new { Written = 1L, Dropped = 1L });
        _outages.Should().HaveCount(2);
    }

    [Theory]
    [InlineData(SinkPromise.Required, 1)]
    [InlineData(SinkPromise.Required, 2)]
    [InlineData(SinkPromise.BestEffort, 3)]
    [InlineData(SinkPromise.BestEffort, 4)]
    public async Task Whatever_the_sink_does_written_and_dropped_are_what_was_offered(SinkPromise promise, int seed)
    {
        var random = new Random(seed);
        var taken = 0L;
        var sink = new ScriptedSink(async (_, batch, _) =>
        {
            await Task.Yield();
            if (random.Next(3) > 0)
            {
                throw new IOException("sometimes");
            }

            taken += batch.Count;
        });
        var options = Options(capacity: 64, maxBatch: 16, retries: 1);
        var delivery = new SinkDelivery(_log, store: null, new(sink, promise, "sink"), options, new SteppedClock { Skip = due => !IsTimeout(due) }, _words, _outages.Enqueue);

        var offered = 0;
        for (var batch = 0; batch < 100; batch++)
        {
            var size = 1 + (batch % 40);
            await OfferAsync(delivery, Events(offered + 1, size), Never).AsTask().Soon();
            offered += size;
        }

        await delivery.CompleteAsync(Never).Soon();

        var health = delivery.GetHealth();
        (health.Written + health.Dropped).Should().Be(offered);
        health.Written.Should().Be(taken);
        health.Buffered.Should().Be(0);
        _outages.Where((_, index) => index % 2 == 1).Sum(outage => outage.Dropped).Should().Be(health.Dropped, "every outage is ended, by recovery or by the stop");
        sink.HasOverlapped.Should().BeFalse();
    }

    private SinkDelivery Required(ScriptedSink sink, int retries = 3, int maxBatch = 256) => Deliver(sink, SinkPromise.Required, 16, maxBatch, retries);

    private SinkDelivery BestEffort(ScriptedSink sink, int capacity = 1000, int maxBatch = 256, int retries = 3) => Deliver(sink, SinkPromise.BestEffort, capacity, maxBatch, retries);

    private SinkDelivery Deliver(ScriptedSink sink, SinkPromise promise, int capacity = 16, int maxBatch = 256, int retries = 3) =>
        new(_log, store: null, new(sink, promise, "sink"), Options(capacity, maxBatch, retries), _clock, _words, _outages.Enqueue);

    private static SinkOptions Options(int capacity, int maxBatch, int retries) =>
        new() { BufferCapacity = capacity, MaxBatch = maxBatch, Retries = retries, WriteTimeout = Timeout, BreakDuration = Break };

    private async Task HoldWithOneAsync(SinkDelivery delivery, ScriptedSink sink) => await OfferAndAwaitCallAsync(delivery, sink, Events(1, 1), call: 1);

    private async Task OfferAndAwaitCallAsync(SinkDelivery delivery, ScriptedSink sink, List<AuditEvent> batch, int call)
    {
        await OfferAsync(delivery, batch, Never);
        await sink.EnteredAsync(call);
    }

    /// <summary>What the stream does: the log gives the events their numbers, then the sink may read them.</summary>
    private async ValueTask OfferAsync(SinkDelivery delivery, List<AuditEvent> events, CancellationToken cancellationToken)
    {
        var first = events[0].Sequence;
        await _log.AppendAsync([.. events], DateTimeOffset.UnixEpoch);
        events[0].Sequence.Should().Be(first);
        await delivery.DeliverAsync(_log.Last, cancellationToken);
    }

    private static bool IsTimeout(TimeSpan due) => due == Timeout;

    private static bool IsBreak(TimeSpan due) => due == Break;

    private static bool IsPause(TimeSpan due) => !IsTimeout(due) && !IsBreak(due);

    private static List<AuditEvent> Events(long first, int count) => [.. Enumerable.Range(0, count).Select(n => Event(first + n))];

    private static AuditEvent Event(long sequence) => new() { Sequence = sequence };

    private static Task NeverAsync(CancellationToken token) => Task.Delay(System.Threading.Timeout.InfiniteTimeSpan, TimeProvider.System, token);

    private static async Task ThrowLaterAsync()
    {
        await Task.Yield();
        throw new IOException("later");
    }

    private sealed class RecordingLogger : ILogger
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public bool Throws { get; set; }

        public IEnumerable<string> Transitions => _lines.Where(line => !line.StartsWith("Debug", StringComparison.Ordinal));

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (Throws)
            {
                throw new InvalidOperationException("A provider of the host's.");
            }

            _lines.Enqueue($"{logLevel} {eventId.Name}");
        }
    }
}
