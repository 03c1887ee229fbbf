namespace FileMonitor;

/// <summary>How a <see cref="JsonLinesFileSink"/> writes. Checked and copied when the sink is created.</summary>
public sealed class JsonLinesFileSinkOptions
{
    /// <summary>
    /// A batch that would make the file larger than this begins a new file. In bytes, from 0; default 104,857,600 (100 MiB); 0 for one file that grows
    /// for ever. A batch is never split over two files, so a file is larger only when a single batch is.
    /// </summary>
    public long MaxFileBytes { get; set; } = 100L * 1024 * 1024;

    /// <summary>
    /// How many files are kept, the one being written included. Range 1 to 1,000, default 10. When one more is needed <b>the oldest is deleted</b>;
    /// with 1 nothing older than the present file is kept. Files beyond this number that an earlier configuration left are not touched.
    /// </summary>
    public int MaxFiles { get; set; } = 10;

    /// <summary>
    /// Whether each batch is forced to the device (fsync) before it counts as written. Default true: what the sink took survives a loss of power. With
    /// false it survives a crash of the process but not of the machine; it is forced out when the monitor stops and when a file is rotated.
    /// </summary>
    public bool FlushToDisk { get; set; } = true;

    internal IReadOnlyList<string> GetErrors()
    {
        var errors = new List<string>();
        if (MaxFileBytes < 0)
        {
            errors.Add($"MaxFileBytes ({MaxFileBytes}) is negative; give a size in bytes, or 0 for a file that is never rotated.");
        }

        if (MaxFiles is < 1 or > 1_000)
        {
            errors.Add($"MaxFiles ({MaxFiles}) is outside 1 to 1000; it counts the file being written.");
        }

        return errors;
    }
}
