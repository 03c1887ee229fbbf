namespace FileMonitor.Extensions.FileProviders.Watching;

/// <summary>
/// Looks at the files that are watched by name, each second. Events alone are not enough: a monitor compares a file with what it last told, and not with what a
/// consumer has read, which may have been there in between only.
/// </summary>
/// <remarks>Owner: its own task.</remarks>
internal sealed class RepeatedLooks(WatchTokens tokens, TimeProvider time) : IDisposable, IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(10);

    private readonly CancellationTokenSource _ended = new();
    private readonly Lock _gate = new();
    private Task? _looking;

    /// <summary>Begins with the first call.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            // The task outlives the caller and must not keep its context.
            using (ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow())
            {
                _looking ??= Task.Run(RunAsync, CancellationToken.None);
            }
        }
    }

    public void Dispose() => _ended.Cancel();

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync().ConfigureAwait(false);
        await (_looking ?? Task.CompletedTask).ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        while (!_ended.IsCancellationRequested)
        {
            var quiet = tokens.QuietPeriod > ShortestPause ? tokens.QuietPeriod : ShortestPause;
            await Task.Delay(tokens.Look() ? quiet : Interval, time, _ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
