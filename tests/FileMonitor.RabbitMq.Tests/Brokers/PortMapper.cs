using System.Diagnostics;
using System.Globalization;

namespace FileMonitor.RabbitMq.Tests.Brokers;

/// <summary>The port mapper of Erlang for the nodes of one fixture: on the loopback interface only, with a port of its own. It must not outlive the fixture.</summary>
internal sealed class PortMapper : IAsyncDisposable
{
    private readonly Process _process;

    private PortMapper(Process process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    public static PortMapper Start()
    {
        var port = Ports.Free();
        var start = new ProcessStartInfo("epmd") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { "-address", "127.0.0.1", "-port", port.ToString(CultureInfo.InvariantCulture) })
        {
            start.ArgumentList.Add(argument);
        }

        return new PortMapper(Process.Start(start)!, port);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
