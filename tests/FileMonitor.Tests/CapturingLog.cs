using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Tests;

/// <summary>Keeps the names and the messages of what was logged, so that a test can wait for what shows nowhere else.</summary>
internal sealed class CapturingLog : ILoggerFactory, ILogger
{
    public ConcurrentQueue<string> Names { get; } = new();

    public ConcurrentQueue<string> Messages { get; } = new();

    /// <summary>The message that cannot be logged.</summary>
    public string? ThrowOn { get; set; }

    public bool Has(string name) => Names.Contains(name);

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        Names.Enqueue(eventId.Name ?? "");
        Messages.Enqueue(formatter(state, exception));
        if (eventId.Name == ThrowOn)
        {
            throw new InvalidOperationException(ThrowOn);
        }
    }

    public void Dispose()
    {
    }
}
