using System.Collections.Concurrent;
using System.Text;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Handling;

/// <summary>Dead letters that are tried again, while other events wait.</summary>
public sealed class HandlerRetryTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<string> _handled = new();
    private volatile bool _isBroken = true;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("write a 2; wait")]
    [InlineData("mkdir d; wait; mv d e; wait")]
    public async Task A_retry_does_not_wait_behind_events_that_wait_for_room_in_the_list(string later)
    {
        await using var tree = await StartAsync(HandleAsync, options => options.MaxDeadLetters = 1);
        await tree.PlayAsync("write a 1");
        await tree.AdvanceUntilAsync(() => Health(tree) is { DeadLetters: 1, Lag: 0 });
        await tree.PlayAsync(later);
        await tree.AdvanceUntilAsync(() => Health(tree).IsBlocked);

        _isBroken = false;
        (await tree.Monitor.DeadLetters.RetryAsync("handler", Token).WaitAsync(Patience, Token)).Should().Be(1);
        _handled.Should().Equal("Created a");

        // The first one that waited has failed as often as it may; it takes the room.
        await tree.AdvanceUntilAsync(() => Health(tree) is { IsBlocked: false, Lag: 0 });
        (await tree.Monitor.DeadLetters.RetryAsync("handler", Token).WaitAsync(Patience, Token)).Should().Be(1);
        Health(tree).DeadLetters.Should().Be(0);
    }

    [Fact]
    public async Task Letters_that_are_tried_again_by_several_callers_are_handled_once()
    {
        await using var tree = await StartAsync(HandleAsync);
        await tree.PlayAsync("write a 1; write b 2");
        await tree.AdvanceUntilAsync(() => Health(tree) is { DeadLetters: 2, Lag: 0 });

        _isBroken = false;
        var handled = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => tree.Monitor.DeadLetters.RetryAsync("handler", Token)));

        handled.Sum().Should().Be(2);
        _handled.Should().BeEquivalentTo("Created a", "Created b");
    }

    [Fact]
    public async Task A_handler_that_tries_its_own_letters_again_is_refused_because_it_would_wait_for_itself()
    {
        MonitoredTree? tree = null;
        await using var started = tree = await StartAsync(async (auditEvent, token) =>
        {
            if (auditEvent.RelativePath == "b")
            {
                await tree!.Monitor.DeadLetters.RetryAsync("handler", CancellationToken.None).WaitAsync(Patience, Token);
            }

            await HandleAsync(auditEvent, token);
        });
        await tree.PlayAsync("write a 1");
        await tree.AdvanceUntilAsync(() => Health(tree) is { DeadLetters: 1, Lag: 0 });
        await tree.PlayAsync("write b 2");
        await tree.AdvanceUntilAsync(() => Health(tree) is { DeadLetters: 2, Lag: 0 });

        tree.Monitor.DeadLetters.Read("handler")[1].Error.Should().Contain("RetryAsync").And.StartWith("InvalidOperationException");
    }

    [Fact]
    public async Task A_call_that_ignores_its_token_has_failed_at_the_timeout_and_the_next_try_waits_until_it_ends()
    {
        var first = new TaskCompletionSource();
        var calls = 0;
        await using var tree = await StartAsync(
            (_, _) => Interlocked.Increment(ref calls) == 1 ? first.Task : Task.CompletedTask,
            options =>
            {
                options.Timeout = TimeSpan.FromMinutes(1);
                options.Retry.Attempts = 2;
                options.Retry.Delay = TimeSpan.Zero;
            });
        await tree.PlayAsync("write a 1");
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Count == 1);
        await tree.UntilAsync(() => Volatile.Read(ref calls) == 1);
        await tree.UntilAsync(() =>
        {
            // The timer may be made after the call has begun.
            tree.Clock.Advance(TimeSpan.FromMinutes(1));
            return Health(tree).Failures == 1;
        });
        Volatile.Read(ref calls).Should().Be(1, "it still runs");
        Health(tree).LastError.Should().StartWith("TimeoutException");

        first.SetResult();
        await tree.AdvanceUntilAsync(() => Health(tree) is { Handled: 1, Lag: 0 });
        calls.Should().Be(2, "a call that was too late has failed, even if it ends well");
    }

    [Fact]
    public async Task Health_says_that_no_more_is_read_because_too_much_waits_behind_an_event_that_fails()
    {
        await using var tree = await MonitoredTree.StartAsync(
            configure: options => options.Readers.BufferCapacity = 2,
            components: components => components.AddHandler(
                (auditEvent, token) => auditEvent.RelativePath == "a" ? HandleAsync(auditEvent, token) : Task.CompletedTask,
                options => options.Retry.Attempts = int.MaxValue));
        await tree.PlayAsync("write a 1");
        await tree.AdvanceUntilAsync(() => Health(tree).Failures > 0);
        Health(tree).IsBlocked.Should().BeFalse("there is room for one more");
        await tree.PlayAsync("write b 2");
        await tree.AdvanceUntilAsync(() => Health(tree).IsBlocked);

        tree.Monitor.GetHealth().Degradations.Should().Contain(sentence => sentence.Contains("wait behind one that fails", StringComparison.Ordinal));
        _isBroken = false;
        await tree.AdvanceUntilAsync(() => Health(tree) is { IsBlocked: false, Lag: 0 });
    }

    [Fact]
    public async Task A_content_that_was_replaced_is_not_tried_again_when_the_event_of_the_next_one_waits()
    {
        var isReady = new TaskCompletionSource();
        await using var tree = await StartReadingAsync(isReady.Task);
        await tree.PlayAsync("write a 1; wait");
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Count == 1);
        await tree.PlayAsync("write a 22; wait");
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Count == 2);
        await tree.UntilAsync(() => Health(tree).Lag == 2);

        // No clock is moved from here, so nothing that is tried again could be handled.
        isReady.SetResult();
        await tree.UntilAsync(() => Health(tree).Lag == 0);
        _handled.Should().Equal("Modified 22");
        Health(tree).Should().BeEquivalentTo(new { DeadLetters = 0, Failures = 1L });
        tree.Log.Names.Where(static name => name == "HandlerSuperseded").Should().ContainSingle();
    }

    [Fact]
    public async Task A_content_that_was_replaced_is_tried_again_while_no_event_of_the_next_one_waits()
    {
        var isReady = new TaskCompletionSource();
        await using var tree = await StartReadingAsync(isReady.Task);
        await tree.PlayAsync("write a 1; wait");
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Count == 1);

        // It is being written again, to the same content: nothing that the monitor could tell.
        tree.Tree.Silent = true;
        await tree.PlayAsync("write a 22");
        isReady.SetResult();
        await tree.UntilAsync(() => Health(tree).Failures == 1);
        await tree.PlayAsync("write a 1");
        await tree.AdvanceUntilAsync(() => Health(tree).Lag == 0);
        _handled.Should().Equal("Created 1");
    }

    private static HandlerHealth Health(MonitoredTree tree) => tree.Monitor.GetHealth().Handlers.Single();

    /// <summary>A handler that reads the content of each event, from when it may.</summary>
    private async Task<MonitoredTree> StartReadingAsync(Task isReady)
    {
        MonitoredTree? tree = null;
        tree = await StartAsync(
            async (auditEvent, token) =>
            {
                await isReady.WaitAsync(Patience, token);
                var content = await auditEvent.ReadFileAsync(100, tree!.Tree.Files, token);
                _handled.Enqueue($"{auditEvent.Kind} {Encoding.UTF8.GetString(content!)}");
            },
            options => options.Retry.Attempts = 5);
        return tree;
    }

    private static Task<MonitoredTree> StartAsync(Func<AuditEvent, CancellationToken, Task> handle, Action<HandlerOptions>? configure = null) =>
        MonitoredTree.StartAsync(components: components => components.AddHandler(handle, options =>
        {
            options.Retry.Attempts = 1;
            configure?.Invoke(options);
        }));

    private Task HandleAsync(AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        if (_isBroken)
        {
            throw new IOException("broken");
        }

        _handled.Enqueue($"{auditEvent.Kind} {auditEvent.RelativePath}");
        return Task.CompletedTask;
    }
}
