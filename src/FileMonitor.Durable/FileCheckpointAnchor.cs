using System.Text;
using FileMonitor.Durable.Journal.Files;
using FileMonitor.Durable.Journal.Signing;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Durable;

/// <summary>
/// Appends each checkpoint to a file, which belongs where whoever can change the journal cannot change it: a share of another machine, a volume that
/// only grows. On the journal's own disk it protects against mistakes only.
/// </summary>
public sealed class FileCheckpointAnchor : ICheckpointAnchor
{
    private static readonly byte[] SignatureLine = [(byte)'\n', .. Encoding.UTF8.GetBytes("\u2014 ")];

    private readonly string _path;

    /// <summary>Nothing is opened before the first checkpoint.</summary>
    /// <param name="path">The file; made when it is missing, for its owner only. Its directory must be there. A relative path is made absolute now.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    public FileCheckpointAnchor(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        _path = Path.GetFullPath(path);
    }

    /// <summary>
    /// Appends the checkpoint, and forces it to the device. A checkpoint before it that was not written to its end, because the process ended or the disk was full, is cut off
    /// first: nobody could read what follows it.
    /// </summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="cancellationToken">Not looked at: one write is not interrupted.</param>
    /// <returns>Ended.</returns>
    /// <exception cref="IOException">The file cannot be written, is a link, a device or the like, or ends in something that is no checkpoint.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public ValueTask AnchorAsync(JournalCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        using var file = Open();
        var length = RandomAccess.GetLength(file);
        var end = EndOfNotes(file, length, checkpoint.Origin);
        if (end < length)
        {
            RandomAccess.SetLength(file, end);
        }

        RandomAccess.Write(file, Encoding.UTF8.GetBytes(checkpoint.Note), end);
        JournalDevice.Instance.Flush(file);
        if (length == 0 && Path.GetDirectoryName(_path) is { } directory)
        {
            JournalDevice.Instance.FlushDirectory(directory);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Where the last whole checkpoint ends.</summary>
    private long EndOfNotes(SafeFileHandle file, long length, string origin)
    {
        // The end of one whole checkpoint is in it, and all of one that is not whole.
        var bytes = new byte[Math.Min(length, 2 * CheckpointNote.MostBytes)];
        var start = length - bytes.Length;
        var last = bytes.AsSpan(0, JournalDirectory.ReadFully(file, bytes, start));
        var end = 0;
        for (var signature = last.LastIndexOf(SignatureLine); signature >= 0; signature = last[..signature].LastIndexOf(SignatureLine))
        {
            var lengthOfLine = last[(signature + 1)..].IndexOf((byte)'\n');
            if (lengthOfLine >= 0)
            {
                end = signature + 1 + lengthOfLine + 1;
                break;
            }
        }

        // A loss of power leaves zeros where the file had grown and the bytes were not on the device yet.
        return (end > 0 || start == 0) && UnfinishedNote.IsOne(last[end..].TrimEnd((byte)0), origin)
            ? start + end
            : throw new IOException($"{_path} ends in something that is no checkpoint of {origin}: nobody could read what is appended to it. Move it away, or anchor this journal in another file.");
    }

    private SafeFileHandle Open() =>
        UnixCalls.IsSupported
            ? UnixCalls.Open(_path, UnixCalls.O_RDWR | UnixCalls.O_CREAT, JournalDirectory.PrivateFile)
            : File.OpenHandle(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
}
