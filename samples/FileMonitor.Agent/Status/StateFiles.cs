namespace FileMonitor.Agent.Status;

/// <summary>
/// How large the journal of a monitor is, and when it was written: from the names, sizes and times in its directory, which are looked at every few seconds at most.
/// Nothing is opened. Under one lock.
/// </summary>
internal sealed class StateFiles(TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (long At, JournalFiles Files)> _known = [];

    /// <summary>What the directory holds; empty when it cannot be read.</summary>
    public JournalFiles Read(string directory)
    {
        lock (_gate)
        {
            if (!_known.TryGetValue(directory, out var known) || time.GetElapsedTime(known.At) > Kept)
            {
                _known[directory] = known = (time.GetTimestamp(), Look(directory));
            }

            return known.Files;
        }
    }

    private static JournalFiles Look(string directory)
    {
        try
        {
            var segments = new DirectoryInfo(directory).EnumerateFiles("*.ndjson").Where(IsRegular).OrderBy(file => file.Name, StringComparer.Ordinal).ToList();
            var checkpoints = new DirectoryInfo(directory).EnumerateFiles("*.checkpoint").Where(IsRegular).ToList();
            return new(
                segments.Sum(file => file.Length),
                segments.Count == 0 ? null : Time(segments[0]),
                checkpoints.Count == 0 ? null : checkpoints.Max(Time));
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            return new(0, null, null);
        }
    }

    private static bool IsRegular(FileInfo file) => file.LinkTarget is null;

    private static DateTimeOffset Time(FileInfo file) => new(file.LastWriteTimeUtc, TimeSpan.Zero);
}

/// <param name="Bytes">Of all segments.</param>
/// <param name="OldestWritten">When the oldest segment was last written; null when there is none.</param>
/// <param name="LastCheckpoint">When the last signed checkpoint was written; null when there is none.</param>
internal readonly record struct JournalFiles(long Bytes, DateTimeOffset? OldestWritten, DateTimeOffset? LastCheckpoint);
