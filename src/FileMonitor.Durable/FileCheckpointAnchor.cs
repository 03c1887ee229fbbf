using System.Text;
using FileMonitor.Durable.Journal.Files;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Durable;

/// <summary>
/// Appends each checkpoint to a file, which belongs where whoever can change the journal cannot change it: a share of another machine, a volume that
/// only grows. On the journal's own disk it protects against mistakes only.
/// </summary>
public sealed class FileCheckpointAnchor : ICheckpointAnchor
{
    private readonly string _path;

    /// <summary>Nothing is opened before the first checkpoint.</summary>
    /// <param name="path">The file; made when it is missing, for its owner only. Its directory must be there. A relative path is made absolute now.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    public FileCheckpointAnchor(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        _path = Path.GetFullPath(path);
    }

    /// <summary>Appends the checkpoint, and forces it to the device.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="cancellationToken">Not looked at: one write is not interrupted.</param>
    /// <returns>Ended.</returns>
    /// <exception cref="IOException">The file cannot be written, or is a link, a device or the like.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public ValueTask AnchorAsync(JournalCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        using var file = Open();
        var length = RandomAccess.GetLength(file);
        RandomAccess.Write(file, Encoding.UTF8.GetBytes(checkpoint.Note), length);
        JournalDevice.Instance.Flush(file);
        if (length == 0 && Path.GetDirectoryName(_path) is { } directory)
        {
            JournalDevice.Instance.FlushDirectory(directory);
        }

        return ValueTask.CompletedTask;
    }

    private SafeFileHandle Open() =>
        UnixCalls.IsSupported
            ? UnixCalls.Open(_path, UnixCalls.O_RDWR | UnixCalls.O_CREAT, JournalDirectory.PrivateFile)
            : File.OpenHandle(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
}
