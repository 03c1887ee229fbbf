using Microsoft.Extensions.FileProviders;

namespace FileMonitor.Extensions.FileProviders;

/// <summary>
/// A file that is reached through a symbolic link at its name. PhysicalFileProvider says of it what is so of the link: that it exists although it leads to nothing,
/// and a length that is not that of the content.
/// </summary>
internal sealed class FileBehindLink(IFileInfo link, FileInfo target) : IFileInfo
{
    public bool Exists => true;

    public long Length => target.Length;

    public string? PhysicalPath => link.PhysicalPath;

    public string Name => link.Name;

    public DateTimeOffset LastModified => target.LastWriteTimeUtc;

    public bool IsDirectory => false;

    /// <summary>The file itself, or what is behind it; one that does not exist when it is a link to nothing.</summary>
    public static IFileInfo Of(IFileInfo file)
    {
        if (!file.Exists || file.PhysicalPath is not { } path)
        {
            return file;
        }

        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: true) is not { } target ? file
                : target is FileInfo { Exists: true } found ? new FileBehindLink(file, found)
                : new NotFoundFileInfo(file.Name);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            // The links form a circle, or the file went away, or may not be seen.
            return new NotFoundFileInfo(file.Name);
        }
    }

    public Stream CreateReadStream() => link.CreateReadStream();
}
