using FileMonitor.Values;
using Microsoft.Win32.SafeHandles;
using static FileMonitor.Sources.Native.LinuxErrors;
using static FileMonitor.Sources.Native.LinuxFiles;

namespace FileMonitor.Output;

/// <summary>What the way to a directory and the writing in it have in common: names as bytes, permissions, errors in words.</summary>
internal static class LinuxOutputRules
{
    private const UnixFileMode Permissions = (UnixFileMode)0x1FF;

    /// <summary>Makes the permissions those asked for, whatever the umask left of them.</summary>
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
            // A file system that keeps no permissions (vfat, some shares): they are those that it was mounted with.
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
