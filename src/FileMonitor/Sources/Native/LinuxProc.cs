namespace FileMonitor.Sources.Native;

/// <summary>What the kernel tells in /proc, by whole paths: nobody but the kernel puts anything there.</summary>
internal static class LinuxProc
{
    /// <summary>Opens a file to read; negative for failure. Not by way of "self", which is a link: links are refused.</summary>
    public static int OpenToRead(string path)
    {
        using var native = new LinuxPath(path, stackalloc byte[LinuxPath.StackBytes]);
        return native.Open(LinuxOpening.ToRead);
    }

    /// <summary>Where a link points; negative for failure.</summary>
    public static int ReadLink(string path, Span<byte> target)
    {
        using var native = new LinuxPath(path, stackalloc byte[LinuxPath.StackBytes]);
        return LinuxNames.ReadLink(native.Directory, native.Bytes, target);
    }
}
