using System.ComponentModel;
using System.Runtime.InteropServices;

namespace FileMonitor.Sources.Native;

/// <summary>
/// The system calls of Windows that .NET does not offer: opening a name in an open directory, and metadata of an open item. Handles are plain
/// numbers, as descriptors are on Linux: each lives inside one look. Names are UTF-16 and are passed on as they are, so that long paths, reserved
/// names, dots and blanks at the end, and halves of surrogate pairs name what they name on disk.
/// </summary>
internal static unsafe partial class WindowsCalls
{
    public const nint None = -1;

    public const uint FILE_READ_DATA = 0x1;
    public const uint FILE_LIST_DIRECTORY = 0x1;
    public const uint FILE_READ_ATTRIBUTES = 0x80;
    public const uint FILE_SHARE_READ = 0x1;
    public const uint FILE_SHARE_DELETE = 0x4;
    public const uint FILE_SHARE_ALL = 0x7;
    public const uint FILE_DIRECTORY_FILE = 0x1;
    public const uint FILE_SEQUENTIAL_ONLY = 0x4;
    public const uint FILE_NON_DIRECTORY_FILE = 0x40;
    public const uint FILE_OPEN_REPARSE_POINT = 0x20_0000;
    public const uint OBJ_CASE_INSENSITIVE = 0x40;
    public const uint OBJ_DONT_REPARSE = 0x1000;

    public const int STATUS_NAME_TOO_LONG = unchecked((int)0xC000_0106);

    public const int FileFullDirectoryInfo = 14;
    public const int ERROR_NO_MORE_FILES = 18;
    public const int MostReparseBytes = 16 * 1024;

    private const uint SYNCHRONIZE = 0x10_0000;
    private const uint FILE_OPEN = 1;
    private const uint FILE_SYNCHRONOUS_IO_NONALERT = 0x20;
    private const uint FILE_OPEN_FOR_BACKUP_INTENT = 0x4000;
    private const int FileBasicInfo = 0;
    private const int FileStandardInfo = 1;
    private const int FileAttributeTagInfo = 9;
    private const int FileIdInfo = 18;
    private const int FileNormalizedNameInfo = 24;
    private const uint FSCTL_GET_REPARSE_POINT = 0x9_00A8;

    /// <summary>Opens a name, or several separated by backslashes, in an open directory; without a name, that very item again.</summary>
    /// <param name="directory">An open directory; 0 when <paramref name="name"/> is a whole path of the object manager.</param>
    /// <param name="name">The name, at most 32,767 characters.</param>
    /// <param name="access">What is to be done with it.</param>
    /// <param name="share">What others may do meanwhile.</param>
    /// <param name="options">The options of NtCreateFile.</param>
    /// <param name="attributes">The attributes of the name.</param>
    /// <param name="handle">The handle; <see cref="None"/> when it was not opened.</param>
    /// <returns>The status of the system: negative when it was not opened (<see cref="WindowsOutcome"/>).</returns>
    public static int Open(nint directory, ReadOnlySpan<char> name, uint access, uint share, uint options, uint attributes, out nint handle)
    {
        handle = None;
        if (name.Length > short.MaxValue)
        {
            return STATUS_NAME_TOO_LONG;
        }

        fixed (char* first = name)
        {
            var text = new UnicodeString { Length = (ushort)(name.Length * 2), MaximumLength = (ushort)(name.Length * 2), Buffer = first };
            var item = new ObjectAttributes { Length = (uint)sizeof(ObjectAttributes), RootDirectory = directory, ObjectName = &text, Attributes = attributes };
            IoStatusBlock block;
            var status = NtCreateFile(
                out var opened, access | SYNCHRONIZE, &item, &block, null, 0, share, FILE_OPEN, options | FILE_SYNCHRONOUS_IO_NONALERT | FILE_OPEN_FOR_BACKUP_INTENT, null, 0);
            handle = status >= 0 ? opened : None;
            return status;
        }
    }

