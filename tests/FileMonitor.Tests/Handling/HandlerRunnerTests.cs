using System.Collections.Concurrent;
using FileMonitor.Delivery;
using FileMonitor.Extending;
using FileMonitor.Handling;
using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Tests.Handling;

/// <summary>A handler and a cursor, without a monitor.</summary>
public sealed class HandlerRunnerTests
{
    private readonly ConcurrentQueue<string> _handled = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Events_that_wait_behind_one_that_fails_leave_room_for_those_of_other_paths()
    {
        var runner = New(auditEvent => auditEvent.RelativePath == "bad" ? throw new IOException("broken") : NoteAsync(auditEvent), options => options.MaxDeadLetters = 0);
        var cursor = new ListCursor([.. Enumerable.Repeat("bad", 5_000), .. Enumerable.Range(0, 50).Select(number => $"good{number}")]);
        runner.Start(cursor, new DeadLetterList([]));

        // Blocked, because the list of dead letters is full; the others may be done before the first has failed.
        await UntilAsync(() => _handled.Count == 50 && runner.Health.IsBlocked);
        runner.Hurry();
        await runner.StopAsync();
    }

    [Fact]
    public async Task A_stop_with_durable_state_leaves_what_has_not_begun()
    {
        var first = new TaskCompletionSource();
        var runner = New(async auditEvent =>
        {
            await NoteAsync(auditEvent);
            await first.Task;
        });
        var cursor = new ListCursor(["a", "a", "b", "c"], isDurable: true);
        runner.Start(cursor, new DeadLetterList([]));
        await UntilAsync(() => _handled.Count == 1 && cursor.IsRead);
        var stopping = runner.StopAsync();
        stopping.IsCompleted.Should().BeFalse("a call is running");
        first.SetResult();
        await stopping;

        _handled.Should().ContainSingle();
        cursor.Done.Should().ContainSingle();
    }

    [Fact]
    public async Task An_event_that_is_a_dead_letter_already_is_acknowledged_and_not_handled_when_it_comes_again()
    {
        // The process ended after the letter was stored, and before it was noted that the event needs nothing more.
        var runner = New(NoteAsync);
        var cursor = new ListCursor(["a", "b"]);
        var letters = new DeadLetterList([new DeadLetter(cursor.Events[0], 5, "IOException: broken", default)]);
        runner.Start(cursor, letters);
        await UntilAsync(() => cursor.Done.Count == 2);

        _handled.Should().Equal("b");
        letters.Letters.Should().ContainSingle();
        (await runner.RetryDeadLettersAsync(Token)).Should().Be(1);
        _handled.Should().Equal("b", "a");
        await runner.StopAsync();
    }

    private static HandlerRunner New(Func<AuditEvent, Task> handle, Action<HandlerOptions>? configure = null)
    {
        var options = new HandlerOptions { Name = "handler" };
        options.Retry.Attempts = 1;
        configure?.Invoke(options);
        return new HandlerRunner(new HandlerRegistration(new DelegateHandler((auditEvent, _) => handle(auditEvent)), options), new FakeTimeProvider(), NullLogger.Instance);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (!condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private Task NoteAsync(AuditEvent auditEvent)
    {
        _handled.Enqueue(auditEvent.RelativePath);
        return Task.CompletedTask;
    }

    /// <summary>Has events of the given paths. A durable one then waits for more.</summary>
    private sealed class ListCursor(IReadOnlyList<string> paths, bool isDurable = false) : IAcknowledgedCursor
    {
        private int _read;

        public IReadOnlyList<AuditEvent> Events { get; } =
            [.. paths.Select((path, index) => new AuditEvent { Id = Guid.CreateVersion7(), Sequence = index + 1, Kind = AuditEventKind.Created, ItemType = ItemType.File, Root = "/r", RelativePath = path })];

        public ConcurrentQueue<long> Done { get; } = new();

        public bool IsRead => Volatile.Read(ref _read) == Events.Count;

        public bool IsDurable => isDurable;

        public bool IsFull => false;

        public long Acknowledged => 0;

        public long Lag => Events.Count - Done.Count;

        public async ValueTask<IReadOnlyList<AuditEvent>> ReadAsync(int most, CancellationToken cancellationToken)
        {
            if (isDurable && IsRead)
            {
                await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
            }

            List<AuditEvent> next = [.. Events.Skip(_read).Take(most)];
            Volatile.Write(ref _read, _read + next.Count);
            return next;
        }

        public void Acknowledge(long sequence) => Done.Enqueue(sequence);

        public void Rewind() => Volatile.Write(ref _read, 0);
    }
}
