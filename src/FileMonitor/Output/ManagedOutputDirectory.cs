using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Output;

/// <summary>
/// A directory that we write in, through .NET only. A new file follows no link. An existing file is checked before and after it was opened,
/// because .NET cannot refuse a link while opening. Files are told apart by creation time and length, because there is no identity.
/// </summary>
internal sealed class ManagedOutputDirectory : OutputDirectory
{
    private const int Attempts = 10;

    // Linux without statx has no creation time; .NET returns another time instead.
    private static readonly bool HasCreationTime = OperatingSystem.IsWindows() || OperatingSystem.IsMacOS();

    private readonly string _path;

    private ManagedOutputDirectory(string path) => _path = path;

    public static ManagedOutputDirectory Open(string path, UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, mode);
        }

        return new(path);
    }

    public override SafeFileHandle OpenToAppend(string name, UnixFileMode mode)
    {
        var path = Path.Join(_path, name);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (TryCreate(name, mode) is { } made)
            {
                return made;
            }

            Check(path);
            SafeFileHandle open;
            try
            {
                open = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
            }
            catch (FileNotFoundException)
            {
                continue;
            }

            try
            {
                Check(path);

                // Throws for a pipe, which has no length.
                RandomAccess.GetLength(open);
                return open;
            }
            catch (NotSupportedException error)
            {
                open.Dispose();
                throw new IOException($"{path} is not a regular file; give the path of one.", error);
            }
            catch
            {
                open.Dispose();
                throw;
            }
        }

        throw new IOException($"{path} was replaced by another item each time it was opened; keep other users out of its directory.");
    }

    public override SafeFileHandle? TryCreate(string name, UnixFileMode mode)
    {
        var path = Path.Join(_path, name);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.Read, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = mode;
        }

        try
        {
            return new FileStream(path, options).SafeFileHandle;
        }
        catch (IOException) when (Path.Exists(path) || new FileInfo(path).LinkTarget is not null)
        {
            return null;
        }
    }

    public override bool IsStill(string name, SafeFileHandle open)
    {
        var file = new FileInfo(Path.Join(_path, name));
        return file.Exists
            && file.LinkTarget is null
            && file.Length == RandomAccess.GetLength(open)
            && (!HasCreationTime || file.CreationTimeUtc == File.GetCreationTimeUtc(open));
    }

    public override bool HasFile(string name) => new FileInfo(Path.Join(_path, name)) is { Exists: true, LinkTarget: null };

    public override void Move(string from, string to) => File.Move(Path.Join(_path, from), Path.Join(_path, to), overwrite: true);

    public override void Delete(string name) => File.Delete(Path.Join(_path, name));

    public override void FlushNames()
    {
        // Windows has no such call: NTFS writes its names in order. Elsewhere .NET cannot open a directory.
    }

    public override void Dispose()
    {
    }

    private static void Check(string path)
    {
        if (Directory.Exists(path))
        {
            throw new IOException($"{path} is a directory; give the path of a file.");
        }

        if (new FileInfo(path).LinkTarget is { } target)
        {
            throw new IOException($"{path} is a symbolic link to {target}, which is not followed; give the path of the file itself.");
        }
    }
}
