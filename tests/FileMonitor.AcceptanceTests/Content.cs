using System.Security.Cryptography;
using System.Text;

namespace FileMonitor.AcceptanceTests;

/// <summary>The checksum of what a test wrote, computed without the library.</summary>
internal static class Content
{
    public static string Sha256(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));

    public static string Sha256(string content) => Sha256(Encoding.UTF8.GetBytes(content));
}
