using FileMonitor.Durable.Journal.Signing;

namespace FileMonitor.Durable.Journal.Anchoring;

/// <summary>What a crash, or a write that failed, leaves at the end of an anchor's file, and the line that says so where it cannot be cut off.</summary>
internal static class UnfinishedEntry
{
    /// <summary>More is not looked at: a checkpoint, and the zeros that a loss of power leaves where the file had grown and the bytes were not on the device yet.</summary>
    public const int MostBytes = CheckpointNote.MostBytes + 8192;

    /// <summary>The line behind something that was not written to its end. No checkpoint has such a line.</summary>
    public static ReadOnlySpan<byte> Mark => "-- not written to its end\n"u8;

    /// <summary>The same with the line feed that ends what is before it.</summary>
    public static ReadOnlySpan<byte> MarkBehindLine => "\n-- not written to its end\n"u8;

    /// <summary>Whether the bytes are the beginning of a checkpoint and not all of it, or that and a mark that was not written to its end either. Nothing is the beginning of one.</summary>
    /// <param name="bytes">What stands behind the last whole checkpoint.</param>
    /// <param name="origin">The origin of the journal.</param>
    public static bool IsOne(ReadOnlySpan<byte> bytes, string origin)
    {
        while (true)
        {
            bytes = bytes.TrimEnd((byte)0);
            if (UnfinishedNote.IsOne(bytes, origin) || Mark.StartsWith(bytes))
            {
                return true;
            }

            var mark = bytes.LastIndexOf((byte)'\n');
            if (mark < 0 || !MarkBehindLine.StartsWith(bytes[mark..]))
            {
                return false;
            }

            bytes = bytes[..mark];
        }
    }
}
