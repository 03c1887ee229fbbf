using System.Diagnostics.CodeAnalysis;

namespace FileMonitor.Extending;

/// <summary>
/// The token of one call of the host's code. The callbacks that the host registers with it may block or throw, so they run on the thread pool, nobody waits for them, and their errors
/// are only reported: a timer that signals the token, a stop, and the tokens of other calls do not depend on them. Any thread.
/// </summary>
[SuppressMessage("Usage", "CA2213:Disposable fields should be disposed", Justification = "A token source without a timer and a wait handle holds nothing, and the host may use the token after the call.")]
internal sealed class HostCallToken : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly Action<Exception> _failed;
    private readonly CancellationTokenRegistration _cause;

    /// <param name="failed">Is told of the errors of callbacks, on the pool.</param>
    /// <param name="cause">When it is signalled, the token of the call is signalled too.</param>
    public HostCallToken(Action<Exception> failed, CancellationToken cause = default)
    {
        _failed = failed;
        _cause = cause.UnsafeRegister(static call => ((HostCallToken)call!).Signal(), this);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>Signals the token. When this returns, the token is signalled; its callbacks run later.</summary>
    public void Signal() => _ = SignalAsync();

    /// <summary>The call has ended: the cause has no effect any more.</summary>
    public void Dispose() => _cause.Unregister();

    private async Task SignalAsync()
    {
        try
        {
            await _source.CancelAsync().ConfigureAwait(false);
        }
        catch (AggregateException error)
        {
            _failed(error);
        }
    }
}
