using System.Runtime.InteropServices;

namespace FileMonitor.Sources.Native;

/// <summary>The system's flags for opening paths.</summary>
internal static class LinuxFlags
{
    /// <summary>In place of an open directory: the path is absolute.</summary>
    public const int AT_FDCWD = -100;
    public const int AT_EMPTY_PATH = 0x1000;

    public const int O_NOCTTY = 0x100;
    public const int O_NONBLOCK = 0x800;
    public const int O_CLOEXEC = 0x80000;
    public const int O_PATH = 0x200000;

    /// <summary>Whether some flags of open have the values of ARM.</summary>
    public static bool HasArmFlags { get; } = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Ppc64le;

    public static int O_DIRECTORY => HasArmFlags ? 0x4000 : 0x10000;

    public static int O_NOFOLLOW => HasArmFlags ? 0x8000 : 0x20000;
}
