using System.Collections.Concurrent;
using FileMonitor.Delivery;

namespace FileMonitor.Running;

/// <summary>The subscriptions of one monitor, by name. Thread-safe.</summary>
internal sealed class Subscriptions(IMonitorStore? store, AuditEventStream stream, int bound, StartWait wait)
{
    private readonly ConcurrentDictionary<string, CursorSubscription> _byName = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource<bool> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public EventSubscription Get(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length is 0 or > 64 || !name.All(static one => char.IsAsciiLetterOrDigit(one) || one is '-' or '_' or '.'))
        {
            throw new ArgumentException("The name of a subscription has 1 to 64 of the letters A to Z and a to z, digits, '-', '_' and '.'.", nameof(name));
        }

        return _byName.GetOrAdd(name, store is null ? InMemory : Stored);
    }

    /// <summary>Lets subscriptions open their cursors: the store is open, or there is none.</summary>
    public void Open() => _opened.TrySetResult(true);

    /// <summary>The monitor has ended: ends subscriptions that wait for its start.</summary>
    public void End(Exception? fault)
    {
        if (fault is null)
        {
            _opened.TrySetResult(false);
        }
        else
        {
            _opened.TrySetException(fault);
            _ = _opened.Task.Exception;
        }
    }

    /// <summary>Completes when the running enumerations have delivered everything and ended. No more events come.</summary>
    public Task DrainAsync()
    {
        if (store is null)
        {
            return Task.CompletedTask;
        }

        store.Complete();
        return Task.WhenAll(_byName.Values.Select(static one => one.Enumeration));
    }

    private CursorSubscription Stored(string name) => new(
        name,
        isDurable: true,
        async token =>
        {
            wait.Begin();
            return await _opened.Task.WaitAsync(token).ConfigureAwait(false) ? store!.OpenCursor(name) : null;
        });

    private CursorSubscription InMemory(string name)
    {
        // The cursor begins now, not at the first enumeration.
        var cursor = new MemoryCursor(stream.Subscribe(CancellationToken.None), bound);
        return new CursorSubscription(
            name,
            isDurable: false,
            _ =>
            {
                wait.Begin();
                return ValueTask.FromResult<IAcknowledgedCursor?>(cursor);
            });
    }
}
