using FileMonitor.Sources.Native;
using FileMonitor.Values;

namespace FileMonitor.Sources.Inotify;

/// <summary>
/// Opens a directory by its path in the tree, without creating a string for each directory of a large tree. Another directory may be at that
/// path by now; the caller checks. Owner: the source's thread.
/// </summary>
internal sealed class PathOpener(DirectoryTree<WatchedDirectory> tree)
{
    private const int PathBytes = 4096;

    private readonly byte[] _path = new byte[PathBytes];
    private readonly byte[] _encoded = new byte[PathBytes];

    /// <returns>The descriptor, or the system's error as a negative number.</returns>
    public int Open(WatchedDirectory directory, bool isListed)
    {
        int descriptor;
        if (TryEncode(directory, out var path))
        {
            descriptor = isListed ? LinuxBeneath.OpenToList(path) : LinuxBeneath.OpenToStandOn(path);
        }
        else
        {
            // The path is longer than the kernel accepts.
            var (root, relative) = (directory.Root.PhysicalPath, tree.PathOf(directory));
            descriptor = isListed ? LinuxBeneath.OpenToList(root, relative) : LinuxBeneath.OpenToStandOn(root, relative);
        }

        return descriptor < 0 ? -LinuxErrors.LastError : descriptor;
    }

    /// <summary>Builds the absolute path as zero-terminated bytes.</summary>
    private bool TryEncode(WatchedDirectory directory, out ReadOnlySpan<byte> path)
    {
        var position = PathBytes - 1;
        _path[position] = 0;
        for (var current = directory; current.Parent is not null; current = current.Parent)
        {
            if (!TryPrepend(current.Name, ref position))
            {
                path = default;
                return false;
            }

            _path[--position] = (byte)'/';
        }

        var root = directory.Root.PhysicalPath;
        var isWhole = TryPrepend(root == "/" && position < PathBytes - 1 ? "" : root, ref position);
        path = _path.AsSpan(position);
        return isWhole;
    }

    private bool TryPrepend(string text, ref int position)
    {
        if ((text.Length * 3) + 1 > PathBytes)
        {
            return false;
        }

        // One more byte for the slash before it.
        var count = PathText.Encode(text, _encoded);
        if (count + 1 > position)
        {
            return false;
        }

        position -= count;
        _encoded.AsSpan(0, count).CopyTo(_path.AsSpan(position));
        return true;
    }
}
