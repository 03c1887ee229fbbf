using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace FileMonitor.RabbitMq.Tests.Brokers;

/// <summary>Keeps what was logged, with the text of exceptions, and lets a test wait for it.</summary>
internal sealed class MemoryLog : ILoggerFactory, ILogger
{
    private readonly Lock _gate = new();
    private readonly List<(string Name, TaskCompletionSource Seen)> _waiters = [];

    public ConcurrentQueue<(string Name, string Text)> Entries { get; } = new();

    /// <summary>Completes when an event of this name is logged.</summary>
    public Task SeesAsync(string name)
    {
        lock (_gate)
        {
            if (Entries.Any(entry => entry.Name == name))
            {
                return Task.CompletedTask;
            }

            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((name, seen));
            return seen.Task;
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        ArgumentNullException.ThrowIfNull(formatter);
        lock (_gate)
        {
            Entries.Enqueue((eventId.Name ?? "", formatter(state, exception) + exception));
            foreach (var (_, seen) in _waiters.Where(waiter => waiter.Name == eventId.Name))
            {
                seen.TrySetResult();
            }
        }
    }

    public void Dispose()
    {
    }
}
