namespace FileMonitor.Cli;

/// <summary>
/// Says on standard error when the journal of <c>--state</c> cannot be written, so that events are held back, and when it can be again. The events cannot say it, because none
/// is told meanwhile. Looks once a second, on a timer: whoever takes the events may wait for a command or for the reader of standard output.
/// </summary>
internal sealed class StoreNotice : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly StandardStreams _streams;
    private readonly Func<StoreHealth?> _store;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();

    // Under the lock.
    private bool _isHoldingBack;
    private bool _hasEnded;

    /// <param name="streams">Standard error, and the clock.</param>
    /// <param name="store">The health of the state now; null as long as there is none.</param>
    public StoreNotice(StandardStreams streams, Func<StoreHealth?> store)
    {
        (_streams, _store) = (streams, store);
        _timer = streams.Time.CreateTimer(_ => Look(), null, Period, Period);
    }

    /// <summary>Says why a stop that was asked for takes so long, where events are held back.</summary>
    /// <param name="patience">How long it waits at most.</param>
    public void TellStop(TimeSpan patience)
    {
        Look();
        lock (_lock)
        {
            if (_isHoldingBack)
            {
                _streams.Complain(FormattableString.Invariant($"the stop waits for room for up to {patience.TotalSeconds} s, so that the events that are held back can be told; a second signal does not wait."));
            }
        }
    }

    /// <summary>Called after the last event.</summary>
    /// <param name="store">The health of the state at the end.</param>
    /// <returns>Whether events were left untold.</returns>
    public bool Report(StoreHealth? store)
    {
        if (store is not { IsHoldingBack: true })
        {
            return false;
        }

        End();
        _streams.Complain("not all events were told, because the journal could not be written. The next watch with this --state compares the files and tells what differs, with the origin Offline.");
        return true;
    }

    public ValueTask DisposeAsync()
    {
        End();
        return _timer.DisposeAsync();
    }

    private void End()
    {
        lock (_lock)
        {
            _hasEnded = true;
        }
    }

    private void Look()
    {
        lock (_lock)
        {
            if (_hasEnded || _store() is not { } store || store.IsHoldingBack == _isHoldingBack)
            {
                return;
            }

            _isHoldingBack = store.IsHoldingBack;
            _streams.Complain(_isHoldingBack
                ? $"events are held back, because the journal cannot be written: {store.Problem}"
                : "the journal can be written again: the events that were held back are told now.");
        }
    }
}
