using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace FileMonitor.Agent;

/// <summary>
/// Tries the addresses before anything is read: the server listens while baselines are taken, and the host says that it could not only when these are done, which may be minutes later.
/// </summary>
internal static class ListeningPlaces
{
    /// <summary>Why an address cannot be listened on, as a sentence; null when all can be.</summary>
    public static string? FindProblem(IEnumerable<BindingAddress> addresses) => addresses.Select(FindProblem).FirstOrDefault(problem => problem is not null);

    private static string? FindProblem(BindingAddress address)
    {
        if (address.IsUnixPipe)
        {
            return File.Exists(address.UnixPipePath)
                ? $"{address} cannot be listened on: the socket is there already. Another process listens on it, or has left it; end that process, or remove the socket."
                : null;
        }

        return address.Port == 0 ? null : EndPoints(address).Select(place => FindProblem(address, place)).FirstOrDefault(problem => problem is not null);
    }

    private static string? FindProblem(BindingAddress address, IPEndPoint place)
    {
        try
        {
            // As the server does it.
            using var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(place);
            socket.Listen();
            return null;
        }
        catch (SocketException refused)
        {
            return refused.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => $"The port is taken: something else listens on {address}. End it, or set Agent:Urls (or --urls) to another address.",
                SocketError.AccessDenied => $"{address} cannot be listened on: this user may not use the port. Set Agent:Urls (or --urls) to a port above 1023.",
                SocketError.AddressNotAvailable => $"{address} cannot be listened on: this machine does not have the address. Set Agent:Urls (or --urls) to one that it has.",

                // Such as no IPv6 at all: the server knows what it can do without.
                _ => null,
            };
        }
    }

    /// <summary>What the server makes of the name: a name that is none of this machine's means all addresses.</summary>
    private static IPEndPoint[] EndPoints(BindingAddress address) => (address.Host, IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip)) switch
    {
        (_, true) => [new(ip!, address.Port)],
        (var host, _) when host.Equals("localhost", StringComparison.OrdinalIgnoreCase) => [new(IPAddress.Loopback, address.Port), new(IPAddress.IPv6Loopback, address.Port)],
        _ => [new(IPAddress.IPv6Any, address.Port)],
    };
}
