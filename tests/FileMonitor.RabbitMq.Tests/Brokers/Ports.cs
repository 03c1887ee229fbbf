using System.Net;
using System.Net.Sockets;

namespace FileMonitor.RabbitMq.Tests.Brokers;

/// <summary>Free ports of the loopback interface. Compiled into other tests, too.</summary>
internal static class Ports
{
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
