using FileMonitor.Extending;
using FileMonitor.Values;

namespace FileMonitor.Hashing;

/// <summary>The result of reading a file: the checksum of the state <paramref name="File"/>, or why there is none. Never an exception.</summary>
/// <param name="Status">Computed, or the reason.</param>
/// <param name="Digest">The checksum, when computed.</param>
/// <param name="File">The state that the checksum belongs to; otherwise the last state seen.</param>
/// <param name="Attempts">How often the file was opened.</param>
/// <param name="BytesRead">How many bytes were read over all attempts.</param>
/// <param name="Detail">The system's message, when it failed.</param>
internal readonly record struct HashResult(
    ChecksumStatus Status,
    Sha256Digest? Digest = null,
    FileStatus File = default,
    int Attempts = 0,
    long BytesRead = 0,
    string? Detail = null)
{
    /// <summary>How many bytes were hashed; differs from the size where a file system does not know sizes.</summary>
    public long? Length { get; init; }

    /// <summary>Whether anybody had the file open for writing when its last byte was read, before its state was confirmed; Unknown when that was not asked.</summary>
    public FileWriters Writers { get; init; }

    /// <summary>What differs from the content that was known when the read began; null when that was not asked for, or is not known.</summary>
    public TextChange? TextChange { get; init; }

    /// <summary>The diff between the content with this checksum and the content that was read; null when it is not known.</summary>
    public string? DiffFrom(Sha256Digest? before) => TextChange is { } change && change.Before.Equals(before) ? change.Diff : null;

    /// <summary>The result as a host sees it.</summary>
    public FileHash Of(string path) => new(path, Status, Length ?? File.Size, Detail) { Sha256 = Digest?.ToString() };
}
