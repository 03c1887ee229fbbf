using System.Runtime.InteropServices;

namespace FileMonitor.Sources.Native;

/// <summary>The one thing we do to an inotify instance of somebody else.</summary>
internal static partial class LinuxInotify
{
    private const uint IN_DELETE_SELF = 0x400;

    /// <summary>Lets whoever reads from it read one event that means nothing: that a watch was removed.</summary>
    public static void Wake(int descriptor)
    {
        // Of a directory that is never deleted, so that no other event can come.
        var watch = inotify_add_watch(descriptor, "/", IN_DELETE_SELF);
        if (watch >= 0)
        {
            _ = inotify_rm_watch(descriptor, watch);
        }
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int inotify_add_watch(int descriptor, string path, uint mask);

    [LibraryImport("libc")]
    private static partial int inotify_rm_watch(int descriptor, int watch);
}
