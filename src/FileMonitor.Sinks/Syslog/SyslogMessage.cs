using System.Buffers;
using System.Globalization;
using System.Text;

namespace FileMonitor.Sinks.Syslog;

/// <summary>Writes one event as a message of RFC 5424, without a frame. No structured data: the text has everything.</summary>
internal sealed class SyslogMessage(SyslogSinkOptions options)
{
    private const int Warning = 4;
    private const int Informational = 6;

    private readonly ArrayBufferWriter<byte> _text = new(4096);

    public void Write(ArrayBufferWriter<byte> into, AuditEvent auditEvent)
    {
        var severity = auditEvent.Kind is AuditEventKind.Gap or AuditEventKind.RootLost ? Warning : Informational;
        var time = auditEvent.EmittedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
        var header = string.Create(
            CultureInfo.InvariantCulture, $"<{(options.Facility * 8) + severity}>1 {time} {options.HostName} {options.AppName} {Environment.ProcessId} {auditEvent.Kind} - ");
        into.Write(Encoding.ASCII.GetBytes(header));
        _text.ResetWrittenCount();
        options.WriteMessage(_text, auditEvent);
        into.Write(_text.WrittenSpan.TrimEnd((byte)'\n'));
    }
}
