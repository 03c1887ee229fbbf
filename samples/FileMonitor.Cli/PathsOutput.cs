using System.Buffers;

namespace FileMonitor.Cli;

/// <summary>The whole path of each event with a zero byte behind it, for <c>xargs -0</c>: the bytes of the name on disk, whatever they are.</summary>
/// <param name="stream">Gets the paths.</param>
/// <param name="terminal">What the stream leads to.</param>
/// <param name="leavesOutOpen">Whether files that somebody has open for writing are left out: a path does not say so, and who asked for complete files takes it for one.</param>
internal sealed class PathsOutput(Stream stream, Terminal terminal, bool leavesOutOpen = false) : IEventOutput
{
    private const int FlushAt = 48 * 1024;

    private readonly ArrayBufferWriter<byte> _buffer = new(64 * 1024);

    public TimeSpan? RefreshPeriod => null;

    public void Write(AuditEvent auditEvent)
    {
        if (leavesOutOpen && auditEvent.Writers == FileWriters.Open)
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
