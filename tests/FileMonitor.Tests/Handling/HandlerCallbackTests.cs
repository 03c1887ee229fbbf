using System.Diagnostics.CodeAnalysis;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Handling;

/// <summary>A callback that a handler registers with the token of its call may throw or block. Neither the timer that signals the token nor a stop depends on it.</summary>
public sealed class HandlerCallbackTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_callback_that_throws_at_the_timeout_is_logged_and_the_call_has_failed()
    {
        var begun = false;
        await using var tree = await StartAsync(
            (_, token) =>
            {
                token.Register(static () => throw new IOException("callback"));
                Volatile.Write(ref begun, true);
                return new TaskCompletionSource().Task.WaitAsync(token);
            },
            options => options.Timeout = TimeSpan.FromMinutes(1));
        await tree.PlayAsync("write a 1");
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Count == 1);
        await tree.UntilAsync(() => Volatile.Read(ref begun));
        await tree.UntilAsync(() =>
        {
            // The timer may be made after the call has begun.
            tree.Clock.Advance(TimeSpan.FromMinutes(1));
            return Health(tree).DeadLetters == 1;
        });

        await tree.UntilAsync(() => tree.Log.Has("HandlerCallbackFailed"));
        tree.Monitor.DeadLetters.Read("handler")[0].Error.Should().StartWith("TimeoutException");
    }

    [Fact]
    public async Task A_callback_that_throws_when_a_stop_runs_out_of_time_is_logged_and_the_stop_ends()
    {
        var begun = false;
        await using var tree = await StartAsync((_, token) =>
        {
            token.Register(static () => throw new IOException("callback"));
            Volatile.Write(ref begun, true);
            return new TaskCompletionSource().Task.WaitAsync(token);
        });
        await tree.PlayAsync("write a 1");
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Count == 1);
        await tree.UntilAsync(() => Volatile.Read(ref begun));
        await tree.Monitor.StopAsync(new CancellationToken(canceled: true));

        await tree.UntilAsync(() => tree.Log.Has("HandlerCallbackFailed"));
        tree.Log.Has("HandlerCutOff").Should().BeTrue();
    }

    [Fact]
    [SuppressMessage("Reliability", "CA2000:Dispose objects before losing scope", Justification = "The callback that waits for it may outlive the test.")]
    public async Task A_callback_that_blocks_does_not_hold_up_a_stop_that_runs_out_of_time()
    {
        var release = new ManualResetEventSlim();
        var begun = 0;
        await using var tree = await StartAsync(
            (_, token) =>
            {
                token.Register(release.Wait);
                Interlocked.Increment(ref begun);
                return new TaskCompletionSource().Task.WaitAsync(token);
            },
            options => options.Parallelism = 2);
        await tree.PlayAsync("write a 1; write b 2");
        await tree.AdvanceUntilAsync(() => Volatile.Read(ref begun) == 2);
        try
        {
            // Elsewhere, because the callback must not block the test. The other call gets its signal, too: the stop waits for both.
            await Task.Run(() => tree.Monitor.StopAsync(new CancellationToken(canceled: true)), Token).WaitAsync(Patience, Token);
        }
        finally
        {
            release.Set();
        }

        tree.Log.Has("HandlerCutOff").Should().BeTrue();
    }

    private static HandlerHealth Health(MonitoredTree tree) => tree.Monitor.GetHealth().Handlers.Single();

    private static Task<MonitoredTree> StartAsync(Func<AuditEvent, CancellationToken, Task> handle, Action<HandlerOptions>? configure = null) =>
        MonitoredTree.StartAsync(components: components => components.AddHandler(handle, options =>
        {
            options.Retry.Attempts = 1;
            configure?.Invoke(options);
        }));
}
