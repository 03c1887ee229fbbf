using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using FileMonitor.Extending;
using FileMonitor.Values;
using static FileMonitor.Sources.Native.WindowsCalls;
using static FileMonitor.Sources.Native.WindowsHandles;

namespace FileMonitor.Sources.Native;

/// <summary>
/// The disk of Windows through system calls: identities (volume and file id), and every item opened through <see cref="WindowsBeneath"/>, so that
/// swapping a directory for a link or junction cannot lead out of a root. Stateless.
/// </summary>
/// <param name="walks">Whether paths are resolved name by name in any case, as on a Windows without OBJ_DONT_REPARSE.</param>
internal sealed class WindowsFileView(bool walks = false) : IFileView
{
    private const int ListingBytes = 32 * 1024;

    // FILE_FULL_DIR_INFO.
    private const int AttributesAt = 56;
    private const int NameLengthAt = 60;
    private const int NameAt = 68;

    /// <inheritdoc />
    public FileStatus GetStatus(string root, string relativePath)
    {
        var status = Open(root, relativePath, FILE_READ_ATTRIBUTES, 0, out var handle);
        if (status < 0)
        {
            return Unseen(status);
        }

        try
        {
            return IsAlias(handle, relativePath) ? default : StatusUnderName(handle);
        }
        finally
        {
            Close(handle);
        }
    }

    /// <inheritdoc />
    public FileStatus GetDirectoryStatus(string root, string relativeDirectory)
    {
        var status = Open(root, relativeDirectory, FILE_LIST_DIRECTORY | FILE_READ_ATTRIBUTES, FILE_DIRECTORY_FILE, out var handle);
        if (status < 0)
        {
            // For an item that is no directory, return its own status.
            return status == WindowsOutcome.STATUS_NOT_A_DIRECTORY ? GetStatus(root, relativeDirectory) : Unseen(status);
        }

        var found = StatusUnderName(handle);
        Close(handle);
        return found;
    }

    /// <inheritdoc />
    public string? GetLinkTarget(string root, string relativePath, out FileStatus link)
    {
        var status = Open(root, relativePath, FILE_READ_ATTRIBUTES, 0, out var handle);
        if (status < 0)
        {
            link = Unseen(status);
            return null;
        }

        try
        {
            link = StatusUnderName(handle);
            if (link.ItemType != ItemType.SymbolicLink)
            {
                return null;
            }

            var point = new byte[MostReparseBytes];
            var length = ReadReparsePoint(handle, point);
            return length < 0 ? null : WindowsReparsePoint.TargetOf(point.AsSpan(0, length));
        }
        finally
        {
            Close(handle);
        }
    }

    /// <inheritdoc />
    public FileOpening Open(string root, string relativePath)
    {
        var status = Open(root, relativePath, FILE_READ_DATA | FILE_READ_ATTRIBUTES, FILE_NON_DIRECTORY_FILE | FILE_SEQUENTIAL_ONLY, out var handle);
        if (status < 0)
        {
            return WindowsOutcome.Refused(status);
        }

        if (TryGetStatus(handle, out var native) != 0 || native.IsDeleted)
        {
            Close(handle);
            return new(ChecksumStatus.Vanished);
        }

        var opened = native.ToFileStatus();
        if (opened.ItemType != ItemType.File)
        {
            Close(handle);
            return new(ChecksumStatus.NotApplicable);
        }

        return native.IsReparsePoint ? OpenContent(handle, opened) : new(new WindowsOpenFile(handle, opened));
    }

    /// <inheritdoc />
    public FileWriters GetWriters(string root, string relativePath)
    {
        if (Open(root, relativePath, FILE_READ_ATTRIBUTES, FILE_NON_DIRECTORY_FILE, out var handle) < 0)
        {
            return FileWriters.Unknown;
        }

        try
        {
            return StatusUnderName(handle).ItemType == ItemType.File ? WritersOf(handle) : FileWriters.Unknown;
        }
        finally
        {
            Close(handle);
        }
    }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, byte[]?>? GetExtendedAttributes(string root, string relativePath, out FileStatus item)
    {
        var status = Open(root, relativePath, FILE_READ_ATTRIBUTES | WindowsSecurity.READ_CONTROL, 0, out var handle);
        if (status < 0)
        {
            item = Unseen(status);
            return null;
        }

        item = StatusUnderName(handle);
        var sddl = WindowsSecurity.Read(handle);
        Close(handle);
        return sddl is null ? null : new Dictionary<string, byte[]?> { [AttributeText.SecurityDescriptor] = Encoding.UTF8.GetBytes(sddl) };
    }

