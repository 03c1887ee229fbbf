using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.AcceptanceTests;

/// <summary>A file that is made without a name and gets one when it is complete (O_TMPFILE, linkat): .NET 10 has no call for it.</summary>
internal static class UnnamedFile
{
    private const int AT_FDCWD = -100;
    private const int AT_SYMLINK_FOLLOW = 0x400;
    private const int O_RDWR = 2;
    private const int O_CLOEXEC = 0x80000;
    private const int TmpFile = 0x400000;

    /// <summary>Null where the file system has no such files.</summary>
    public static SafeFileHandle? Open(string directory)
    {
        // O_DIRECTORY is a part of O_TMPFILE, and another number on ARM.
        var isArm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
        var file = new SafeFileHandle(Open(Bytes(directory), TmpFile | (isArm ? 0x4000 : 0x10000) | O_RDWR | O_CLOEXEC, 0x180), ownsHandle: true);
        return file.IsInvalid ? null : file;
    }

    public static void Name(SafeFileHandle file, string path)
    {
        if (LinkAt(AT_FDCWD, Bytes($"/proc/self/fd/{file.DangerousGetHandle()}"), AT_FDCWD, Bytes(path), AT_SYMLINK_FOLLOW) != 0)
        {
            throw new IOException($"The file cannot be called '{path}': {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
        }
    }

    private static byte[] Bytes(string path) => Encoding.UTF8.GetBytes(path + '\0');

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open(byte[] path, int flags, int mode);

    [DllImport("libc", EntryPoint = "linkat", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int LinkAt(int oldDirectory, byte[] oldPath, int newDirectory, byte[] newPath, int flags);
}
