using System.Net;

namespace FileMonitor.Agent;

/// <summary>What can be reached from this machine only.</summary>
internal static class Loopback
{
    /// <summary>What such a server is called by somebody who means it.</summary>
    public static IReadOnlyList<string> Names { get; } = ["localhost", "127.0.0.1", "[::1]"];

    /// <summary>A name that has to be looked up, and <c>*</c> or <c>+</c>, is everywhere. A socket in the file system has an owner and a mode.</summary>
    public static bool Is(BindingAddress address) =>
        address.IsUnixPipe
        || address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(address.Host, out var ip) && IPAddress.IsLoopback(ip));
}
