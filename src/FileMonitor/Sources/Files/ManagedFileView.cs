using System.Diagnostics.CodeAnalysis;
using FileMonitor.Extending;
using FileMonitor.Values;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Sources.Files;

/// <summary>The disk through .NET only: Windows, macOS, and a Linux without statx. It has no identities; on macOS it cannot tell a pipe from a file.</summary>
/// <remarks>
/// .NET cannot open a path beneath a directory. So each directory of a path is checked before and after each answer, and an answer through a
/// link is discarded. A link that exists only between the two checks is not noticed.
/// </remarks>
internal sealed class ManagedFileView : IFileView
{
    // ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION, as .NET reports them.
    private const int SharingViolation = unchecked((int)0x80070020);
    private const int LockViolation = unchecked((int)0x80070021);

    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false, MatchType = MatchType.Simple };

    /// <inheritdoc />
    public FileStatus GetStatus(string root, string relativePath)
    {
        var status = IsBeneath(root, relativePath) ? StatusAt(PathText.Absolute(root, relativePath)) : default;
        return status.IsFound && !IsBeneath(root, relativePath) ? default : status;
    }

    /// <inheritdoc />
    public FileStatus GetDirectoryStatus(string root, string relativeDirectory)
    {
        var status = GetStatus(root, relativeDirectory);
        if (status.ItemType != ItemType.Directory)
        {
            return status;
        }

        IEnumerator<FileSystemInfo>? entries = null;
        TryMoveNext(PathText.Absolute(root, relativeDirectory), ref entries, out var outcome);
        entries?.Dispose();
        return outcome == FileStatusOutcome.Found ? status : new FileStatus { Outcome = outcome };
    }

    /// <inheritdoc />
    public string? GetLinkTarget(string root, string relativePath, out FileStatus link)
    {
        link = GetStatus(root, relativePath);
        if (link.ItemType != ItemType.SymbolicLink)
        {
            return null;
        }

        try
        {
            var target = new FileInfo(PathText.Absolute(root, relativePath)).LinkTarget;
            var after = GetStatus(root, relativePath);
            return link.IsSameState(after) ? target : null;
        }
        catch (Exception failed) when (IsOfTheDisk(failed))
        {
            return null;
        }
    }

    /// <inheritdoc />
    public FileOpening Open(string root, string relativePath)
    {
        var path = PathText.Absolute(root, relativePath);
        var opening = IsBeneath(root, relativePath) ? OpenAt(path) : new(ChecksumStatus.Vanished);
        if (opening.File is null || IsBeneath(root, relativePath))
        {
            return opening;
        }

        opening.File.Dispose();
        return new(ChecksumStatus.Vanished, "A part of the path is a symbolic link, and links are not followed.");
    }

    /// <inheritdoc />
    public FileStatusOutcome List(string root, string relativeDirectory, Action<string, FileStatus> found)
    {
        // Listing a link would follow it.
        var directory = GetStatus(root, relativeDirectory);
        if (!directory.IsFound || directory.ItemType != ItemType.Directory)
        {
            return directory.IsFound ? FileStatusOutcome.Missing : directory.Outcome;
        }

        var listing = new List<(string Name, FileStatus Status)>();
        var outcome = ListAt(PathText.Absolute(root, relativeDirectory), listing);
        if (GetStatus(root, relativeDirectory).ItemType != ItemType.Directory)
        {
            // The entries may be of another directory.
            return FileStatusOutcome.Missing;
        }

        foreach (var (name, status) in listing)
        {
            found(name, status);
        }

        return outcome;
    }

    /// <summary>Whether a path consists of names and no directory on the way is a link.</summary>
    private static bool IsBeneath(string root, string relativePath)
    {
        if (!PathText.IsPlain(relativePath))
        {
            return false;
        }

        for (var slash = relativePath.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = relativePath.IndexOf('/', slash + 1))
        {
            if (StatusAt(PathText.Absolute(root, relativePath[..slash])).ItemType == ItemType.SymbolicLink)
            {
                return false;
            }
        }

        return true;
    }

    private static FileStatus StatusAt(string path)
    {
        try
        {
            return StatusOf(new FileInfo(path));
        }
        catch (Exception failed) when (IsOfTheDisk(failed))
        {
            return new FileStatus { Outcome = OutcomeOf(failed) };
        }
    }

    private static FileOpening OpenAt(string path)
    {
        try
        {
            var status = StatusOf(new FileInfo(path));
            if (!status.IsFound)
            {
                return new(ChecksumStatus.Vanished);
            }

            return status.ItemType == ItemType.File
                ? new(new ManagedOpenFile(File.OpenHandle(
                    path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan)))
                : new(ChecksumStatus.NotApplicable);
        }
        catch (Exception failed) when (IsOfTheDisk(failed))
        {
            return new(
                failed.HResult is SharingViolation or LockViolation ? ChecksumStatus.Locked
                : OutcomeOf(failed) == FileStatusOutcome.Missing ? ChecksumStatus.Vanished
                : ChecksumStatus.Unreadable,
                failed.Message);
        }
    }

    private static FileStatusOutcome ListAt(string directory, List<(string Name, FileStatus Status)> listing)
    {
        IEnumerator<FileSystemInfo>? entries = null;
        try
        {
            FileStatusOutcome outcome;
            while (TryMoveNext(directory, ref entries, out outcome))
            {
                var status = StatusAt(entries.Current.FullName);
                if (status.Outcome != FileStatusOutcome.Missing)
                {
                    listing.Add((entries.Current.Name, status));
                }
            }

            return outcome;
        }
        finally
        {
            entries?.Dispose();
        }
    }

    private static bool TryMoveNext(
        string directory, [NotNullWhen(true)] ref IEnumerator<FileSystemInfo>? entries, out FileStatusOutcome outcome)
    {
        try
        {
            entries ??= new DirectoryInfo(directory).EnumerateFileSystemInfos("*", Everything).GetEnumerator();
            outcome = FileStatusOutcome.Found;
            return entries.MoveNext();
        }
        catch (Exception failed) when (IsOfTheDisk(failed))
        {
            outcome = OutcomeOf(failed);
            return false;
        }
    }

    private static FileStatus StatusOf(FileInfo file)
    {
        var attributes = file.Attributes;
        if ((int)attributes == -1)
        {
            return default;
        }

        // Not every reparse point is a link: a file kept by a cloud service is one, too.
        var isLink = attributes.HasFlag(FileAttributes.ReparsePoint) && file.LinkTarget is not null;
        var isDirectory = attributes.HasFlag(FileAttributes.Directory);
        return new FileStatus
        {
            Outcome = FileStatusOutcome.Found,
            ItemType = isLink ? ItemType.SymbolicLink
                : isDirectory ? ItemType.Directory
                : attributes.HasFlag(FileAttributes.Device) ? ItemType.Other
                : ItemType.File,
            Size = isLink || isDirectory ? 0 : file.Length,
            LastWriteTicks = file.LastWriteTimeUtc.Ticks,
            Mode = OperatingSystem.IsWindows() ? null : (int)file.UnixFileMode,
        };
    }

    private static bool IsOfTheDisk(Exception failed) =>
        failed is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException;

    private static FileStatusOutcome OutcomeOf(Exception failed) => failed switch
    {
        // An impossible path (a zero character, a name too long) names nothing.
        FileNotFoundException or DirectoryNotFoundException or PathTooLongException or ArgumentException or NotSupportedException =>
            FileStatusOutcome.Missing,
        UnauthorizedAccessException => FileStatusOutcome.Inaccessible,
        _ => FileStatusOutcome.Failed,
    };

    private sealed class ManagedOpenFile(SafeFileHandle handle) : OpenFile
    {
        public override FileStatus GetStatus()
        {
            try
            {
                return new FileStatus
                {
                    Outcome = FileStatusOutcome.Found,
                    ItemType = ItemType.File,
                    Size = RandomAccess.GetLength(handle),
                    LastWriteTicks = File.GetLastWriteTimeUtc(handle).Ticks,
                };
            }
            catch (Exception failed) when (IsOfTheDisk(failed))
            {
                return new FileStatus { Outcome = OutcomeOf(failed) };
            }
        }

        public override int Read(Span<byte> buffer, long position) => RandomAccess.Read(handle, buffer, position);

        protected override void Dispose(bool disposing) => handle.Dispose();
    }
}
