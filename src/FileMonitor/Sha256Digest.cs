using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FileMonitor;

/// <summary>The 32 bytes of a SHA-256 by value: a million of them in a snapshot are a million strings less.</summary>
[InlineArray(Length)]
internal struct Sha256Digest : IEquatable<Sha256Digest>
{
    public const int Length = 32;

    private byte _first;

    public static Sha256Digest From(ReadOnlySpan<byte> bytes)
    {
        var digest = default(Sha256Digest);
        bytes[..Length].CopyTo(digest);
        return digest;
    }

    public readonly bool Equals(Sha256Digest other) => ((ReadOnlySpan<byte>)this).SequenceEqual(other);

    public override readonly bool Equals(object? obj) => obj is Sha256Digest other && Equals(other);

    public override readonly int GetHashCode() => MemoryMarshal.Read<int>(this);

    public override readonly string ToString() => Convert.ToHexStringLower(this);
}
