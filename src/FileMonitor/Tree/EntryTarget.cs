using System.Buffers.Binary;

namespace FileMonitor.Tree;

/// <summary>The target of a link as it stands before the link's name: its length in characters, doubled, plus 1 when each takes two bytes; then the characters.</summary>
internal static class EntryTarget
{
    private const int HeaderBytes = sizeof(ushort);

    // Far more than a path can have. A longer text is no target.
    private const int MostChars = short.MaxValue;

    public static byte[] Of(string target)
    {
        var kept = target.Length <= MostChars ? target : target[..MostChars];
        var isWide = EntryName.IsWide(kept);
        var bytes = new byte[HeaderBytes + EntryName.BytesOf(kept, isWide)];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)((kept.Length << 1) | (isWide ? 1 : 0)));
        EntryName.Write(kept, bytes.AsSpan(HeaderBytes), isWide);
        return bytes;
    }

    /// <summary>The length in bytes, of a text that begins with a target.</summary>
    public static int LengthOf(ReadOnlySpan<byte> text) => HeaderBytes + (Chars(text) << (IsWide(text) ? 1 : 0));

    public static string Read(ReadOnlySpan<byte> text) => new EntryName(text[HeaderBytes..LengthOf(text)], IsWide(text)).ToString();

    private static int Chars(ReadOnlySpan<byte> text) => BinaryPrimitives.ReadUInt16LittleEndian(text) >> 1;

    private static bool IsWide(ReadOnlySpan<byte> text) => (text[0] & 1) != 0;
}
