using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace FileMonitor.AcceptanceTests;

/// <summary>Renames as the system does, also over an empty directory, which .NET refuses.</summary>
internal static class DirectoryRename
{
    /// <exception cref="IOException">It cannot be renamed.</exception>
    public static void Over(string from, string to)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.Move(from, to);
        }
        else if (Rename(Bytes(from), Bytes(to)) != 0)
        {
            throw new IOException($"'{from}' cannot be renamed to '{to}': {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
        }
    }

    /// <summary>Both at the same moment: no other state is ever there to be seen.</summary>
    /// <exception cref="IOException">They cannot be swapped.</exception>
    public static void Swap(string one, string other)
    {
        const int AT_FDCWD = -100;
        const uint RENAME_EXCHANGE = 2;
        if (Exchange(AT_FDCWD, Bytes(one), AT_FDCWD, Bytes(other), RENAME_EXCHANGE) != 0)
        {
            throw new IOException($"'{one}' and '{other}' cannot be swapped: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
        }
    }

    private static byte[] Bytes(string path) => Encoding.UTF8.GetBytes(path + '\0');

    [DllImport("libc", EntryPoint = "rename", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Rename(byte[] from, byte[] to);

    // glibc has it, and musl since 1.2.6 only.
    [DllImport("libc", EntryPoint = "renameat2", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Exchange(int oneDirectory, byte[] one, int otherDirectory, byte[] other, uint flags);
}
