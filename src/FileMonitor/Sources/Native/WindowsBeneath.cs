using FileMonitor.Values;
using static FileMonitor.Sources.Native.WindowsCalls;

namespace FileMonitor.Sources.Native;

/// <summary>
/// Opens items below a root of Windows: the path is resolved in the open root, and no link, junction or mount point is followed on any part of it.
/// Metadata, target, content and identity are then read through the handle, so all are of the same item.
/// </summary>
/// <remarks>
/// One call for the whole path (OBJ_DONT_REPARSE); one for each name on a Windows that does not know that flag, and where a directory on the way is
/// a reparse point but no link, as a directory kept by a cloud service is. Nothing stays open after a look: Windows lets nobody rename a directory
/// while something below it is open.
/// </remarks>
internal static class WindowsBeneath
{
    /// <summary>Opens an item of a root.</summary>
    /// <param name="root">The absolute path of the root.</param>
    /// <param name="relativePath">The path below it, names separated by <c>/</c>.</param>
    /// <param name="access">What is to be done with the item.</param>
    /// <param name="options">The options of NtCreateFile.</param>
    /// <param name="handle">The handle; <see cref="None"/> when it was not opened.</param>
    /// <param name="share">What others may do meanwhile.</param>
    /// <param name="walks">Whether the path is resolved name by name in any case.</param>
    /// <returns>The status of the system: negative when it was not opened.</returns>
    public static int Open(string root, string relativePath, uint access, uint options, out nint handle, uint share = FILE_SHARE_ALL, bool walks = false)
    {
        handle = None;
        if (!IsName(relativePath))
        {
            return WindowsOutcome.STATUS_OBJECT_NAME_INVALID;
        }

        options |= FILE_OPEN_REPARSE_POINT;
        if (relativePath.Length == 0)
        {
            return WindowsCalls.Open(0, ObjectPath(root), access, share, options, OBJ_CASE_INSENSITIVE, out handle);
        }

        var status = WindowsCalls.Open(0, ObjectPath(root), FILE_READ_ATTRIBUTES, FILE_SHARE_ALL, FILE_OPEN_REPARSE_POINT | FILE_DIRECTORY_FILE, OBJ_CASE_INSENSITIVE, out var directory);
        if (status < 0)
        {
            return status;
        }

        try
        {
            var path = relativePath.Replace('/', '\\');
            status = walks ? WindowsOutcome.STATUS_REPARSE_POINT_ENCOUNTERED
                : WindowsCalls.Open(directory, path, access, share, options, OBJ_CASE_INSENSITIVE | OBJ_DONT_REPARSE, out handle);
            return status is WindowsOutcome.STATUS_REPARSE_POINT_ENCOUNTERED or WindowsOutcome.STATUS_INVALID_PARAMETER
                ? Walk(ref directory, path, access, share, options, out handle)
                : status;
        }
        finally
        {
            Close(directory);
        }
    }

    /// <summary>The path as the object manager takes it, which changes nothing in it: no limit of 260 characters, no reserved names.</summary>
    internal static string ObjectPath(string path) =>
        path.StartsWith(@"\\?\", StringComparison.Ordinal) || path.StartsWith(@"\\.\", StringComparison.Ordinal) ? string.Concat(@"\??\", path.AsSpan(4))
        : path.StartsWith(@"\\", StringComparison.Ordinal) ? string.Concat(@"\??\UNC\", path.AsSpan(2))
        : @"\??\" + path;

    /// <summary>A colon would name a stream of a file, and not a file.</summary>
    internal static bool IsName(string relativePath) => PathText.IsPlain(relativePath) && relativePath.AsSpan().IndexOfAny(':', '\\', '\0') < 0;

    private static int Walk(ref nint directory, ReadOnlySpan<char> path, uint access, uint share, uint options, out nint handle)
    {
        handle = None;
        while (path.IndexOf('\\') is var end and >= 0)
        {
            var status = WindowsCalls.Open(directory, path[..end], FILE_READ_ATTRIBUTES, FILE_SHARE_ALL, FILE_OPEN_REPARSE_POINT | FILE_DIRECTORY_FILE, OBJ_CASE_INSENSITIVE, out var next);
            if (status < 0)
            {
                return status;
            }

            Close(directory);
            directory = next;
            if (TryGetStatus(directory, out var found) != 0 || found.IsLink)
            {
                return WindowsOutcome.STATUS_REPARSE_POINT_ENCOUNTERED;
            }

            path = path[(end + 1)..];
        }

        return WindowsCalls.Open(directory, path, access, share, options, OBJ_CASE_INSENSITIVE, out handle);
    }
}
