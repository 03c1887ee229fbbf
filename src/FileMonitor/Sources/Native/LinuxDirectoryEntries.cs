using System.Runtime.InteropServices;

namespace FileMonitor.Sources.Native;

/// <summary>Enumerates the entries in a buffer of getdents64: inode (8 bytes), offset (8), length of the entry (2), type (1), name and a zero.</summary>
internal ref struct LinuxDirectoryEntries(ReadOnlySpan<byte> entries)
{
    // The inode number of FUSE when the file system behind it reports none (FUSE_UNKNOWN_INO of libfuse).
    private const ulong NotSaid = 0xFFFF_FFFF;

    private ReadOnlySpan<byte> _rest = entries;

    /// <summary>The name with the zero byte at its end, as the next system call takes it.</summary>
    public ReadOnlySpan<byte> NameAndZero { get; private set; }

    public readonly ReadOnlySpan<byte> Name => NameAndZero[..^1];

    /// <summary>The inode number of the entry; 0 when the file system does not report it here.</summary>
    public ulong Number { get; private set; }

    /// <summary>The type in the directory entry; Unknown when the file system does not keep it there.</summary>
    public ItemType ItemType { get; private set; }

    public bool MoveNext()
    {
        while (!_rest.IsEmpty)
        {
            var length = MemoryMarshal.Read<ushort>(_rest[16..]);
            var name = _rest[19..length];
            NameAndZero = name[..(name.IndexOf((byte)0) + 1)];
            Number = MemoryMarshal.Read<ulong>(_rest) is var number and not NotSaid ? number : 0;
            ItemType = _rest[18] switch
            {
                0 => ItemType.Unknown,
                4 => ItemType.Directory,
                8 => ItemType.File,
                10 => ItemType.SymbolicLink,
                _ => ItemType.Other,
            };
            _rest = _rest[length..];
            if (!Name.SequenceEqual("."u8) && !Name.SequenceEqual(".."u8))
            {
                return true;
            }
        }

        return false;
    }
}
