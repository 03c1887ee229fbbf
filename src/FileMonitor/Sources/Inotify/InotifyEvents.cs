using System.Runtime.InteropServices;

namespace FileMonitor.Sources.Inotify;

/// <summary>
/// Enumerates the events in a buffer of the kernel (inotify(7)): watch, mask, cookie and length of the name (4 bytes each), then the name,
/// padded with zeros.
/// </summary>
internal ref struct InotifyEvents(ReadOnlySpan<byte> events)
{
    private const int HeaderBytes = 16;

    private ReadOnlySpan<byte> _rest = events;

    public int Watch { get; private set; }

    public uint Mask { get; private set; }

    /// <summary>The same for both halves of a rename.</summary>
    public uint Cookie { get; private set; }

    /// <summary>Empty for an event about the watched directory itself.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    public bool MoveNext()
    {
        if (_rest.Length < HeaderBytes)
        {
            return false;
        }

        Watch = MemoryMarshal.Read<int>(_rest);
        Mask = MemoryMarshal.Read<uint>(_rest[4..]);
        Cookie = MemoryMarshal.Read<uint>(_rest[8..]);
        var length = (int)Math.Min(MemoryMarshal.Read<uint>(_rest[12..]), (uint)(_rest.Length - HeaderBytes));
        var name = _rest.Slice(HeaderBytes, length);
        var end = name.IndexOf((byte)0);
        Name = end < 0 ? name : name[..end];
        _rest = _rest[(HeaderBytes + length)..];
        return true;
    }
}
