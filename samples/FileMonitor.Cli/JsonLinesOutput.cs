using System.Buffers;
using FileMonitor.JsonLines;
using FileMonitor.Schemas;

namespace FileMonitor.Cli;

/// <summary>One JSON object per line and nothing else, for a program.</summary>
/// <param name="stream">Standard output.</param>
/// <param name="writeLine">Writes an event with its line feed.</param>
internal sealed class JsonLinesOutput(Stream stream, Action<IBufferWriter<byte>, AuditEvent> writeLine) : IEventOutput
{
    // Small enough to stay out of the large object heap, large enough that a storm writes in blocks.
    private const int FlushAt = 48 * 1024;

    private readonly ArrayBufferWriter<byte> _buffer = new(64 * 1024);

    public TimeSpan? RefreshPeriod => null;

    /// <summary>The output of a format that is JSON.</summary>
    public static JsonLinesOutput Of(WatchFormat format, Stream stream) => new(stream, format switch
    {
        WatchFormat.Ecs => static (output, auditEvent) => EcsJson.WriteLine(output, auditEvent),
        WatchFormat.Ocsf => static (output, auditEvent) => OcsfJson.WriteLine(output, auditEvent),
        WatchFormat.CloudEvents => static (output, auditEvent) => CloudEventJson.WriteLine(output, auditEvent),
        _ => AuditEventJson.WriteLine,
    });

    public void Write(AuditEvent auditEvent)
    {
        writeLine(_buffer, auditEvent);
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
