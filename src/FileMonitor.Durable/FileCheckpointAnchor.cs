using System.Text;
using FileMonitor.Durable.Journal.Anchoring;

namespace FileMonitor.Durable;

/// <summary>
/// Appends each checkpoint to a file, which belongs where whoever can change the journal cannot change it: a share of another machine, a file that
/// may only grow (<c>chattr +a</c>). On the journal's own disk it protects against mistakes only.
/// </summary>
public sealed class FileCheckpointAnchor : ICheckpointAnchor
{
    private readonly AnchorFile _file;

    /// <summary>Nothing is opened before the first checkpoint.</summary>
    /// <param name="path">The file; made when it is missing, for its owner only. Its directory must be there. A relative path is made absolute now.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    public FileCheckpointAnchor(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        _file = new(path, hasTokens: false);
    }

    /// <summary>Reads the end of the file: the last checkpoint that was written to its end, of whichever journal.</summary>
    /// <param name="cancellationToken">Not looked at: one read is not interrupted.</param>
    /// <returns>Its note; null when the file has none or is missing.</returns>
    /// <exception cref="IOException">The file cannot be read, or is a link, a device or the like.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read and written.</exception>
    public ValueTask<string?> ReadLastAsync(CancellationToken cancellationToken) => new(_file.Last() is { } last ? Encoding.UTF8.GetString(last.ToBytes()) : null);

    /// <summary>
    /// Appends the checkpoint, and forces it to the device. A checkpoint before it that was not written to its end, because the process ended or the disk was full, is cut off
    /// first, or marked as such where the file may only grow (<c>chattr +a</c>): nobody could read what follows it.
    /// </summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="cancellationToken">Not looked at: one write is not interrupted.</param>
    /// <returns>Ended.</returns>
    /// <exception cref="IOException">The file cannot be written, is a link, a device or the like, or ends in something that is no checkpoint of this journal.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public ValueTask AnchorAsync(JournalCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        _file.Append(checkpoint.Origin, Encoding.UTF8.GetBytes(checkpoint.Note));
        return ValueTask.CompletedTask;
    }
}
