using FileMonitor.Sources.Native;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Output;

/// <summary>
/// Files that a process writes beside the ones it watches: a log, a ready file, a process id. Other users who may write to the directory cannot
/// redirect the data to another file, and by default cannot read it.
/// </summary>
/// <remarks>
/// On 64-bit Linux a file is opened from its directory's descriptor and checked by its own: a link, a pipe, a device, a file with a second name
/// or of another user is refused. Links on the way to the directory are followed only if root or the user of this process created them.
/// Elsewhere a link is refused when it is seen before or after opening.
/// </remarks>
public static class OutputFile
{
    internal const UnixFileMode PrivateFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    internal const UnixFileMode PrivateDirectory = PrivateFile | UnixFileMode.UserExecute;

    /// <summary>
    /// Writes a small file as a whole: under another name first, then forced to the device and renamed. A reader never sees a part of it, also after a loss of power. An existing item,
    /// also a link, is replaced and not written to.
    /// </summary>
    /// <param name="path">The file. A relative path is made absolute by the process's present working directory. Missing directories are created, for the owner only.</param>
    /// <param name="content">The whole content.</param>
    /// <param name="mode">Permissions of the file on Unix, whatever the umask; without effect on Windows. Default 0600: only the owner reads and writes.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty or names a directory.</exception>
    /// <exception cref="IOException">
    /// The file could not be written, or the path is a directory, or a link of another user is on the way to it. An existing item is still
    /// there.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">The directory may not be written to.</exception>
    public static void Replace(string path, ReadOnlySpan<byte> content, UnixFileMode mode = PrivateFile)
    {
        ThrowIfNoFile(path, nameof(path));
        using var file = Begin(path, mode);
        file.WriteAt(content, 0);
        file.Finish();
    }

    /// <exception cref="ArgumentException">A path is empty or names a directory.</exception>
    internal static void ThrowIfNoFile(string path, string parameter)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path, parameter);
        if (Path.EndsInDirectorySeparator(path))
        {
            throw new ArgumentException($"The path of a file ({path}) ends like a directory's; add a file name.", parameter);
        }
    }

    /// <summary>Begins a file that gets its name when it is finished. Missing directories are created, for the owner only.</summary>
    /// <exception cref="IOException">The file cannot be created, or a link of another user is on the way to its directory.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory may not be written to.</exception>
    internal static UnfinishedFile Begin(string path, UnixFileMode mode = PrivateFile)
    {
        path = Path.GetFullPath(path);
        return UnfinishedFile.Create(OpenDirectoryOf(path, PrivateDirectory), Path.GetFileName(path), mode);
    }

    /// <summary>Opens the directory of a file; creates it when it is missing.</summary>
    /// <exception cref="IOException">The directory cannot be created or opened, or a link of another user is on the way.</exception>
    /// <exception cref="UnauthorizedAccessException">Access is denied.</exception>
    internal static OutputDirectory OpenDirectoryOf(string fullPath, UnixFileMode mode)
    {
        // The root of a file system is no file; the attempt to open it reports that.
        var directory = Path.GetDirectoryName(fullPath) ?? fullPath;
        return LinuxFiles.IsSupported ? LinuxOutputDirectory.Open(directory, mode) : ManagedOutputDirectory.Open(directory, mode);
    }

    /// <summary>Whether an open file was deleted, so that its content is lost once it is closed. False where that is not known.</summary>
    internal static bool IsDeleted(SafeFileHandle open) =>
        LinuxFiles.IsSupported && LinuxFiles.TryGetStatus((int)open.DangerousGetHandle(), out var status) && status.ToFileStatus().HardLinkCount == 0;
}
