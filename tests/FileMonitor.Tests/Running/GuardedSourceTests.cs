using FileMonitor.Extending;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Running;

/// <summary>A source of the host's own that registers a callback which throws or blocks.</summary>
public sealed class GuardedSourceTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private volatile bool _isDisposed;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_callback_that_throws_when_a_flush_runs_out_of_time_is_logged_and_the_flush_ends()
    {
        await using var tree = await StartAsync(static () => throw new IOException("callback"));
        var flush = tree.Monitor.FlushAsync(Token);
        await tree.AdvanceUntilAsync(() => flush.IsCompleted);

        (await flush).NotReached.Should().Contain(sentence => sentence.StartsWith("The source of", StringComparison.Ordinal));
        await tree.UntilAsync(() => tree.Log.Has("SourceCallbackFailed"));
    }

    [Fact]
    public async Task A_callback_that_blocks_does_not_keep_the_source_from_being_disposed()
    {
        using var release = new ManualResetEventSlim();
        await using var tree = await StartAsync(release.Wait);
        var flush = tree.Monitor.FlushAsync(Token);
        try
        {
            await tree.Monitor.StopAsync(Token).WaitAsync(Patience, Token);
        }
        finally
        {
            release.Set();
        }

        await flush.ContinueWith(static _ => { }, TaskScheduler.Default);
        _isDisposed.Should().BeTrue();
    }

    private Task<MonitoredTree> StartAsync(Action callback) => MonitoredTree.StartAsync(components: components => components.Source = () => new CallbackSource(callback, disposed: () => _isDisposed = true));

    /// <summary>It never answers a flush, and does not end it before its token is signalled.</summary>
    private sealed class CallbackSource(Action callback, Action disposed) : IChangeSource
    {
        public string Name => "Callback";

        public Task StartAsync(IReadOnlyList<MonitoredRoot> roots, IChangeWriter changes, CancellationToken cancellationToken) => Task.CompletedTask;

        public async ValueTask<string?> FlushAsync(MonitoredRoot root, CancellationToken cancellationToken)
        {
            cancellationToken.Register(callback);
            await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
            return null;
        }

        public ValueTask DisposeAsync()
        {
            disposed();
            return ValueTask.CompletedTask;
        }
    }
}
