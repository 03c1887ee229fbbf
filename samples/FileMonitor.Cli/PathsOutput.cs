using System.Buffers;

namespace FileMonitor.Cli;

/// <summary>The whole path of each event with a zero byte behind it, for <c>xargs -0</c>: the bytes of the name on disk, whatever they are.</summary>
/// <param name="stream">Gets the paths.</param>
/// <param name="terminal">What the stream leads to.</param>
/// <param name="complain">Is told of an event that is about no file, and so has no path to print.</param>
/// <param name="leavesOutOpen">Whether files that somebody has open for writing are left out: a path does not say so, and who asked for complete files takes it for one.</param>
internal sealed class PathsOutput(Stream stream, Terminal terminal, Action<string> complain, bool leavesOutOpen = false) : IEventOutput
{
    private const int FlushAt = 48 * 1024;

    private readonly ArrayBufferWriter<byte> _buffer = new(64 * 1024);

    public TimeSpan? RefreshPeriod => null;

    /// <summary>Whether events of a kind are about an item. The path of another one is a directory in which something may be missing, or a root: a program that processes files must not get it.</summary>
    public static bool IsAboutItem(AuditEventKind kind) => kind is not (AuditEventKind.Gap or AuditEventKind.RootLost or AuditEventKind.RootRestored);

    /// <summary>Whether the path of an event is printed.</summary>
    public bool Prints(AuditEvent auditEvent) => IsAboutItem(auditEvent.Kind) && !(leavesOutOpen && auditEvent.Writers == FileWriters.Open);

    public void Write(AuditEvent auditEvent)
    {
        if (!IsAboutItem(auditEvent.Kind))
        {
            var gap = auditEvent.Gap is { } one ? $" {one.Cause} {(one.Phase == GapPhase.Opened ? "opened" : "closed")}" : "";
            complain($"{auditEvent.Kind}{gap} {QuotedText.Quote(auditEvent.Path)}: {CommandWords.Of(auditEvent.Detail ?? "no reason is known.")}");
        }

        if (!Prints(auditEvent))
        {
            return;
        }

        // A program that reads it is no terminal, and a terminal must not act on a name.
        PathBytes.Write(_buffer, terminal.IsTerminal ? TerminalText.Neutralise(auditEvent.Path) : auditEvent.Path);
        _buffer.Write("\0"u8);
        if (_buffer.WrittenCount >= FlushAt)
        {
            Flush();
        }
    }

    public void Flush()
    {
        if (_buffer.WrittenCount > 0)
        {
            stream.Write(_buffer.WrittenSpan);
            _buffer.ResetWrittenCount();
        }
    }
}
