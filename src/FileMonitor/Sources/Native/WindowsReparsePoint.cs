using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace FileMonitor.Sources.Native;

/// <summary>What a link, junction or mount point of Windows says about its target (REPARSE_DATA_BUFFER).</summary>
internal static class WindowsReparsePoint
{
    private const uint SymbolicLink = 0xA000_000C;
    private const uint MountPoint = 0xA000_0003;
    private const int HeaderBytes = 8;
    private const string ObjectPrefix = @"\??\";

    /// <summary>The target as <c>dir</c> shows it; null for other reparse points, and for what is damaged.</summary>
    public static string? TargetOf(ReadOnlySpan<byte> point)
    {
        if (point.Length < HeaderBytes + 8)
        {
            return null;
        }

        var tag = BinaryPrimitives.ReadUInt32LittleEndian(point);
        if (tag is not (SymbolicLink or MountPoint))
        {
            return null;
        }

        var offsets = point[HeaderBytes..];
        var texts = offsets[Math.Min(offsets.Length, tag == SymbolicLink ? 12 : 8)..];
        var shown = Text(texts, offsets, 4);

        // A link may have no text to show. What it leads to is then a path of the object manager.
        return shown is not "" ? shown
            : Text(texts, offsets, 0) is not { Length: > 0 } target ? null
            : !target.StartsWith(ObjectPrefix, StringComparison.Ordinal) ? target
            : target.Length > ObjectPrefix.Length + 1 && target[ObjectPrefix.Length + 1] == ':' ? target[ObjectPrefix.Length..]
            : string.Concat(@"\\?\", target.AsSpan(ObjectPrefix.Length));
    }

    private static string? Text(ReadOnlySpan<byte> texts, ReadOnlySpan<byte> offsets, int at)
    {
        var offset = BinaryPrimitives.ReadUInt16LittleEndian(offsets[at..]);
        var length = BinaryPrimitives.ReadUInt16LittleEndian(offsets[(at + 2)..]);
        return offset + length <= texts.Length ? new string(MemoryMarshal.Cast<byte, char>(texts.Slice(offset, length))) : null;
    }
}
