using System.Net;
using System.Net.Sockets;

namespace FileMonitor.RabbitMq.Tests.Brokers;

/// <summary>
/// A way to a broker that can be closed, which a client sees as a broker that is away, and frozen: then what the broker answers is held back, as by one that hangs.
/// </summary>
internal sealed class Gate : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _broker;
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _lock = new();
    private readonly List<TcpClient> _open = [];
    private readonly Task _accepting;
    private TaskCompletionSource _thawed = Completed();
    private bool _isOpen = true;

    public Gate(int broker)
    {
        _broker = broker;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>How many connections were made.</summary>
    public int Connections { get; private set; }

    public void Open()
    {
        lock (_lock)
        {
            _isOpen = true;
        }
    }

    /// <summary>Cuts all connections and takes no more.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isOpen = false;
        }

        Cut();
    }

    /// <summary>Cuts all connections.</summary>
    public void Cut()
    {
        lock (_lock)
        {
            _open.ForEach(static client => client.Dispose());
            _open.Clear();
        }
    }

    /// <summary>Holds back what the broker answers.</summary>
    public void Freeze() => _thawed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Thaw() => _thawed.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        Thaw();
        Close();
        await _accepting;
        _end.Dispose();
    }

    private static TaskCompletionSource Completed()
    {
        var completed = new TaskCompletionSource();
        completed.SetResult();
        return completed;
    }

    private async Task AcceptAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync(_end.Token);
                var broker = new TcpClient();
                lock (_lock)
                {
                    if (!_isOpen)
                    {
                        client.Dispose();
                        broker.Dispose();
                        continue;
                    }

                    Connections++;
                    _open.AddRange([client, broker]);
                }

                await broker.ConnectAsync(IPAddress.Loopback, _broker, _end.Token);
                _ = PassAsync(client, broker, isFromBroker: false);
                _ = PassAsync(broker, client, isFromBroker: true);
            }
            catch (Exception failed) when (failed is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The broker is away, or the gate is closed: the client sees its connection end.
                Cut();
            }
        }
    }

    private async Task PassAsync(TcpClient from, TcpClient to, bool isFromBroker)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.GetStream().ReadAsync(buffer, _end.Token) is var read and > 0)
            {
                if (isFromBroker)
                {
                    await _thawed.Task;
                }

                await to.GetStream().WriteAsync(buffer.AsMemory(0, read), _end.Token);
            }
        }
        catch (Exception failed) when (failed is IOException or SocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // One end is closed.
        }

        from.Dispose();
        to.Dispose();
    }
}
