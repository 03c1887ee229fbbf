using FileMonitor.Delivery;
using FileMonitor.Extending;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Handling;

/// <summary>The handlers of one monitor.</summary>
internal sealed class EventHandlers
{
    private readonly IReadOnlyList<HandlerRunner> _runners;
    private readonly IReadOnlyList<EventReader> _readers;
    private readonly IMonitorStore? _store;
    private readonly int _bound;

    public EventHandlers(FileMonitorComponents components, IMonitorStore? store, AuditEventStream stream, int bound, ILogger logger)
    {
        _store = store;
        _bound = bound;
        _runners = [.. components.Handlers.Select(handler => new HandlerRunner(handler, components.TimeProvider, logger))];

        if (_runners.Count > 0)
        {
            stream.ExpectNoReader();
        }

        // From now on, so that a handler misses nothing. With a store they read the journal.
        _readers = store is null ? [.. _runners.Select(_ => stream.OpenReader())] : [];
    }

    public IReadOnlyList<HandlerHealth> Health => [.. _runners.Select(static runner => runner.Health)];

    /// <exception cref="KeyNotFoundException">There is no such handler.</exception>
    public HandlerRunner this[string name] =>
        _runners.FirstOrDefault(runner => runner.Name == name) ?? throw new KeyNotFoundException($"The monitor has no handler '{name}'.");

    /// <summary>The monitor runs: events are handled.</summary>
    public void Start()
    {
        for (var i = 0; i < _runners.Count; i++)
        {
            if (_store is null)
            {
                _runners[i].Start(new MemoryCursor(_readers[i], _bound), new DeadLetterList([]));
            }
            else
            {
                _runners[i].Start(_store.OpenCursor("handler/" + _runners[i].Name), _store.OpenDeadLetters(_runners[i].Name));
            }
        }
    }

    /// <summary>Nothing more is emitted: waits for what was read, without a store for everything.</summary>
    public Task StopAsync()
    {
        foreach (var reader in _readers)
        {
            reader.Complete(fault: null);
        }

        return Task.WhenAll(_runners.Select(static runner => runner.StopAsync()));
    }

    /// <summary>The stop ran out of time. Any thread.</summary>
    public void Hurry()
    {
        foreach (var runner in _runners)
        {
            runner.Hurry();
        }
    }
}
