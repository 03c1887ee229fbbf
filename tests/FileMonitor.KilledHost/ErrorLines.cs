using Microsoft.Extensions.Logging;

namespace FileMonitor.KilledHost;

/// <summary>Writes the number and the name of each warning and error to standard error, one line each.</summary>
internal sealed class ErrorLines : ILoggerFactory, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            Console.Error.WriteLine($"{eventId.Id} {eventId.Name}: {formatter(state, exception)} {exception?.Message}".ReplaceLineEndings(" "));
        }
    }
}
