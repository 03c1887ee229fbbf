using FileMonitor.Delivery;
using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using FileMonitor.Testing;
using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Tests.Delivery;

/// <summary>What <see cref="AuditEventStream.FlushAsync"/> waits for: the dispatcher and, each by its promise, the sinks.</summary>
public sealed class StreamFlushTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time = new();
    private readonly MonitorInstruments _instruments = new(factory: null, "", () => throw new InvalidOperationException("Nobody measures."));
    private readonly CapturingSink _sink = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _instruments.Dispose();

    [Theory]
    [InlineData(SinkPromise.Required)]
    [InlineData(SinkPromise.BestEffort)]
    public async Task What_was_handed_over_before_is_written(SinkPromise promise)
    {
        using var stream = New(promise);
        Write(stream, 500);
        var flush = stream.FlushAsync(Token);
        var running = stream.RunAsync();
        Write(stream, 1);
        var (sequence, refusals) = await flush.WaitAsync(Deadline, Token);

        sequence.Should().Be(500);
        refusals.Should().BeEmpty();
        _sink.Events.Count.Should().BeGreaterThanOrEqualTo(500);
        await EndAsync(stream, running);
    }

    [Theory]
    [InlineData(SinkPromise.Required)]
    [InlineData(SinkPromise.BestEffort)]
    public async Task A_sink_that_is_writing_is_waited_for(SinkPromise promise)
    {
        var hold = new TaskCompletionSource();
        _sink.HoldUntil = hold.Task;
        using var stream = New(promise);
        var running = stream.RunAsync();
        Write(stream, 1);
        await UntilAsync(() => _sink.Attempts == 1);
        var flush = stream.FlushAsync(Token);
        for (var turn = 0; turn < 100; turn++)
        {
            await Task.Yield();
        }

        flush.IsCompleted.Should().BeFalse();
        hold.SetResult();
        (await flush.WaitAsync(Deadline, Token)).Refusals.Should().BeEmpty();
        _sink.Events.Should().HaveCount(1);
        await EndAsync(stream, running);
    }

    [Theory]
    [InlineData(SinkPromise.Required)]
    [InlineData(SinkPromise.BestEffort)]
    public async Task A_sink_that_fails_is_told_and_not_waited_for_and_so_is_its_recovery(SinkPromise promise)
    {
        _sink.FailWith = new IOException("no space left");
        using var stream = New(promise);
        var running = stream.RunAsync();
        Write(stream, 1);
        (await stream.FlushAsync(Token).WaitAsync(Deadline, Token)).Refusals.Should().ContainSingle().Which.Should().Contain("the sink");

        _sink.FailWith = null;
        await UntilAsync(() => stream.SinkHealth[0].Buffered == 0 && !stream.SinkHealth[0].IsFailing, () =>
        {
            Write(stream, 1);
            _time.Advance(TimeSpan.FromSeconds(1));
        });
        (await stream.FlushAsync(Token).WaitAsync(Deadline, Token)).Refusals.Should().BeEmpty();
        await EndAsync(stream, running);
    }

    [Fact]
    public async Task A_best_effort_sink_that_hangs_is_waited_for_only_so_long()
    {
        var hold = new TaskCompletionSource();
        _sink.HoldUntil = hold.Task;
        using var stream = New(SinkPromise.BestEffort);
        var running = stream.RunAsync();
        Write(stream, 1);
        await UntilAsync(() => _sink.Attempts == 1);
        var flush = stream.FlushAsync(Token);
        await UntilAsync(() => flush.IsCompleted, () => _time.Advance(TimeSpan.FromMilliseconds(10)));

        (await flush).Refusals.Should().ContainSingle().Which.Should().Contain("the sink").And.Contain("within");
        hold.SetResult();
        await EndAsync(stream, running);
    }

    [Fact]
    public async Task A_buffer_that_was_full_is_told()
    {
        var hold = new TaskCompletionSource();
        _sink.HoldUntil = hold.Task;
        using var stream = New(SinkPromise.BestEffort, bufferCapacity: 1);
        var running = stream.RunAsync();
        Write(stream, 10);
        await UntilAsync(() => stream.SinkHealth[0].Dropped > 0);

        (await stream.FlushAsync(Token).WaitAsync(Deadline, Token)).Refusals.Should().ContainSingle().Which.Should().Contain("the sink");
        hold.SetResult();
        await EndAsync(stream, running);
    }

    [Fact]
    public async Task After_the_end_and_when_it_is_given_up_it_is_cancelled()
    {
        using var stream = New(SinkPromise.Required);
        using var givenUp = new CancellationTokenSource();
        var flush = stream.FlushAsync(givenUp.Token);
        await givenUp.CancelAsync();
        await FluentActions.Awaiting(() => flush.WaitAsync(Deadline, Token)).Should().ThrowAsync<OperationCanceledException>();

        var running = stream.RunAsync();
        await EndAsync(stream, running);
        await FluentActions.Awaiting(() => stream.FlushAsync(Token).WaitAsync(Deadline, Token)).Should().ThrowAsync<OperationCanceledException>();
        stream.Sequence.Should().Be(0, "a mark is no event");
    }

    private static void Write(AuditEventStream stream, int count)
    {
        for (var written = 0; written < count; written++)
        {
            stream.TryWrite(new AuditEvent { Monitor = "test" });
        }
    }

    private static async Task EndAsync(AuditEventStream stream, Task running)
    {
        stream.CompleteWriting();
        await running.WaitAsync(Deadline, Token);
        stream.CompleteReaders(fault: null);
    }

    private static async Task UntilAsync(Func<bool> condition, Action? meanwhile = null)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(Deadline);
        while (!condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            meanwhile?.Invoke();
            await Task.Yield();
        }
    }

    private AuditEventStream New(SinkPromise promise, int bufferCapacity = 10_000)
    {
        var options = new SinkOptions { Retries = 0, WriteTimeout = TimeSpan.FromHours(1), BufferCapacity = bufferCapacity };
        var log = new EventRing(10_000, options.MaxBatch);
        return new AuditEventStream(
            log,
            new ReaderOptions { BufferCapacity = 10_000 },
            outage => [new SinkDelivery(log, store: null, new SinkRegistration(_sink, promise, "the sink"), options, _time, NullLogger.Instance, outage)],
            new AuditEventBuilder("test", TimeProvider.System),
            new EventTally(_instruments, NullLogger.Instance),
            _time,
            () => { });
    }
}
