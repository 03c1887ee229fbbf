using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Running;

/// <summary>
/// A source of the host's own. Each of its calls has a token of its own (<see cref="HostCallToken"/>): a callback that it registers can neither end the process when the timer of a flush
/// fires, nor keep a stop from going on.
/// </summary>
internal sealed class GuardedSource(IChangeSource source, ILogger logger) : IChangeSource
{
    public string Name => source.Name;

    public IReadOnlyList<string> Problems => source.Problems;

    public Task StartAsync(IReadOnlyList<MonitoredRoot> roots, IChangeWriter changes, CancellationToken cancellationToken) =>
        CallAsync(token => source.StartAsync(roots, changes, token), cancellationToken);

    public Task AddRootAsync(MonitoredRoot root, IChangeWriter changes, CancellationToken cancellationToken) =>
        CallAsync(token => source.AddRootAsync(root, changes, token), cancellationToken);

    public Task RemoveRootAsync(MonitoredRoot root, CancellationToken cancellationToken) => CallAsync(token => source.RemoveRootAsync(root, token), cancellationToken);

    public Task RearmAsync(MonitoredRoot root, CancellationToken cancellationToken) => CallAsync(token => source.RearmAsync(root, token), cancellationToken);

    public async ValueTask<string?> FlushAsync(MonitoredRoot root, CancellationToken cancellationToken)
    {
        using var call = Begin(cancellationToken);
        return await source.FlushAsync(root, call.Token).ConfigureAwait(false);
    }

    long IChangeSource.HintedUpTo => source.HintedUpTo;

    public string NameFor(MonitoredRoot root) => source.NameFor(root);

    public string? ReasonFor(MonitoredRoot root) => source.ReasonFor(root);

    public ValueTask DisposeAsync() => source.DisposeAsync();

    private async Task CallAsync(Func<CancellationToken, Task> call, CancellationToken cancellationToken)
    {
        using var token = Begin(cancellationToken);
        await call(token.Token).ConfigureAwait(false);
    }

    private HostCallToken Begin(CancellationToken cause) => new(error => logger.SourceCallbackFailed(error, source.Name), cause);
}
