using FileMonitor.Delivery;
using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using FileMonitor.Testing;
using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Tests.Delivery;

public sealed class AuditEventStreamTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time = new();
    private readonly MonitorInstruments _instruments = new(factory: null, "", () => throw new InvalidOperationException("Nobody measures."));
    private readonly AuditEventBuilder _events = new("", TimeProvider.System);
    private readonly EventTally _tally;
    private int _roomTold;

    public AuditEventStreamTests() => _tally = new(_instruments, NullLogger.Instance);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _instruments.Dispose();

    [Fact]
    public async Task Every_event_gets_the_next_number_an_id_and_a_time()
    {
        using var stream = New(capacity: 100);
        var running = stream.RunAsync();
        Write(stream, 10);
        await CompleteAsync(stream, running);

        var read = await ReadAsync(stream.Subscribe(Token));
        read.Select(one => one.Sequence).Should().Equal(Enumerable.Range(1, 10).Select(number => (long)number));
        read.Select(one => one.Id).Should().OnlyHaveUniqueItems();
        read.Should().OnlyContain(one => one.EmittedAt == _time.GetUtcNow());
        stream.Sequence.Should().Be(10);
    }

    [Fact]
    public async Task The_first_reader_gets_what_came_before_it_and_every_other_what_comes_after()
    {
        using var stream = New(capacity: 100);
        var running = stream.RunAsync();
        Write(stream, 2);
        await UntilAsync(() => stream.Sequence == 2);
        var first = stream.Subscribe(Token);
        await UntilAsync(() => first.Health.Buffered == 2);
        var second = stream.Subscribe(Token);
        second.Should().NotBeSameAs(first);
        Write(stream, 1);
        await CompleteAsync(stream, running);

        (await ReadAsync(first)).Select(one => one.Sequence).Should().Equal(1, 2, 3);
        (await ReadAsync(second)).Select(one => one.Sequence).Should().Equal(3);
        (await ReadAsync(stream.Subscribe(Token))).Should().BeEmpty("it came after the end");
    }

    [Fact]
    public async Task A_slow_reader_is_waited_for_once_and_the_others_are_not_held_up_afterwards()
    {
        using var stream = New(capacity: 1);
        var slow = stream.Subscribe(Token);
        var fast = stream.Subscribe(Token);
        await using var reading = fast.GetAsyncEnumerator(Token);
        var running = stream.RunAsync();
        var numbers = new List<long>();
        for (var number = 1; number <= 5; number++)
        {
            Write(stream, 1);
            if (number == 2)
            {
                // Both wait here, once.
                await UntilAsync(() => stream.Sequence == 2);
                await AdvanceUntilAsync(() => slow.Health.IsLagging);
            }

            (await reading.MoveNextAsync().AsTask().WaitAsync(Deadline, Token)).Should().BeTrue();
            numbers.Add(reading.Current.Sequence);
        }

        await CompleteAsync(stream, running);
        numbers.Should().Equal(1, 2, 3, 4, 5);
        var told = await ReadAsync(slow);
        told.Select(one => one.Kind).Should().Equal(default, AuditEventKind.Gap);
        told[1].Should().BeEquivalentTo(new
        {
            Gap = new { Cause = GapCause.ReaderTooSlow, Lost = 4L, FirstSequence = 2L, LastSequence = 5L },
            Sequence = 5L,
        });
        _tally.Gaps.Should().Be(0, "only that reader sees it");
    }

    [Fact]
    public async Task A_reader_that_breaks_off_is_forgotten()
    {
        using var stream = New(capacity: 1);
        var running = stream.RunAsync();
        Write(stream, 1);
        await foreach (var one in stream.Subscribe(Token).WithCancellation(Token))
        {
            one.Sequence.Should().Be(1);
            break;
        }

        stream.ReaderHealth.Should().BeEmpty();
        Write(stream, 100);
        await CompleteAsync(stream, running);
        stream.Sequence.Should().Be(101);
    }

    [Fact]
    public async Task Nobody_who_never_reads_holds_up_a_monitor_with_sinks()
    {
        var sink = new CapturingSink();
        using var stream = New(capacity: 1, sink);
        var running = stream.RunAsync();
        Write(stream, 50);
        await CompleteAsync(stream, running);

        sink.Events.Should().HaveCount(50);
        stream.SinkHealth.Should().ContainSingle().Which.Written.Should().Be(50);
    }

    [Fact]
    public async Task A_required_sink_has_an_event_before_any_reader()
    {
        var hold = new TaskCompletionSource();
        var sink = new CapturingSink { HoldUntil = hold.Task };
        using var stream = New(capacity: 100, sink);
        var reader = stream.Subscribe(Token);
        var running = stream.RunAsync();
        Write(stream, 1);
        await UntilAsync(() => sink.Attempts == 1);
        reader.Health.Buffered.Should().Be(0);

        hold.SetResult();
        await UntilAsync(() => reader.Health.Buffered == 1);
        sink.Events.Should().HaveCount(1);
        await CompleteAsync(stream, running);
    }

    [Fact]
    public async Task What_is_full_says_so_and_tells_when_there_is_room()
    {
        using var stream = New(capacity: 100_000);
        var written = 0;
        while (stream.TryWrite(new AuditEvent()))
        {
            written++;
        }

        written.Should().BeInRange(1, 100_000);
        _roomTold.Should().Be(0);
        var running = stream.RunAsync();
        await UntilAsync(() => Volatile.Read(ref _roomTold) > 0);
        stream.TryWrite(new AuditEvent()).Should().BeTrue();
        await CompleteAsync(stream, running);
        stream.Sequence.Should().Be(written + 1);
    }

    [Fact]
    public async Task A_sink_that_fails_is_a_gap_in_the_stream_and_so_is_its_recovery_in_its_order()
    {
        var sink = new CapturingSink { FailWith = new IOException("no space") };
        using var stream = New(capacity: 100, sink);
        var running = stream.RunAsync();
        Write(stream, 1);
        await AdvanceUntilAsync(() => stream.Sequence == 2);
        sink.FailWith = null;
        await CompleteAsync(stream, running);

        var read = await ReadAsync(stream.Subscribe(Token));
        read.Where(one => one.Gap?.Cause == GapCause.SinkFailed).Should().NotBeEmpty();
        read.Select(one => one.Sequence).Should().Equal(Enumerable.Range(1, read.Count).Select(number => (long)number));
        _tally.Gaps.Should().Be(read.Count - 1);
    }

    [Fact]
    public async Task A_fault_is_thrown_at_readers_and_sinks_still_get_everything()
    {
        var sink = new CapturingSink();
        using var stream = New(capacity: 1, sink);
        var reader = stream.Subscribe(Token);
        var late = new InvalidOperationException("a defect");
        stream.CompleteReaders(late);
        var running = stream.RunAsync();
        Write(stream, 10);
        stream.CompleteWriting();
        await running.WaitAsync(Deadline, Token);

        sink.Events.Should().HaveCount(10);
        sink.Flushes.Should().Be(1);
        (await FluentActions.Awaiting(() => ReadAsync(reader)).Should().ThrowAsync<InvalidOperationException>()).Which.Should().BeSameAs(late);
        (await FluentActions.Awaiting(() => ReadAsync(stream.Subscribe(Token))).Should().ThrowAsync<InvalidOperationException>()).Which.Should().BeSameAs(late);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(7, 1)]
    [InlineData(64, 1)]
    public async Task However_fast_they_read_and_whenever_they_begin_readers_are_told_of_every_event_or_what_they_missed(int capacity, int seed)
    {
        const int Events = 5_000;
        var random = new Random(seed);
        using var stream = NewWith(new ReaderOptions { BufferCapacity = capacity, Patience = TimeSpan.Zero });
        var running = stream.RunAsync();
        var reading = new List<Task<(long First, long Last, long Missed)>>();
        for (var written = 0; written < Events; written++)
        {
            if (written % 1_000 == 500)
            {
                var reader = stream.Subscribe(Token);
                var pause = random.Next(0, 20);
                reading.Add(Task.Run(() => FollowAsync(reader, pause), Token));
            }

            await UntilAsync(() => stream.TryWrite(new AuditEvent()));
        }

        await CompleteAsync(stream, running);
        var seen = await Task.WhenAll(reading).WaitAsync(Deadline, Token);
        seen.Should().OnlyContain(one => one.Last == Events);
        seen[0].First.Should().Be(1, "the first one gets what came before it");
        stream.ReadersSkipped.Should().Be(seen.Sum(one => one.Missed));
    }

    private static async Task<(long First, long Last, long Missed)> FollowAsync(EventReader reader, int pause)
    {
        var (first, last, missed) = (0L, 0L, 0L);
        await foreach (var one in reader.WithCancellation(Token))
        {
            var from = one.Gap?.FirstSequence ?? one.Sequence;
            (last == 0 || from == last + 1).Should().BeTrue();
            first = last == 0 ? from : first;
            last = one.Sequence;
            missed += one.Gap?.Lost ?? 0;
            for (var turn = 0; turn < pause; turn++)
            {
                await Task.Yield();
            }
        }

        return (first, last, missed);
    }

    private static void Write(AuditEventStream stream, int count)
    {
        for (var written = 0; written < count; written++)
        {
            stream.TryWrite(new AuditEvent()).Should().BeTrue();
        }
    }

    private static async Task CompleteAsync(AuditEventStream stream, Task running)
    {
        stream.CompleteWriting();
        await running.WaitAsync(Deadline, Token);
        stream.CompleteReaders(fault: null);
    }

    private static async Task<List<AuditEvent>> ReadAsync(EventReader reader)
    {
        var read = new List<AuditEvent>();
        await foreach (var one in reader.WithCancellation(Token))
        {
            read.Add(one);
        }

        return read;
    }

    private static Task UntilAsync(Func<bool> condition) => UntilAsync(condition, () => { });

    private static async Task UntilAsync(Func<bool> condition, Action meanwhile)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(Deadline);
        while (!condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            meanwhile();
            await Task.Yield();
        }
    }

    private Task AdvanceUntilAsync(Func<bool> condition) => UntilAsync(condition, () => _time.Advance(TimeSpan.FromMilliseconds(10)));

    private AuditEventStream New(int capacity, CapturingSink? sink = null) => NewWith(new ReaderOptions { BufferCapacity = capacity }, sink);

    private AuditEventStream NewWith(ReaderOptions options, CapturingSink? sink = null)
    {
        var sinks = new SinkOptions { Retries = 0, WriteTimeout = TimeSpan.FromHours(1) };
        var log = new EventRing(options.BufferCapacity, sinks.MaxBatch);
        return new(
            log,
            options,
            outage => sink is null ? [] : [new SinkDelivery(log, store: null, new SinkRegistration(sink, SinkPromise.Required, "sink"), sinks, _time, NullLogger.Instance, outage)],
            _events,
            _tally,
            _time,
            () => Interlocked.Increment(ref _roomTold));
    }
}
