namespace FileMonitor.Sources.Native;

/// <summary>Reads files of /proc by whole paths: only the kernel creates anything there.</summary>
internal static class LinuxProc
{
    /// <summary>Opens a file to read; negative for failure. Not through "/proc/self", which is a link: links are refused.</summary>
    public static int OpenToRead(string path)
    {
        using var native = new LinuxPath(path, stackalloc byte[LinuxPath.StackBytes]);
        return native.Open(LinuxOpening.ToRead);
    }

    /// <summary>Reads the target of a link; negative for failure.</summary>
    public static int ReadLink(string path, Span<byte> target)
    {
        using var native = new LinuxPath(path, stackalloc byte[LinuxPath.StackBytes]);
        return LinuxNames.ReadLink(native.Directory, native.Bytes, target);
    }
}
