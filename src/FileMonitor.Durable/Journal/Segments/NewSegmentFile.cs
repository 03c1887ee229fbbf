using FileMonitor.Durable.Journal.Files;
using FileMonitor.Durable.Journal.Tree;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Durable.Journal.Segments;

/// <summary>A segment's file before it has its name.</summary>
internal sealed class NewSegmentFile(IJournalDevice device, SafeFileHandle file)
{
    private long _length;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.IsEmpty)
        {
            device.Write(file, bytes, _length);
            _length += bytes.Length;
        }
    }

    /// <summary>Copies lines, and has the tree grow by what was read of them, until it has the size or no line is left.</summary>
    public void Copy(LineScanner lines, CompactRange range, long size)
    {
        Span<byte> hash = stackalloc byte[MerkleHash.Size];
        while (range.Size < size && lines.TryRead())
        {
            Write(lines.Line);
            lines.HashLine(hash);
            range.Append(hash);
        }
    }
}
