using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace FileMonitor.Tree;

/// <summary>The attributes that many entries share. There are few combinations, however many files.</summary>
/// <param name="Mode">Permission bits.</param>
/// <param name="OwnerId">The owner.</param>
/// <param name="GroupId">The group.</param>
/// <param name="Device">The device or volume.</param>
/// <param name="Flags">Flags of the file system.</param>
/// <param name="Extended">The extended attributes as one text, empty when there are none; null when they were not read.</param>
internal readonly record struct EntryAttributes(int? Mode, uint? OwnerId, uint? GroupId, ulong Device, ItemFlags Flags, string? Extended);

/// <summary>
/// Stores each combination of attributes once for the process, so that an entry needs two bytes for them. Thread-safe, because all snapshots share it.
/// </summary>
/// <remarks>Combinations are never removed, so their number is limited. A combination beyond the limit is stored with its entry, which costs more.</remarks>
internal sealed class SharedAttributes(int capacity = SharedAttributes.NoRoom)
{
    private const int NoRoom = ushort.MaxValue;

    // Anybody who may write a file chooses its extended attributes, and each can be a kilobyte.
    private const int MostExtended = 1024;

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<EntryAttributes, ushort> _indexes = new() { [default] = 0 };
    private readonly ConditionalWeakTable<object, StrongBox<EntryAttributes>> _withoutRoom = [];
    private EntryAttributes[] _values = new EntryAttributes[4];
    private int _extended;

    public EntryAttributes Get(object entry, ushort index)
    {
        if (index != NoRoom)
        {
            return Volatile.Read(ref _values)[index];
        }

        return _withoutRoom.TryGetValue(entry, out var own) ? own.Value : default;
    }

    /// <returns>The index for <see cref="Get"/>.</returns>
    public ushort Set(object entry, in EntryAttributes attributes)
    {
        if (_indexes.TryGetValue(attributes, out var index) || TryAdd(attributes, out index))
        {
            return index;
        }

        _withoutRoom.AddOrUpdate(entry, new StrongBox<EntryAttributes>(attributes));
        return NoRoom;
    }

    private bool TryAdd(in EntryAttributes attributes, out ushort index)
    {
        lock (_lock)
        {
            if (_indexes.TryGetValue(attributes, out index))
            {
                return true;
            }

            var count = _indexes.Count;
            var isExtended = !string.IsNullOrEmpty(attributes.Extended);
            if (count >= capacity || (isExtended && _extended == MostExtended))
            {
                return false;
            }

            _extended += isExtended ? 1 : 0;

            var values = _values;
            if (count == values.Length)
            {
                Array.Resize(ref values, count * 2);
            }

            // Written before the index is published: readers read the value without the lock.
            values[count] = attributes;
            Volatile.Write(ref _values, values);
            index = (ushort)count;
            _indexes.TryAdd(attributes, index);
            return true;
        }
    }
}
