namespace FileMonitor;

/// <summary>The result of <see cref="FileHasher"/> for one file: its checksum, or why there is none.</summary>
public sealed class FileHash
{
    internal FileHash()
    {
    }

    internal FileHash(string path, ChecksumStatus status, long size = 0, string? detail = null)
    {
        Path = path;
        Status = status;
        Size = size;
        Detail = detail;
    }

    /// <summary>The path as given; for a file found in a directory, the directory as given with the file's path in it.</summary>
    /// <remarks>A byte that is not UTF-8 is written as U+DC00 + byte; <see cref="FileHasher"/> accepts such a path.</remarks>
    public string Path { get; internal init; } = "";

    /// <summary>Computed, or the reason why there is no checksum.</summary>
    public ChecksumStatus Status { get; internal init; }

    /// <summary>SHA-256 of the content, 64 lower-case hexadecimal digits; null unless <see cref="Status"/> is Computed.</summary>
    public string? Sha256 { get; internal init; }

    /// <summary>The size in bytes of the hashed content, or the last known size; 0 when it is not known.</summary>
    public long Size { get; internal init; }

    /// <summary>The system's message, when it failed.</summary>
    public string? Detail { get; internal init; }

    /// <summary>The checksum, or the status, and the path.</summary>
    public override string ToString() => $"{Sha256 ?? Status.ToString()}  {Path}";
}
