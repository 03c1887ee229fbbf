using System.Runtime.InteropServices;

namespace FileMonitor.Sources.Native;

/// <summary>Where a path begins and how it is opened, by the system's names.</summary>
internal static class LinuxFlags
{
    /// <summary>In place of an open directory: a path begins at the top.</summary>
    public const int AT_FDCWD = -100;
    public const int AT_EMPTY_PATH = 0x1000;

    public const int O_NOCTTY = 0x100;
    public const int O_NONBLOCK = 0x800;
    public const int O_CLOEXEC = 0x80000;
    public const int O_PATH = 0x200000;

    /// <summary>Flags of open that are not the same everywhere.</summary>
    public static bool HasArmFlags { get; } = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Ppc64le;

    public static int O_DIRECTORY => HasArmFlags ? 0x4000 : 0x10000;

    public static int O_NOFOLLOW => HasArmFlags ? 0x8000 : 0x20000;
}
