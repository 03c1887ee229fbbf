using System.Runtime.InteropServices;

namespace FileMonitor.Sources.Native;

/// <summary>Reads owner, group and access control list of an open item of Windows, as SDDL.</summary>
internal static unsafe partial class WindowsSecurity
{
    public const uint READ_CONTROL = 0x2_0000;

    private const uint OwnerGroupAndList = 0x1 | 0x2 | 0x4;
    private const uint SDDL_REVISION_1 = 1;

    /// <summary>Null when it may not be read, or the file system keeps none.</summary>
    /// <param name="handle">Opened with <see cref="READ_CONTROL"/>.</param>
    public static string? Read(nint handle)
    {
        _ = GetKernelObjectSecurity(handle, OwnerGroupAndList, null, 0, out var length);
        if (length == 0)
        {
            return null;
        }

        fixed (byte* descriptor = new byte[length])
        {
            if (GetKernelObjectSecurity(handle, OwnerGroupAndList, descriptor, length, out _) == 0
                || ConvertSecurityDescriptorToStringSecurityDescriptorW(descriptor, SDDL_REVISION_1, OwnerGroupAndList, out var text, null) == 0)
            {
                return null;
            }

            var sddl = new string(text);
            _ = LocalFree(text);
            return sddl;
        }
    }

    [LibraryImport("advapi32")]
    private static partial int GetKernelObjectSecurity(nint handle, uint parts, void* descriptor, uint length, out uint needed);

    [LibraryImport("advapi32")]
    private static partial int ConvertSecurityDescriptorToStringSecurityDescriptorW(void* descriptor, uint revision, uint parts, out char* text, uint* length);

    [LibraryImport("kernel32")]
    private static partial nint LocalFree(void* memory);
}
