using FileMonitor.Values;
using Microsoft.Win32.SafeHandles;
using static FileMonitor.Sources.Native.LinuxErrors;
using static FileMonitor.Sources.Native.LinuxFiles;

namespace FileMonitor.Output;

/// <summary>Shared by opening a directory and writing in it: names as bytes, permissions, error texts.</summary>
internal static class LinuxOutputRules
{
    private const UnixFileMode Permissions = (UnixFileMode)0x1FF;

    /// <summary>Sets the requested permissions, whatever the umask.</summary>
    public static void SetMode(SafeFileHandle made, int descriptor, UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows() || !TryGetStatus(descriptor, out var status) || status.ToFileStatus().Mode is not { } given || ((UnixFileMode)given & Permissions) == mode)
        {
            return;
        }

        try
        {
            File.SetUnixFileMode(made, ((UnixFileMode)given & ~Permissions) | mode);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // A file system without permissions (vfat, some shares): those of the mount apply.
        }
    }

    public static Exception Failed(string path, string what, int error) =>
        error is EACCES or EPERM
            ? new UnauthorizedAccessException($"{path} {what}: {Describe(error)}")
            : new IOException($"{path} {what}: {Describe(error)}");

    public static byte[] NameBytes(ReadOnlySpan<char> name)
    {
        var bytes = new byte[(name.Length * 3) + 1];
        return bytes[..(PathText.Encode(name, bytes) + 1)];
    }
}
