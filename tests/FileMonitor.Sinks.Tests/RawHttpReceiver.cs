using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace FileMonitor.Sinks.Tests;

/// <summary>
/// A receiver of HTTP that can be killed: its connection then breaks without an answer. A listener of the framework that is stopped answers the request that it has with success.
/// One connection at a time, requests with a length only.
/// </summary>
internal sealed class RawHttpReceiver : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _killed = new();
    private readonly Task _serving;

    /// <param name="port">Where to listen; 0 for a port that nobody uses.</param>
    /// <param name="take">Gets the body of a request. Answers whether it is acknowledged; if not, the connection is closed.</param>
    public RawHttpReceiver(int port, Func<byte[], bool> take)
    {
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _listener.Start();
        _serving = ServeAsync(take);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        await _killed.CancelAsync();
        await _serving;
        _listener.Stop();
        _killed.Dispose();
    }

    private async Task ServeAsync(Func<byte[], bool> take)
    {
        while (!_killed.IsCancellationRequested)
        {
            try
            {
                using var connection = await _listener.AcceptTcpClientAsync(_killed.Token);
                while (await ReadRequestAsync(connection.GetStream()) is { } body && take(body))
                {
                    await connection.GetStream().WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"u8.ToArray(), _killed.Token);
                }
            }
            catch (Exception ended) when (ended is IOException or SocketException or OperationCanceledException)
            {
                // Killed, or the client went.
            }
        }
    }

    /// <summary>The body of the next request; null when the client has closed the connection.</summary>
    private async Task<byte[]?> ReadRequestAsync(NetworkStream stream)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (!head.TakeLast(4).SequenceEqual("\r\n\r\n"u8.ToArray()))
        {
            if (await stream.ReadAsync(one, _killed.Token) == 0)
            {
                return null;
            }

            head.Add(one[0]);
        }

        var length = Encoding.ASCII.GetString([.. head]).Split("\r\n").Single(static line => line.StartsWith("Content-Length: ", StringComparison.Ordinal));
        var body = new byte[int.Parse(length["Content-Length: ".Length..], CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(body, _killed.Token);
        return body;
    }
}
