using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;

namespace FileMonitor.Sinks.Syslog;

/// <summary>A connection to a syslog server. One caller at a time.</summary>
internal abstract class SyslogLink(Stream stream) : IAsyncDisposable
{
    private const int MostBuffered = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _unsent = new(4096);

    protected Stream Stream => stream;

    /// <summary>What is sent next.</summary>
    protected IBufferWriter<byte> Unsent => _unsent;

    /// <summary>Whether the server has closed the connection, as far as that is known: what is sent after that is lost.</summary>
    public virtual bool IsClosedByPeer => false;

    /// <summary>Whether a message that may have been received can be sent again over another connection.</summary>
    public abstract bool MayRepeat { get; }

    /// <exception cref="SocketException">The server cannot be reached.</exception>
    /// <exception cref="System.Security.Authentication.AuthenticationException">It is not who it should be.</exception>
    /// <exception cref="IOException">It speaks another protocol, or a file of the options cannot be read.</exception>
    public static async Task<SyslogLink> ConnectAsync(SyslogSinkOptions options, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Stream? stream = null;
        try
        {
            await socket.ConnectAsync(options.Host, options.PortInUse, cancellationToken).ConfigureAwait(false);
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, optionValue: true);
            stream = new NetworkStream(socket, ownsSocket: true);
            if (options.UseTls)
            {
                var tls = new SslStream(stream, leaveInnerStreamOpen: false);
                stream = tls;
                await tls.AuthenticateAsClientAsync(options.Tls.ForHost(options.Host), cancellationToken).ConfigureAwait(false);
            }

            return options.Transport == SyslogTransport.Relp ? await RelpLink.OpenAsync(stream, cancellationToken).ConfigureAwait(false) : new TcpLink(stream);
        }
        catch
        {
            if (stream is not null)
            {
                await stream.DisposeAsync().ConfigureAwait(false);
            }

            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends a message; it may stay in the buffer.</summary>
    public abstract ValueTask SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken);

    /// <summary>Completes when nothing is in the buffer, and all that can be acknowledged is.</summary>
    public abstract ValueTask CompleteAsync(CancellationToken cancellationToken);

    /// <summary>Says goodbye where the protocol has a word for it, and closes.</summary>
    public virtual ValueTask DisposeAsync() => AbortAsync();

    /// <summary>Closes at once.</summary>
    public virtual ValueTask AbortAsync() => stream.DisposeAsync();

    protected ValueTask FlushIfFullAsync(CancellationToken cancellationToken) => _unsent.WrittenCount < MostBuffered ? ValueTask.CompletedTask : FlushAsync(cancellationToken);

    protected async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        await stream.WriteAsync(_unsent.WrittenMemory, cancellationToken).ConfigureAwait(false);
        _unsent.ResetWrittenCount();
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    protected void Write(string ascii) => _unsent.Advance(System.Text.Encoding.ASCII.GetBytes(ascii, _unsent.GetSpan(ascii.Length)));
}
