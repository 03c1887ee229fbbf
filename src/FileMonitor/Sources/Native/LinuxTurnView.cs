using System.Runtime.CompilerServices;
using FileMonitor.Extending;
using FileMonitor.Values;
using static FileMonitor.Sources.Native.LinuxErrors;
using static FileMonitor.Sources.Native.LinuxFiles;
using static FileMonitor.Sources.Native.LinuxNames;

namespace FileMonitor.Sources.Native;

/// <summary>
/// Keeps directories open during a turn of the pump: the path of a directory is resolved once, by <see cref="LinuxBeneath"/>, and each name in
/// it costs one system call, which cannot lead elsewhere.
/// </summary>
/// <remarks>
/// Directories are kept for one turn only. Every hint of the turn was received before they were opened, so no hint can be about a directory that
/// took the path since. Owner: the pump.
/// </remarks>
/// <param name="files">Used where there is no directory to open.</param>
/// <param name="walks">Whether paths are resolved as on a kernel without openat2.</param>
[SkipLocalsInit]
internal sealed class LinuxTurnView(IFileView files, bool walks) : ITurnView
{
    // Few enough to leave descriptors for the host, whose limit may be 1,024.
    private const int MostOpen = 256;
    private const int ListingBytes = 32 * 1024;

    private readonly Dictionary<string, Dictionary<string, Opened>> _opened = [];
    private int _count;
    private byte[]? _listing;

    public FileStatus GetStatus(string root, string relativePath)
    {
        // Leave unusual and very long paths to the general view.
        if (relativePath.Length is 0 or > LinuxPath.StackBytes || !PathText.IsPlain(relativePath) || relativePath.Contains('\0', StringComparison.Ordinal))
        {
            return files.GetStatus(root, relativePath);
        }

        var directory = Open(root, PathText.DirectoryOf(relativePath));
        if (directory.Descriptor < 0)
        {
            return new FileStatus { Outcome = LinuxOutcome.Of(directory.Error) };
        }

        var name = PathText.NameOf(relativePath);
        Span<byte> bytes = stackalloc byte[(name.Length * 3) + 1];
        PathText.Encode(name, bytes);
        return TryGetStatus(directory.Descriptor, bytes, out var status)
            ? status.ToFileStatus()
            : new FileStatus { Outcome = LinuxOutcome.Of(LastError) };
    }

    public FileStatus GetDirectory(string root, ReadOnlySpan<char> relativeDirectory)
    {
        // For an item that is no directory, return its own status.
        var directory = Open(root, relativeDirectory);
        return directory.Error is ENOTDIR or ELOOP ? files.GetStatus(root, relativeDirectory.ToString())
            : directory.Descriptor < 0 ? new FileStatus { Outcome = LinuxOutcome.Of(directory.Error) }
            : directory.Status;
    }

    public void ListNumbers(string root, string relativeDirectory, Action<string, ulong, ItemType> found)
    {
        var descriptor = LinuxBeneath.OpenToList(root, relativeDirectory, walks);
        if (descriptor < 0)
        {
            return;
        }

        try
        {
            int count;
            while ((count = ReadEntries(descriptor, _listing ??= new byte[ListingBytes])) > 0)
            {
                var entries = new LinuxDirectoryEntries(_listing.AsSpan(0, count));
                while (entries.MoveNext())
                {
                    found(PathText.Decode(entries.Name), entries.Number, entries.ItemType);
                }
            }
        }
        finally
        {
            LinuxFiles.Close(descriptor);
        }
    }

    public void EndTurn()
    {
        if (_count == 0)
        {
            return;
        }

        foreach (var directories in _opened.Values)
        {
            foreach (var directory in directories.Values)
            {
                LinuxFiles.Close(directory.Descriptor);
            }

            directories.Clear();
        }

        _count = 0;
    }

    private Opened Open(string root, ReadOnlySpan<char> directory)
    {
        if (!_opened.TryGetValue(root, out var directories))
        {
            _opened.Add(root, directories = []);
        }

        var lookup = directories.GetAlternateLookup<ReadOnlySpan<char>>();
        if (lookup.TryGetValue(directory, out var opened))
        {
            return opened;
        }

        if (_count == MostOpen)
        {
            EndTurn();
        }

        opened = OpenNow(root, directory);
        if (_count > 0 && opened.Error is (EMFILE or ENFILE))
        {
            EndTurn();
            opened = OpenNow(root, directory);
        }

        lookup[directory] = opened;
        _count++;
        return opened;
    }

    private Opened OpenNow(string root, ReadOnlySpan<char> directory)
    {
        var descriptor = LinuxBeneath.OpenToStandOn(root, directory, walks);
        if (descriptor < 0)
        {
            return new Opened(-1, LastError, default);
        }

        if (LinuxFiles.TryGetStatus(descriptor, out var status))
        {
            return new Opened(descriptor, 0, status.ToFileStatus());
        }

        var error = LastError;
        LinuxFiles.Close(descriptor);
        return new Opened(-1, error, default);
    }

    /// <summary>An open directory, or the error why it is not open.</summary>
    private readonly record struct Opened(int Descriptor, int Error, FileStatus Status);
}