    /// <inheritdoc />
    public FileStatusOutcome List(string root, string relativeDirectory, Action<string, FileStatus> found)
    {
        var status = Open(root, relativeDirectory, FILE_LIST_DIRECTORY | FILE_READ_ATTRIBUTES, FILE_DIRECTORY_FILE, out var handle);
        if (status < 0)
        {
            return WindowsOutcome.Of(status);
        }

        var names = new List<(string Name, FileStatus Status)>();
        FileStatusOutcome outcome;
        try
        {
            // Listing a link would follow it.
            outcome = StatusUnderName(handle).ItemType == ItemType.Directory ? Read(handle, names) : FileStatusOutcome.Missing;
        }
        finally
        {
            Close(handle);
        }

        foreach (var (name, one) in names)
        {
            found(name, one);
        }

        return outcome;
    }

    /// <summary>
    /// A file that is a reparse point and no link, as one kept by a cloud service is: what was opened is the reparse point. The content is that of the
    /// same item, opened without the flag.
    /// </summary>
    private static FileOpening OpenContent(nint point, in FileStatus known)
    {
        var status = WindowsCalls.Open(
            point, "", FILE_READ_DATA | FILE_READ_ATTRIBUTES, FILE_SHARE_ALL, FILE_NON_DIRECTORY_FILE | FILE_SEQUENTIAL_ONLY, OBJ_CASE_INSENSITIVE, out var handle);
        Close(point);
        if (status < 0)
        {
            return WindowsOutcome.Refused(status);
        }

        var opened = StatusOf(handle);
        if (opened.ItemType == ItemType.File && opened.Identity == known.Identity)
        {
            return new(new WindowsOpenFile(handle, opened));
        }

        Close(handle);
        return new(ChecksumStatus.Vanished, "Another item took its place while it was opened.");
    }

    private static FileStatusOutcome Read(nint directory, List<(string Name, FileStatus Status)> names)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ListingBytes);
        try
        {
            int error;
            while ((error = ReadEntries(directory, buffer)) == 0)
            {
                Take(directory, buffer, names);
            }

            return error == ERROR_NO_MORE_FILES ? FileStatusOutcome.Found : FileStatusOutcome.Failed;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <remarks>The sizes and times in a listing may be old while a file is open, and of a file with several names: each is asked itself.</remarks>
    private static void Take(nint directory, ReadOnlySpan<byte> entries, List<(string Name, FileStatus Status)> names)
    {
        while (true)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(entries[NameLengthAt..]);
            var name = MemoryMarshal.Cast<byte, char>(entries.Slice(NameAt, length));
            if (name is not ("." or ".."))
            {
                var opening = WindowsCalls.Open(directory, name, FILE_READ_ATTRIBUTES, FILE_SHARE_ALL, FILE_OPEN_REPARSE_POINT, OBJ_CASE_INSENSITIVE, out var handle);
                var status = opening < 0 ? Unseen(opening, (FileAttributes)BinaryPrimitives.ReadInt32LittleEndian(entries[AttributesAt..])) : StatusUnderName(handle);
                Close(handle);

                // Skip an item that vanished after the listing.
                if (status.Outcome != FileStatusOutcome.Missing)
                {
                    names.Add((new string(name), status));
                }
            }

            var next = BinaryPrimitives.ReadInt32LittleEndian(entries);
            if (next == 0)
            {
                return;
            }

            entries = entries[next..];
        }
    }

    /// <summary>Whether the last name is the short one (8.3) of an item that has another: the item is told under its own name only.</summary>
    private static bool IsAlias(nint handle, string relativePath)
    {
        var name = PathText.NameOf(relativePath);
        return name.Contains('~')
            && NormalizedName(handle) is { } own
            && !name.Equals(own.AsSpan(own.LastIndexOf('\\') + 1), StringComparison.OrdinalIgnoreCase);
    }

    private static FileStatus Unseen(int status, FileAttributes attributes = FileAttributes.None) => new()
    {
        Outcome = WindowsOutcome.Of(status),
        ItemType = attributes.HasFlag(FileAttributes.Directory) ? ItemType.Directory : ItemType.Unknown,
    };

    private int Open(string root, string relativePath, uint access, uint options, out nint handle) =>
        WindowsBeneath.Open(root, relativePath, access, options, out handle, walks: walks);
}
