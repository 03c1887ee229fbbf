using System.Buffers;
using System.Runtime.CompilerServices;
using FileMonitor.Extending;
using FileMonitor.Values;
using static FileMonitor.Sources.Native.LinuxContent;
using static FileMonitor.Sources.Native.LinuxErrors;
using static FileMonitor.Sources.Native.LinuxFiles;
using static FileMonitor.Sources.Native.LinuxFlags;
using static FileMonitor.Sources.Native.LinuxNames;

namespace FileMonitor.Sources.Native;

/// <summary>
/// The disk through system calls: names as bytes, identities, and every item opened through <see cref="LinuxBeneath"/>, so that swapping a
/// directory for a link cannot lead out of a root. Each look needs a free descriptor.
/// </summary>
/// <param name="walks">Whether paths are resolved as on a kernel without openat2.</param>
[SkipLocalsInit]
internal sealed class LinuxFileView(bool walks = false) : IFileView, IHasTurnView
{
    private const int ListingBytes = 32 * 1024;

    // A target is a path, which the system limits to this length.
    private const int TargetBytes = 4096;

    // Somebody who changes an item without pause must not keep its reader.
    private const int AttributeTries = 3;

    /// <summary>The path with every link, dot and double dot resolved; null when it cannot be.</summary>
    public static string? Resolve(ReadOnlySpan<char> path)
    {
        using var native = new LinuxPath(path, stackalloc byte[LinuxPath.StackBytes]);

        // If a long path had to be walked, the rest of it means nothing without its directory.
        return native.Error == 0 && native.Directory == AT_FDCWD ? LinuxNames.Resolve(native.Bytes) : null;
    }

    public ITurnView CreateTurnView() => new LinuxTurnView(this, walks);

    /// <inheritdoc />
    public FileStatus GetStatus(string root, string relativePath)
    {
        var descriptor = LinuxBeneath.Look(root, relativePath, walks);
        if (descriptor < 0)
        {
            return new FileStatus { Outcome = LinuxOutcome.Of(LastError) };
        }

        var status = StatusOf(descriptor);
        Close(descriptor);
        return status;
    }

    /// <inheritdoc />
    public FileStatus GetDirectoryStatus(string root, string relativeDirectory)
    {
        var descriptor = LinuxBeneath.OpenToList(root, relativeDirectory, walks);
        if (descriptor < 0)
        {
            // For an item that is no directory, return its own status.
            var error = LastError;
            return error is ENOTDIR or ELOOP ? GetStatus(root, relativeDirectory) : new FileStatus { Outcome = LinuxOutcome.Of(error) };
        }

        var status = StatusOf(descriptor);
        Close(descriptor);
        return status;
    }

    /// <inheritdoc />
    public string? GetLinkTarget(string root, string relativePath, out FileStatus link)
    {
        var descriptor = LinuxBeneath.Look(root, relativePath, walks);
        if (descriptor < 0)
        {
            link = new FileStatus { Outcome = LinuxOutcome.Of(LastError) };
            return null;
        }

        link = StatusOf(descriptor);
        Span<byte> target = stackalloc byte[TargetBytes];
        var length = link.ItemType == ItemType.SymbolicLink ? ReadLink(descriptor, "\0"u8, target) : -1;
        Close(descriptor);
        return length < 0 ? null : PathText.Decode(target[..length]);
    }

    /// <inheritdoc />
    public FileOpening Open(string root, string relativePath)
    {
        // Look first, then open that very item. Opening has effects: it wakes a process at the other end of a pipe, or rewinds a tape.
        var looked = LinuxBeneath.Look(root, relativePath, walks);
        if (looked < 0)
        {
            return Refused(LastError);
        }

        try
        {
            return !TryGetStatus(looked, out var status) ? Refused(LastError)
                : status.ItemType != ItemType.File ? new(ChecksumStatus.NotApplicable)
                : Open(root, relativePath, looked, status.ToFileStatus().Identity);
        }
        finally
        {
            Close(looked);
        }
    }

