using FileMonitor.Extending;

namespace FileMonitor.Sources.Native;

/// <summary>Translates a status of Windows into the outcome of a look.</summary>
internal static class WindowsOutcome
{
    public const int STATUS_OBJECT_NAME_INVALID = unchecked((int)0xC000_0033);
    public const int STATUS_INVALID_PARAMETER = unchecked((int)0xC000_000D);
    public const int STATUS_REPARSE_POINT_ENCOUNTERED = unchecked((int)0xC000_050B);
    public const int STATUS_SHARING_VIOLATION = unchecked((int)0xC000_0043);
    public const int STATUS_NOT_A_DIRECTORY = unchecked((int)0xC000_0103);
    private const int STATUS_NO_SUCH_FILE = unchecked((int)0xC000_000F);
    private const int STATUS_ACCESS_DENIED = unchecked((int)0xC000_0022);
    private const int STATUS_OBJECT_NAME_NOT_FOUND = unchecked((int)0xC000_0034);
    private const int STATUS_OBJECT_PATH_INVALID = unchecked((int)0xC000_0039);
    private const int STATUS_OBJECT_PATH_NOT_FOUND = unchecked((int)0xC000_003A);
    private const int STATUS_OBJECT_PATH_SYNTAX_BAD = unchecked((int)0xC000_003B);
    private const int STATUS_FILE_LOCK_CONFLICT = unchecked((int)0xC000_0054);
    private const int STATUS_DELETE_PENDING = unchecked((int)0xC000_0056);
    private const int STATUS_INSUFFICIENT_RESOURCES = unchecked((int)0xC000_009A);
    private const int STATUS_FILE_IS_A_DIRECTORY = unchecked((int)0xC000_00BA);
    private const int STATUS_TOO_MANY_OPENED_FILES = unchecked((int)0xC000_011F);
    private const int STATUS_FILE_DELETED = unchecked((int)0xC000_0123);
    private const int STATUS_STOPPED_ON_SYMLINK = unchecked((int)0x8000_002D);

    /// <remarks>
    /// A deleted file that somebody still has open keeps its name until it is closed; nobody can open it any more, so it counts as gone. A share
    /// or a volume that is away is a failure: nothing is concluded about what is on it.
    /// </remarks>
    public static FileStatusOutcome Of(int status) => status switch
    {
        STATUS_OBJECT_NAME_NOT_FOUND or STATUS_OBJECT_PATH_NOT_FOUND or STATUS_OBJECT_NAME_INVALID or STATUS_OBJECT_PATH_INVALID
            or STATUS_OBJECT_PATH_SYNTAX_BAD or STATUS_NO_SUCH_FILE or WindowsCalls.STATUS_NAME_TOO_LONG or STATUS_NOT_A_DIRECTORY or STATUS_DELETE_PENDING
            or STATUS_FILE_DELETED or STATUS_REPARSE_POINT_ENCOUNTERED or STATUS_STOPPED_ON_SYMLINK => FileStatusOutcome.Missing,
        STATUS_ACCESS_DENIED => FileStatusOutcome.Inaccessible,
        _ => FileStatusOutcome.Failed,
    };

    /// <summary>Why a file was not opened to read.</summary>
    public static FileOpening Refused(int status) => status switch
    {
        STATUS_REPARSE_POINT_ENCOUNTERED => new(ChecksumStatus.Vanished, "A part of the path is a symbolic link, and links are not followed."),
        STATUS_FILE_IS_A_DIRECTORY => new(ChecksumStatus.NotApplicable),
        STATUS_SHARING_VIOLATION or STATUS_FILE_LOCK_CONFLICT or STATUS_INSUFFICIENT_RESOURCES or STATUS_TOO_MANY_OPENED_FILES =>
            new(ChecksumStatus.Locked, WindowsCalls.Describe(status)),
        _ when Of(status) == FileStatusOutcome.Missing => new(ChecksumStatus.Vanished, WindowsCalls.Describe(status)),
        _ => new(ChecksumStatus.Unreadable, WindowsCalls.Describe(status)),
    };
}
