using System.Buffers;
using System.Globalization;

namespace FileMonitor.Sinks.Syslog;

/// <summary>Syslog over TCP or TLS: each message with its length before it (RFC 6587, RFC 5425). The server says nothing.</summary>
internal sealed class TcpLink : SyslogLink
{
    // A server that sends something, or closes, ends this.
    private readonly Task _heard;

    public TcpLink(Stream stream)
        : base(stream) => _heard = HearAsync(stream);

    public override bool IsClosedByPeer => _heard.IsCompleted;

    public override bool MayRepeat => false;

    public override ValueTask SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        Write(string.Create(CultureInfo.InvariantCulture, $"{message.Length} "));
        Unsent.Write(message.Span);
        return FlushIfFullAsync(cancellationToken);
    }

    public override ValueTask CompleteAsync(CancellationToken cancellationToken) => FlushAsync(cancellationToken);

    public override async ValueTask AbortAsync()
    {
        await base.AbortAsync().ConfigureAwait(false);
        await _heard.ConfigureAwait(false);
    }

    private static async Task HearAsync(Stream stream)
    {
        try
        {
            _ = await stream.ReadAsync(new byte[1]).ConfigureAwait(false);
        }
        catch (Exception closed) when (closed is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Here or there.
        }
    }
}
