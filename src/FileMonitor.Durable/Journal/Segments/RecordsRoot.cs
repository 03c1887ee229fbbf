using FileMonitor.Durable.Journal.Files;
using FileMonitor.Durable.Journal.Tree;

namespace FileMonitor.Durable.Journal.Segments;

/// <summary>The root of the tree over the first records of a journal, read from its files. It may be written meanwhile. Stateless.</summary>
internal static class RecordsRoot
{
    // A segment that the retention deleted, or that was begun anew, while it was looked for.
    private const int Attempts = 3;

    /// <param name="journal">The journal.</param>
    /// <param name="size">How many records; they are on the disk.</param>
    /// <returns>Null when nobody can tell any more, because the segment was deleted.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static byte[]? At(JournalDirectory journal, long size)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return journal.Segments().LastOrDefault(first => first <= size, -1) is >= 0 and var segment ? At(journal, segment, size) : null;
            }
            catch (FileNotFoundException) when (attempt < Attempts)
            {
            }
        }
    }

    private static byte[] At(JournalDirectory journal, long segment, long size)
    {
        using var file = journal.OpenToRead(JournalDirectory.SegmentName(segment));
        var lines = new LineScanner(file, 0);
        if (!lines.TryRead() || SegmentHeader.TryRead(lines.Line) is not var (_, range))
        {
            throw new JournalDamagedException(journal.Path, $"{JournalDirectory.SegmentName(segment)} has no header.");
        }

        Span<byte> leaf = stackalloc byte[MerkleHash.Size];
        while (range.Size < size && lines.TryRead())
        {
            lines.HashLine(leaf);
            range.Append(leaf);
        }

        return range.Root();
    }
}
