using FileMonitor.Durable.Journal.Files;

namespace FileMonitor.Durable.State;

/// <summary>How large a journal is, and when it was written: from the names, sizes and times of its files. Nothing is opened. Immutable.</summary>
/// <param name="Bytes">Of all segments, without their checkpoints.</param>
/// <param name="OldestWritten">When the oldest segment was last written; null when there is none.</param>
/// <param name="LastCheckpoint">When the last signed checkpoint was written; null when there is none.</param>
internal sealed record JournalSize(long Bytes, DateTimeOffset? OldestWritten, DateTimeOffset? LastCheckpoint)
{
    /// <summary>Null when the directory cannot be read.</summary>
    public static JournalSize? Read(JournalDirectory directory)
    {
        try
        {
            var segments = Files(directory, directory.Segments(), JournalDirectory.SegmentName);
            var checkpoints = Files(directory, directory.Checkpoints(), JournalDirectory.CheckpointsName);
            return new(
                segments.Sum(static file => file.Length),
                segments.Count == 0 ? null : Time(segments[0]),
                checkpoints.Count == 0 ? null : checkpoints.Max(Time));
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            // Whoever writes the journal says what is wrong with its disk.
            return null;
        }
    }

    // One that was deleted since the names were read does not count.
    private static List<FileInfo> Files(JournalDirectory directory, IEnumerable<long> numbers, Func<long, string> nameOf) =>
        [.. numbers.Select(number => new FileInfo(directory.PathOf(nameOf(number)))).Where(static file => file.Exists && file.LinkTarget is null)];

    private static DateTimeOffset Time(FileInfo file) => new(file.LastWriteTimeUtc, TimeSpan.Zero);
}
