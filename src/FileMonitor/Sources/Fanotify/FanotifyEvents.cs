using System.Runtime.InteropServices;
using FileMonitor.Sources.Native;

namespace FileMonitor.Sources.Fanotify;

/// <summary>Enumerates the events in a buffer of fanotify. All spans are parts of that buffer. Each length in it is checked before it is used.</summary>
internal ref struct FanotifyEvents(ReadOnlySpan<byte> events)
{
    private const int MetadataBytes = 24;
    private const byte MetadataVersion = 3;
    private const int RecordBytes = 4;

    // A record has the id of the file system, the size and type of the handle, the handle, and in some types a name.
    private const int HandleAt = 4;
    private const int HandleSizeAt = HandleAt + LinuxHandles.FileSystemIdBytes;
    private const int HandleBytesAt = HandleSizeAt + 8;

    private ReadOnlySpan<byte> _rest = events;

    /// <summary>Whether the buffer is malformed; nothing after this can be read.</summary>
    public bool IsBroken { get; private set; }

    public ulong Mask { get; private set; }

    /// <summary>The process; 0 for one in a namespace that is not visible from here.</summary>
    public int ProcessId { get; private set; }

    /// <summary>The handle of the directory; for a rename, of the new one. Empty when the event has none.</summary>
    public ReadOnlySpan<byte> Directory { get; private set; }

    /// <summary>The name in the directory, without a zero byte; <c>.</c> for the directory itself.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>For a rename, the handle of the old directory.</summary>
    public ReadOnlySpan<byte> OldDirectory { get; private set; }

    /// <summary>For a rename, the old name.</summary>
    public ReadOnlySpan<byte> OldName { get; private set; }

    /// <summary>The handle of the file itself; empty when the kernel does not report it.</summary>
    public ReadOnlySpan<byte> Target { get; private set; }

    public bool MoveNext()
    {
        Directory = Name = OldDirectory = OldName = Target = default;
        if (_rest.IsEmpty || IsBroken)
        {
            return false;
        }

        if (_rest.Length < MetadataBytes)
        {
            return Break();
        }

        var length = MemoryMarshal.Read<uint>(_rest);
        int records = MemoryMarshal.Read<ushort>(_rest[6..]);
        if (length > (uint)_rest.Length || records < MetadataBytes || records > length || _rest[4] != MetadataVersion)
        {
            return Break();
        }

        Mask = MemoryMarshal.Read<ulong>(_rest[8..]);
        ProcessId = MemoryMarshal.Read<int>(_rest[20..]);
        var isRead = TryReadRecords(_rest[records..(int)length]);
        _rest = _rest[(int)length..];
        return isRead || Break();
    }

    /// <summary>Reads the records in any order; skips unknown types.</summary>
    private bool TryReadRecords(ReadOnlySpan<byte> records)
    {
        while (!records.IsEmpty)
        {
            if (records.Length < RecordBytes)
            {
                return false;
            }

            int length = MemoryMarshal.Read<ushort>(records[2..]);
            if (length < RecordBytes || length > records.Length || !TryReadRecord(records[0], records[..length]))
            {
                return false;
            }

            records = records[length..];
        }

        return true;
    }

    private bool TryReadRecord(byte type, ReadOnlySpan<byte> record)
    {
        const byte Fid = 1, DirectoryAndName = 2, DirectoryOnly = 3, OldDirectoryAndName = 10, NewDirectoryAndName = 12;
        if (type is not (Fid or DirectoryAndName or DirectoryOnly or OldDirectoryAndName or NewDirectoryAndName))
        {
            return true;
        }

        if (record.Length < HandleBytesAt)
        {
            return false;
        }

        var size = MemoryMarshal.Read<uint>(record[HandleSizeAt..]);
        if (size > (uint)(record.Length - HandleBytesAt) || size > LinuxHandles.MaxBytes)
        {
            return false;
        }

        var handle = record[HandleAt..(HandleBytesAt + (int)size)];
        var name = record[(HandleBytesAt + (int)size)..];
        var end = name.IndexOf((byte)0);
        name = end < 0 ? name : name[..end];
        switch (type)
        {
            case Fid:
                Target = handle;
                break;
            case OldDirectoryAndName:
                OldDirectory = handle;
                OldName = name;
                break;
            case DirectoryOnly:
                Directory = handle;
                Name = "."u8;
                break;
            default:
                Directory = handle;
                Name = name;
                break;
        }

        return true;
    }

    private bool Break()
    {
        IsBroken = true;
        return false;
    }
}
