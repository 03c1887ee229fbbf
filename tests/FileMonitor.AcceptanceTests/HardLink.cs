using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace FileMonitor.AcceptanceTests;

/// <summary>A second name for a file; .NET 10 has no call for it.</summary>
internal static class HardLink
{
    public static void Create(string existing, string path)
    {
        if (!(OperatingSystem.IsWindows() ? CreateHardLink(path, existing, 0) : Link(Bytes(existing), Bytes(path)) == 0))
        {
            throw new IOException($"'{path}' cannot be linked to '{existing}': {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
        }
    }

    private static byte[] Bytes(string path) => Encoding.UTF8.GetBytes(path + '\0');

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Link(byte[] existing, byte[] path);

    [DllImport("kernel32", EntryPoint = "CreateHardLinkW", CharSet = CharSet.Unicode, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool CreateHardLink(string path, string existing, nint security);
}
