using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace FileMonitor.Agent.Tests;

/// <summary>A connection on which anything can be said, and nothing has to be read.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    private RawConnection()
    {
    }

    public static async Task<RawConnection> OpenAsync(Uri address, int? receiveBuffer = null)
    {
        var connection = new RawConnection();
        if (receiveBuffer is { } size)
        {
            // Before it is connected, or the system has promised the other side more already.
            connection._socket.ReceiveBufferSize = size;
        }

        await connection._socket.ConnectAsync(IPAddress.Parse(address.Host), address.Port, TestContext.Current.CancellationToken);
        return connection;
    }

    /// <summary>Asks, and gives the whole answer, head and body.</summary>
    public static async Task<string> AskAsync(Uri address, string requestLine, string host = "localhost", string more = "")
    {
        using var connection = await OpenAsync(address);
        await connection.SendAsync($"{requestLine} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n");
        using var reader = new StreamReader(connection.Read(), Encoding.Latin1);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    public async Task SendAsync(string text) => await _socket.SendAsync(Encoding.Latin1.GetBytes(text), TestContext.Current.CancellationToken);

    public Stream Read() => new NetworkStream(_socket, ownsSocket: false);

    public void Dispose() => _socket.Dispose();
}
