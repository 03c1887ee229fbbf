using System.Runtime.InteropServices;
using FileMonitor.Extending;

namespace FileMonitor.Sources.Native;

/// <summary>The metadata of an open item of Windows, as <c>GetFileInformationByHandleEx</c> fills them in.</summary>
internal struct WindowsStatus
{
    public BasicInfo Basic;
    public StandardInfo Standard;
    public AttributeTagInfo Tag;
    public IdInfo Id;

    // From the year 1601, where the times of Windows begin, in ticks since year 1.
    private const long Epoch = 504_911_232_000_000_000;

    // What stands for another name: links, junctions, mount points. Other reparse points (files kept by a cloud service) are what they seem.
    private const uint NameSurrogate = 0x2000_0000;

    // Sockets, pipes and devices of the Subsystem for Linux: IO_REPARSE_TAG_AF_UNIX to IO_REPARSE_TAG_LX_BLK.
    private const uint FirstSpecial = 0x8000_0023;
    private const uint LastSpecial = 0x8000_0026;

    public readonly bool IsReparsePoint => Attributes.HasFlag(FileAttributes.ReparsePoint);

    /// <summary>It was deleted and keeps its name until everybody has closed it.</summary>
    public readonly bool IsDeleted => Standard.DeletePending != 0;

    public readonly bool IsLink => IsReparsePoint && (Tag.ReparseTag & NameSurrogate) != 0;

    private readonly FileAttributes Attributes => (FileAttributes)Basic.Attributes;

    private readonly ItemType ItemType =>
        IsLink ? ItemType.SymbolicLink
        : (IsReparsePoint && Tag.ReparseTag is >= FirstSpecial and <= LastSpecial) || Attributes.HasFlag(FileAttributes.Device) ? ItemType.Other
        : Attributes.HasFlag(FileAttributes.Directory) ? ItemType.Directory
        : ItemType.File;

    /// <remarks>
    /// Programs can set the time of creation, and Windows gives a file that takes the name of one just deleted that one's: it tells no file from
    /// another and is left out. The number of a file on NTFS is not given again before its counter has gone round.
    /// </remarks>
    public readonly FileStatus ToFileStatus()
    {
        var type = ItemType;
        return new FileStatus
        {
            Outcome = FileStatusOutcome.Found,
            ItemType = type,
            Size = type == ItemType.File ? Standard.EndOfFile : 0,
            LastWriteTicks = Basic.LastWriteTime + Epoch,
            ChangeTicks = Basic.ChangeTime == 0 ? 0 : Basic.ChangeTime + Epoch,
            Device = Id.Volume,
            FileNumber = Id.Number,
            Flags = (Attributes.HasFlag(FileAttributes.ReadOnly) ? ItemFlags.ReadOnly : ItemFlags.None)
                | (Attributes.HasFlag(FileAttributes.Hidden) ? ItemFlags.Hidden : ItemFlags.None)
                | (Attributes.HasFlag(FileAttributes.System) ? ItemFlags.System : ItemFlags.None),
            HardLinkCount = IsDeleted ? 0 : Standard.NumberOfLinks,
        };
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct BasicInfo
    {
        public long CreationTime;
        public long LastAccessTime;
        public long LastWriteTime;
        public long ChangeTime;
        public uint Attributes;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct StandardInfo
    {
        public long AllocationSize;
        public long EndOfFile;
        public uint NumberOfLinks;
        public byte DeletePending;
        public byte Directory;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct AttributeTagInfo
    {
        public uint Attributes;
        public uint ReparseTag;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct IdInfo
    {
        public ulong Volume;
        public ulong Low;
        public ulong High;

        /// <summary>The 128 bits in 64: NTFS uses only the lower half, ReFS both, of which neither alone is a file's own.</summary>
        public readonly ulong Number => High == 0 ? Low : Low ^ (High * 0x9E37_79B9_7F4A_7C15);
    }
}
