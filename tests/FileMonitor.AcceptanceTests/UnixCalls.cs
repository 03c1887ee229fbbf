using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace FileMonitor.AcceptanceTests;

/// <summary>What programs do to names that .NET 10 has no call for. Linux only.</summary>
internal static class UnixCalls
{
    private const int CurrentDirectory = -100; // AT_FDCWD
    private const uint Exchange = 2; // RENAME_EXCHANGE
    private const uint ReadAndWriteByOwner = 0b110_000_000;
    private const uint TypeOnly = 1; // STATX_TYPE
    private const int ModeOffset = 28; // stx_mode
    private const int NoFollow = 0x100; // AT_SYMLINK_NOFOLLOW

    /// <summary>Two names trade their items, at once.</summary>
    public static void ExchangeNames(string one, string other) =>
        Check(Renameat2(CurrentDirectory, Bytes(one), CurrentDirectory, Bytes(other), Exchange), $"'{one}' and '{other}' cannot be exchanged");

    /// <summary>As <c>mv -T</c>: over a file, and over an empty directory.</summary>
    public static void Rename(string from, string to) =>
        Check(Renameat2(CurrentDirectory, Bytes(from), CurrentDirectory, Bytes(to), 0), $"'{from}' cannot be renamed to '{to}'");

    public static void MakePipe(string path) => Check(Mkfifo(Bytes(path), ReadAndWriteByOwner), $"'{path}' cannot be made");

    /// <summary>Sets the times of an item to now; of a link, its own.</summary>
    public static void Touch(string path) => Check(Utimensat(CurrentDirectory, Bytes(path), 0, NoFollow), $"'{path}' cannot be touched");

    /// <summary>Whether a path names a pipe, which must not be opened to be read: that waits for a writer.</summary>
    public static bool IsPipe(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        var status = new byte[256];
        Check(Statx(CurrentDirectory, Bytes(path), NoFollow, TypeOnly, status), $"'{path}' cannot be looked at");
        return (BitConverter.ToUInt16(status, ModeOffset) & 0xF000) == 0x1000;
    }

    private static void Check(int result, string otherwise)
    {
        if (result != 0)
        {
            throw new IOException($"{otherwise}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
        }
    }

    private static byte[] Bytes(string path) => Encoding.UTF8.GetBytes(path + '\0');

    [DllImport("libc", EntryPoint = "renameat2", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Renameat2(int oldDirectory, byte[] oldPath, int newDirectory, byte[] newPath, uint flags);

    [DllImport("libc", EntryPoint = "mkfifo", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Mkfifo(byte[] path, uint mode);

    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Statx(int directory, byte[] path, int flags, uint mask, byte[] status);

    [DllImport("libc", EntryPoint = "utimensat", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Utimensat(int directory, byte[] path, nint times, int flags);
}
