using System.Buffers;
using System.Runtime.CompilerServices;
using static FileMonitor.Sources.Native.LinuxFiles;

namespace FileMonitor.Sources.Native;

/// <summary>
/// The disk through system calls: names as bytes, identities, and no link followed on the way to any content
/// (<see cref="Open"/>, <see cref="List"/>), so that nobody leads us out of a root by swapping a directory for a link.
/// </summary>
[SkipLocalsInit]
internal sealed class LinuxFileView : IFileView
{
    private const int ListingBytes = 32 * 1024;

    /// <summary>The path with every link, dot and double dot resolved; null when it cannot be.</summary>
    public static string? Resolve(ReadOnlySpan<char> path)
    {
        using var native = new LinuxPath(path, stackalloc byte[LinuxPath.StackBytes]);

        // The rest of a path that had to be walked means nothing without its directory.
        return native.Error == 0 && native.Directory == AT_FDCWD ? LinuxFiles.Resolve(native.Bytes) : null;
    }

    /// <inheritdoc />
    public FileStatus GetStatus(string root, string relativePath)
    {
        var path = PathText.Absolute(root, relativePath);
        using var native = new LinuxPath(path, stackalloc byte[LinuxPath.StackBytes]);
        return native.Error == 0 && TryGetStatus(native.Directory, native.Bytes, out var status)
            ? status.ToFileStatus()
            : new FileStatus { Outcome = OutcomeOf(native.Error == 0 ? LastError : native.Error) };
    }

    /// <inheritdoc />
    public FileStatus GetDirectoryStatus(string root, string relativeDirectory)
    {
        var directory = PathText.Absolute(root, relativeDirectory);
        var status = GetStatus(directory, "");
        if (status.ItemType != ItemType.Directory)
        {
            return status;
        }

        using var native = new LinuxPath(directory, stackalloc byte[LinuxPath.StackBytes]);
        var descriptor = native.Error == 0 ? OpenToList(native.Directory, native.Bytes) : -1;
        if (descriptor < 0)
        {
            return new FileStatus { Outcome = OutcomeOfListing(native.Error == 0 ? LastError : native.Error) };
        }

        Close(descriptor);
        return status;
    }

    /// <inheritdoc />
    public string? GetLinkTarget(string root, string relativePath, out FileStatus link)
    {
        link = GetStatus(root, relativePath);
        var path = PathText.Absolute(root, relativePath);
        using var native = new LinuxPath(path, stackalloc byte[LinuxPath.StackBytes]);
        if (native.Error != 0)
        {
            return null;
        }

        // A target is a path itself: the system keeps none that is longer.
        Span<byte> target = stackalloc byte[4096];
        var length = ReadLink(native.Directory, native.Bytes, target);
        return length < 0 ? null : PathText.Decode(target[..length]);
    }

    /// <inheritdoc />
    public FileOpening Open(string root, string relativePath)
    {
        var path = PathText.Absolute(root, relativePath);
        using var native = new LinuxPath(path, stackalloc byte[LinuxPath.StackBytes]);
        if (native.Error != 0)
        {
            return Refused(native.Error);
        }

        // Looked at first, since opening can be an act: it wakes who waits at the other end of a pipe, it rewinds a tape.
        if (!TryGetStatus(native.Directory, native.Bytes, out var status))
        {
            return Refused(LastError);
        }

        if (status.ItemType != ItemType.File)
        {
            return new(ChecksumStatus.NotApplicable);
        }

        var descriptor = OpenToRead(native.Directory, native.Bytes);
        if (descriptor < 0)
        {
            return Refused(LastError);
        }

        // Before the status, not after: a write that begins later shows in its time.
        WaitForWriters(descriptor);

        // Looked at again, since by now it may be another file, or none.
        if (TryGetStatus(descriptor, out status) && status.ItemType == ItemType.File)
        {
            return new(new LinuxOpenFile(descriptor, status.ToFileStatus()));
        }

        Close(descriptor);
        return new(ChecksumStatus.NotApplicable);
    }

    /// <inheritdoc />
    public FileStatusOutcome List(string root, string relativeDirectory, Action<string, FileStatus> found)
    {
        var directory = PathText.Absolute(root, relativeDirectory);
        using var native = new LinuxPath(directory, stackalloc byte[LinuxPath.StackBytes]);
        if (native.Error != 0)
        {
            return OutcomeOfListing(native.Error);
        }

        var descriptor = OpenToList(native.Directory, native.Bytes);
        if (descriptor < 0)
        {
            return OutcomeOfListing(LastError);
        }

        var buffer = ArrayPool<byte>.Shared.Rent(ListingBytes);
        try
        {
            int count;
            while ((count = ReadEntries(descriptor, buffer)) > 0)
            {
                Report(descriptor, new LinuxDirectoryEntries(buffer.AsSpan(0, count)), found);
            }

            return count == 0 ? FileStatusOutcome.Found : OutcomeOfListing(LastError);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            Close(descriptor);
        }
    }

    private static void Report(int directory, LinuxDirectoryEntries entries, Action<string, FileStatus> found)
    {
        while (entries.MoveNext())
        {
            var status = TryGetStatus(directory, entries.NameAndZero, out var native)
                ? native.ToFileStatus()
                : new FileStatus { Outcome = OutcomeOf(LastError), ItemType = entries.ItemType };

            // Gone between its directory's answer and its own.
            if (status.Outcome != FileStatusOutcome.Missing)
            {
                found(PathText.Decode(entries.Name), status);
            }
        }
    }

    private static FileStatusOutcome OutcomeOf(int error) => error switch
    {
        // A name that is too long for the file system (a long path we walk) cannot be there.
        ENOENT or ENOTDIR or ENAMETOOLONG or ESTALE => FileStatusOutcome.Missing,
        EACCES or EPERM => FileStatusOutcome.Inaccessible,
        _ => FileStatusOutcome.Failed,
    };

    // A link, at the end or on the way: the directory that this path named is no longer there.
    private static FileStatusOutcome OutcomeOfListing(int error) =>
        error == ELOOP ? FileStatusOutcome.Missing : OutcomeOf(error);

    private static FileOpening Refused(int error) => error switch
    {
        ENOENT or ENOTDIR or ENAMETOOLONG or ESTALE => new(ChecksumStatus.Vanished, Describe(error)),
        ELOOP => new(ChecksumStatus.Unreadable, "A part of the path is a symbolic link, and links are not followed."),

        // EAGAIN is a lease: we asked its holder to let go, and must not wait. No free descriptor or memory passes, too.
        EBUSY or ETXTBSY or EAGAIN or EMFILE or ENFILE or ENOMEM => new(ChecksumStatus.Locked, Describe(error)),

        // A pipe without a reader's other end, a device without a driver: neither was a file any more.
        ENXIO or ENODEV => new(ChecksumStatus.NotApplicable),
        _ => new(ChecksumStatus.Unreadable, Describe(error)),
    };
}
