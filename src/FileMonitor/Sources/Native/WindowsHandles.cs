using FileMonitor.Extending;
using static FileMonitor.Sources.Native.WindowsCalls;

namespace FileMonitor.Sources.Native;

/// <summary>What is asked of an open item of Windows.</summary>
internal static class WindowsHandles
{
    /// <summary>
    /// Whether anybody has an open file open for writing: it is opened again, which fails where somebody writes when writing is not shared. Closed at
    /// once: meanwhile nobody can open it for writing.
    /// </summary>
    public static FileWriters WritersOf(nint handle)
    {
        var status = WindowsCalls.Open(handle, "", FILE_READ_DATA, FILE_SHARE_READ | FILE_SHARE_DELETE, FILE_NON_DIRECTORY_FILE, OBJ_CASE_INSENSITIVE, out var alone);
        Close(alone);
        return status >= 0 ? FileWriters.None
            : status == WindowsOutcome.STATUS_SHARING_VIOLATION ? FileWriters.Open
            : FileWriters.Unknown;
    }

    /// <summary>What is under a name: nothing when the item was deleted. Windows itself opens no such item, Wine does.</summary>
    public static FileStatus StatusUnderName(nint handle) =>
        TryGetStatus(handle, out var status) != 0 ? new FileStatus { Outcome = FileStatusOutcome.Failed }
        : status.IsDeleted ? default
        : status.ToFileStatus();

    /// <summary>The metadata of the item, whatever its name is.</summary>
    public static FileStatus StatusOf(nint handle) =>
        TryGetStatus(handle, out var status) == 0 ? status.ToFileStatus() : new FileStatus { Outcome = FileStatusOutcome.Failed };
}
