using System.Buffers;
using FileMonitor.JsonLines;

namespace FileMonitor.Cli;

/// <summary>One JSON object per line and nothing else, for a program.</summary>
internal sealed class JsonLinesOutput(Stream stream) : IEventOutput
{
    // Small enough to stay out of the large object heap, large enough that a storm writes in blocks.
    private const int FlushAt = 48 * 1024;

    private readonly ArrayBufferWriter<byte> _buffer = new(64 * 1024);

    public TimeSpan? RefreshPeriod => null;

    public void Write(AuditEvent auditEvent)
    {
        AuditEventJson.WriteLine(_buffer, auditEvent);
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
