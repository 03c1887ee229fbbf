using System.Runtime.InteropServices;
using FileMonitor.Extending;

namespace FileMonitor.Sources.Native;

/// <summary>The result of statx; the layout is the same on every architecture.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct LinuxStatus
{
    /// <summary>Requests the time of birth, and in the result says that it is known.</summary>
    public const uint STATX_BTIME = 0x800;

    private const int S_IFMT = 0xF000;
    private const ulong STATX_ATTR_IMMUTABLE = 0x10;
    private const ulong STATX_ATTR_APPEND = 0x20;

    [FieldOffset(0)] private readonly uint _known;
    [FieldOffset(8)] private readonly ulong _attributes;
    [FieldOffset(16)] private readonly uint _links;
    [FieldOffset(20)] private readonly uint _owner;
    [FieldOffset(24)] private readonly uint _group;
    [FieldOffset(28)] private readonly ushort _mode;
    [FieldOffset(32)] private readonly ulong _inode;
    [FieldOffset(40)] private readonly ulong _size;
    [FieldOffset(80)] private readonly Timestamp _born;
    [FieldOffset(96)] private readonly Timestamp _changed;
    [FieldOffset(112)] private readonly Timestamp _written;
    [FieldOffset(136)] private readonly uint _deviceMajor;
    [FieldOffset(140)] private readonly uint _deviceMinor;

    public readonly ItemType ItemType => (_mode & S_IFMT) switch
    {
        0x8000 => ItemType.File,
        0x4000 => ItemType.Directory,
        0xA000 => ItemType.SymbolicLink,
        _ => ItemType.Other,
    };

    public readonly FileStatus ToFileStatus() => new()
    {
        Outcome = FileStatusOutcome.Found,
        ItemType = ItemType,
        Size = (long)_size,
        LastWriteTicks = _written.Ticks,
        ChangeTicks = _changed.Ticks,
        BirthTicks = (_known & STATX_BTIME) != 0 ? _born.Ticks : 0,
        Device = ((ulong)_deviceMajor << 32) | _deviceMinor,
        FileNumber = _inode,
        Mode = _mode & ~S_IFMT,
        OwnerId = _owner,
        GroupId = _group,
        Flags = ((_attributes & STATX_ATTR_IMMUTABLE) == 0 ? ItemFlags.None : ItemFlags.Immutable) | ((_attributes & STATX_ATTR_APPEND) == 0 ? ItemFlags.None : ItemFlags.AppendOnly),
        HardLinkCount = _links,
    };

    [StructLayout(LayoutKind.Sequential, Size = 16)]
    private readonly struct Timestamp
    {
        private readonly long _seconds;
        private readonly uint _nanoseconds;

        // A file system can hold times that DateTime cannot.
        public long Ticks
        {
            get
            {
                var earliest = -DateTime.UnixEpoch.Ticks / TimeSpan.TicksPerSecond;
                var latest = (DateTime.MaxValue.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond;
                var seconds = Math.Clamp(_seconds, earliest, latest);
                return DateTime.UnixEpoch.Ticks + (seconds * TimeSpan.TicksPerSecond) + (_nanoseconds / TimeSpan.NanosecondsPerTick);
            }
        }
    }
}
