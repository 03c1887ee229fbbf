using System.Globalization;
using FileMonitor.Values;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace FileMonitor.Agent.Diagnostics;

/// <summary>
/// One log entry as one line. Messages contain file names, and a file name may repaint a terminal or look like another entry; all such
/// characters are neutralised here, so that no caller forgets it.
/// </summary>
internal sealed class ConsoleLine(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "agent";

    // docs/diagnostics.md has the events of the library.
    private const int StartFailed = 103;
    private const string MonitorCategory = "FileMonitor.FileSystemMonitor";
    private const string ServerCategory = "Microsoft.AspNetCore.Server.Kestrel";

    // The journal has its own clock and reads the level from a number at the start: sd-daemon(3).
    private readonly bool _isForJournal = SystemdHelpers.IsSystemdService();

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        if (IsOfRefusedStart(logEntry.Category, logEntry.EventId, logEntry.Exception))
        {
            return;
        }

        var (number, word) = logEntry.LogLevel switch
        {
            LogLevel.Critical => (2, "critical"),
            LogLevel.Error => (3, "error"),
            LogLevel.Warning => (4, "warning"),
            LogLevel.Information => (6, "info"),
            _ => (7, "debug"),
        };
        textWriter.Write(_isForJournal
            ? string.Create(CultureInfo.InvariantCulture, $"<{number}>")
            : string.Create(CultureInfo.InvariantCulture, $"{time.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {word}: "));
        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        textWriter.Write(TerminalText.Neutralise($"{logEntry.Category}[{logEntry.EventId.Id}] {message}"));
        if (logEntry.Exception is { } exception)
        {
            // Line breaks of a stack trace become a space and a bar, so that an entry stays one line.
            textWriter.Write(TerminalText.Neutralise($" | {exception.ToString().ReplaceLineEndings(" | ")}"));
        }

        textWriter.Write('\n');
    }

    /// <summary>
    /// Whether an entry is about a start that is refused. <c>AgentRun</c> says why on standard error, once and as a sentence; here it would be a stack trace of what is no defect, and the
    /// exception of a server that is disposed while it starts.
    /// </summary>
    private static bool IsOfRefusedStart(string category, EventId id, Exception? exception) =>
        (category == MonitorCategory && id.Id == StartFailed) || (category == ServerCategory && (exception is ObjectDisposedException or OperationCanceledException));
}