    /// <inheritdoc />
    public FileWriters GetWriters(string root, string relativePath)
    {
        var looked = LinuxBeneath.Look(root, relativePath, walks);
        if (looked < 0)
        {
            return FileWriters.Unknown;
        }

        try
        {
            if (!LinuxOpening.CanReopen || !TryGetStatus(looked, out var status) || status.ItemType != ItemType.File)
            {
                return FileWriters.Unknown;
            }

            var descriptor = LinuxOpening.Reopen(looked, LinuxOpening.ToRead);
            var writers = descriptor < 0 ? FileWriters.Unknown : LinuxLeases.WritersOf(descriptor);
            Close(descriptor);
            return writers;
        }
        finally
        {
            Close(looked);
        }
    }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, byte[]?>? GetExtendedAttributes(string root, string relativePath, out FileStatus item)
    {
        var descriptor = LinuxBeneath.Look(root, relativePath, walks);
        if (descriptor < 0)
        {
            item = new FileStatus { Outcome = LinuxOutcome.Of(LastError) };
            return null;
        }

        item = StatusOf(descriptor);
        var attributes = LinuxOpening.CanReopen ? LinuxAttributes.Read(descriptor) : null;
        for (var tries = 1; attributes is not null && tries < AttributeTries && StatusOf(descriptor) is var after && after.ChangeTicks != item.ChangeTicks; tries++)
        {
            // Changed meanwhile: the metadata and the attributes would be of two moments.
            (item, attributes) = (after, LinuxAttributes.Read(descriptor));
        }

        Close(descriptor);
        return attributes;
    }

    /// <inheritdoc />
    public FileStatusOutcome List(string root, string relativeDirectory, Action<string, FileStatus> found)
    {
        var descriptor = LinuxBeneath.OpenToList(root, relativeDirectory, walks);
        if (descriptor < 0)
        {
            return LinuxOutcome.Of(LastError);
        }

        var buffer = ArrayPool<byte>.Shared.Rent(ListingBytes);
        try
        {
            int count;
            while ((count = ReadEntries(descriptor, buffer)) > 0)
            {
                Report(descriptor, new LinuxDirectoryEntries(buffer.AsSpan(0, count)), found);
            }

            return count == 0 ? FileStatusOutcome.Found : LinuxOutcome.Of(LastError);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            Close(descriptor);
        }
    }

    private FileOpening Open(string root, string relativePath, int looked, FileIdentity identity)
    {
        var descriptor = LinuxOpening.CanReopen
            ? LinuxOpening.Reopen(looked, LinuxOpening.ToRead)
            : LinuxBeneath.OpenToRead(root, relativePath, walks);
        if (descriptor < 0)
        {
            return Refused(LastError);
        }

        // Before reading the status: a write that begins later shows in the time.
        WaitForWriters(descriptor);
        if (!TryGetStatus(descriptor, out var status))
        {
            var error = LastError;
            Close(descriptor);
            return Refused(error);
        }

        var opened = status.ToFileStatus();
        if (opened.ItemType == ItemType.File && opened.Identity == identity)
        {
            return new(new LinuxOpenFile(descriptor, opened));
        }

        Close(descriptor);
        return new(ChecksumStatus.Vanished, "Another item took its place while it was opened.");
    }

    // By name in the open directory, so that the path cannot lead elsewhere.
    private static void Report(int directory, LinuxDirectoryEntries entries, Action<string, FileStatus> found)
    {
        while (entries.MoveNext())
        {
            var status = TryGetStatus(directory, entries.NameAndZero, out var native)
                ? native.ToFileStatus()
                : new FileStatus { Outcome = LinuxOutcome.Of(LastError), ItemType = entries.ItemType };

            // Skip an item that vanished after the listing.
            if (status.Outcome != FileStatusOutcome.Missing)
            {
                found(PathText.Decode(entries.Name), status);
            }
        }
    }

    private static FileStatus StatusOf(int descriptor) =>
        TryGetStatus(descriptor, out var status) ? status.ToFileStatus() : new FileStatus { Outcome = LinuxOutcome.Of(LastError) };

    private static FileOpening Refused(int error) => error switch
    {
        ENOENT or ENOTDIR or ENAMETOOLONG or ESTALE => new(ChecksumStatus.Vanished, Describe(error)),
        ELOOP => new(ChecksumStatus.Vanished, "A part of the path is a symbolic link, and links are not followed."),

        // EAGAIN is a lease: opening has asked its holder to release it, and we must not wait. A lack of descriptors or memory is temporary,
        // too.
        EBUSY or ETXTBSY or EAGAIN or EMFILE or ENFILE or ENOMEM => new(ChecksumStatus.Locked, Describe(error)),

        // A device without a driver: the item is no file any more.
        ENXIO or ENODEV => new(ChecksumStatus.NotApplicable),
        _ => new(ChecksumStatus.Unreadable, Describe(error)),
    };
}
