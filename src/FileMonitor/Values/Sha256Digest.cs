using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace FileMonitor.Values;

/// <summary>
/// The 32 bytes of a SHA-256. A reference type, so that an event without a checksum does not pay for one: 48 bytes, where the hexadecimal text
/// takes 152.
/// </summary>
internal sealed class Sha256Digest : IEquatable<Sha256Digest>
{
    public const int Length = 32;

    private readonly Bytes _bytes;

    private Sha256Digest(ReadOnlySpan<byte> bytes) => bytes[..Length].CopyTo(_bytes);

    /// <summary>Loads the system's hashing library early: .NET ends the process when no descriptor is free to load it later.</summary>
    public static void Prepare() => SHA256.HashData([]);

    public static Sha256Digest From(ReadOnlySpan<byte> bytes) => new(bytes);

    public void CopyTo(Span<byte> destination) => ((ReadOnlySpan<byte>)_bytes).CopyTo(destination);

    public bool Equals(Sha256Digest? other) => other is not null && ((ReadOnlySpan<byte>)_bytes).SequenceEqual(other._bytes);

    public override bool Equals(object? obj) => Equals(obj as Sha256Digest);

    public override int GetHashCode() => BitConverter.ToInt32(_bytes);

    public override string ToString() => Convert.ToHexStringLower(_bytes);

    [InlineArray(Length)]
    private struct Bytes
    {
        private byte _first;
    }
}