    public static void Close(nint handle)
    {
        if (handle != None)
        {
            _ = CloseHandle(handle);
        }
    }

    /// <summary>Reads the metadata of an open item.</summary>
    /// <returns>0, or the error of the system.</returns>
    public static int TryGetStatus(nint handle, out WindowsStatus status)
    {
        status = default;
        fixed (WindowsStatus* all = &status)
        {
            if (GetFileInformationByHandleEx(handle, FileBasicInfo, &all->Basic, (uint)sizeof(WindowsStatus.BasicInfo)) == 0
                || GetFileInformationByHandleEx(handle, FileStandardInfo, &all->Standard, (uint)sizeof(WindowsStatus.StandardInfo)) == 0
                || (status.IsReparsePoint && GetFileInformationByHandleEx(handle, FileAttributeTagInfo, &all->Tag, (uint)sizeof(WindowsStatus.AttributeTagInfo)) == 0))
            {
                return Marshal.GetLastPInvokeError();
            }

            // FAT has no numbers of files, and not every file server tells them: then the identity is not known.
            if (GetFileInformationByHandleEx(handle, FileIdInfo, &all->Id, (uint)sizeof(WindowsStatus.IdInfo)) == 0)
            {
                status.Id = default;
            }

            return 0;
        }
    }

    /// <summary>The next entries of an open directory, as many as fit.</summary>
    /// <returns>0, or the error of the system; <see cref="ERROR_NO_MORE_FILES"/> at the end.</returns>
    public static int ReadEntries(nint handle, Span<byte> buffer)
    {
        fixed (byte* first = buffer)
        {
            return GetFileInformationByHandleEx(handle, FileFullDirectoryInfo, first, (uint)buffer.Length) != 0 ? 0 : Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>The path on its volume, with the names as they are on disk; null where the system does not say.</summary>
    public static string? NormalizedName(nint handle)
    {
        var buffer = new byte[sizeof(uint) + (2 * short.MaxValue)];
        fixed (byte* first = buffer)
        {
            return GetFileInformationByHandleEx(handle, FileNormalizedNameInfo, first, (uint)buffer.Length) == 0
                ? null
                : new string((char*)(first + sizeof(uint)), 0, (int)(*(uint*)first / 2));
        }
    }

    /// <summary>What is stored in a reparse point.</summary>
    /// <returns>The number of bytes; -1 when it cannot be read.</returns>
    public static int ReadReparsePoint(nint handle, Span<byte> buffer)
    {
        fixed (byte* first = buffer)
        {
            return DeviceIoControl(handle, FSCTL_GET_REPARSE_POINT, null, 0, first, (uint)buffer.Length, out var length, null) == 0 ? -1 : (int)length;
        }
    }

    /// <summary>The system's words about a status.</summary>
    public static string Describe(int status) => new Win32Exception((int)RtlNtStatusToDosError(status)).Message;

    [LibraryImport("ntdll")]
    private static partial int NtCreateFile(
        out nint handle, uint access, ObjectAttributes* item, IoStatusBlock* block, long* size, uint attributes, uint share, uint disposition, uint options, void* extended, uint extendedLength);

    [LibraryImport("ntdll")]
    private static partial uint RtlNtStatusToDosError(int status);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial int GetFileInformationByHandleEx(nint handle, int kind, void* buffer, uint size);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial int DeviceIoControl(nint handle, uint code, void* given, uint givenSize, void* taken, uint takenSize, out uint length, void* overlapped);

    [LibraryImport("kernel32")]
    private static partial int CloseHandle(nint handle);

    [StructLayout(LayoutKind.Sequential)]
    private struct UnicodeString
    {
        public ushort Length;
        public ushort MaximumLength;
        public char* Buffer;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct ObjectAttributes
    {
        public uint Length;
        public nint RootDirectory;
        public UnicodeString* ObjectName;
        public uint Attributes;
        public void* SecurityDescriptor;
        public void* SecurityQualityOfService;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct IoStatusBlock
    {
        public nint Status;
        public nint Information;
    }
}
