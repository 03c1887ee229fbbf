using System.Diagnostics.CodeAnalysis;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Sources;

/// <summary>
/// The disk through .NET alone: Windows, macOS, and a Linux without statx. It knows no identities, and cannot refuse a link that takes a
/// directory's place between two calls; on macOS it cannot tell a pipe from a file.
/// </summary>
internal sealed class ManagedFileView : IFileView
{
    // ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION, as .NET reports them.
    private const int SharingViolation = unchecked((int)0x80070020);
    private const int LockViolation = unchecked((int)0x80070021);

    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false, MatchType = MatchType.Simple };

    /// <inheritdoc />
    public FileStatus GetStatus(string root, string relativePath)
    {
        var path = PathText.Absolute(root, relativePath);
        try
        {
            return StatusOf(new FileInfo(path));
        }
        catch (Exception failed) when (IsOfTheDisk(failed))
        {
            return new FileStatus { Outcome = OutcomeOf(failed) };
        }
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

        IEnumerator<FileSystemInfo>? entries = null;
        TryMoveNext(directory, ref entries, out var outcome);
        entries?.Dispose();
        return outcome == FileStatusOutcome.Found ? status : new FileStatus { Outcome = outcome };
    }

    /// <inheritdoc />
    public string? GetLinkTarget(string root, string relativePath, out FileStatus link)
    {
        link = GetStatus(root, relativePath);
        var path = PathText.Absolute(root, relativePath);
        try
        {
            return new FileInfo(path).LinkTarget;
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

    /// <inheritdoc />
    public FileStatusOutcome List(string root, string relativeDirectory, Action<string, FileStatus> found)
    {
        // To list a link would be to follow it.
        var directory = PathText.Absolute(root, relativeDirectory);
        var status = GetStatus(directory, "");
        if (!status.IsFound || status.ItemType != ItemType.Directory)
        {
            return status.IsFound ? FileStatusOutcome.Missing : status.Outcome;
        }

        IEnumerator<FileSystemInfo>? entries = null;
        try
        {
            FileStatusOutcome outcome;
            while (TryMoveNext(directory, ref entries, out outcome))
            {
                status = GetStatus(entries.Current.FullName, "");
                if (status.Outcome != FileStatusOutcome.Missing)
                {
                    found(entries.Current.Name, status);
                }
            }

            return outcome;
        }
        finally
        {
            entries?.Dispose();
        }
    }

    // Apart from the loop, so that an exception of the caller's callback is not taken for one of the disk.
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

        // Not every reparse point is a link: a file that a cloud service keeps elsewhere is one, too.
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
        // A path that cannot be written down (a zero character, a name too long) names nothing that is there.
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
