using System.Net;

namespace FileMonitor.Agent;

/// <summary>Recognises addresses that can be reached from this machine only.</summary>
internal static class Loopback
{
    /// <summary>The host names of such a server.</summary>
    public static IReadOnlyList<string> Names { get; } = ["localhost", "127.0.0.1", "[::1]"];

    /// <summary>A name that needs a look-up, <c>*</c> and <c>+</c> count as public. A socket in the file system has an owner and a mode.</summary>
    public static bool Is(BindingAddress address) =>
        address.IsUnixPipe
        || address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(address.Host, out var ip) && IPAddress.IsLoopback(ip));
}
