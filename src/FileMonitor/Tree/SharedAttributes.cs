using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace FileMonitor.Tree;

/// <summary>What many entries have in common; there are few combinations, however many files.</summary>
internal readonly record struct EntryAttributes(int? Mode, uint? OwnerId, uint? GroupId, ulong Device);

/// <summary>
/// Keeps each combination of attributes once for the whole process, so that an entry needs two bytes for them. Thread-safe: it is shared
/// by all snapshots, and a detached entry can still be asked.
/// </summary>
/// <remarks>Nothing is ever forgotten, so room is limited; what finds none is kept with its entry, at more cost.</remarks>
internal sealed class SharedAttributes(int capacity = SharedAttributes.NoRoom)
{
    private const int NoRoom = ushort.MaxValue;

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<EntryAttributes, ushort> _indexes = new() { [default] = 0 };
    private readonly ConditionalWeakTable<object, StrongBox<EntryAttributes>> _withoutRoom = [];
    private EntryAttributes[] _values = new EntryAttributes[4];

    public EntryAttributes Get(object entry, ushort index)
    {
        if (index != NoRoom)
        {
            return Volatile.Read(ref _values)[index];
        }

        return _withoutRoom.TryGetValue(entry, out var own) ? own.Value : default;
    }

    /// <returns>What <see cref="Get"/> finds them by.</returns>
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
            if (count >= capacity)
            {
                return false;
            }

            var values = _values;
            if (count == values.Length)
            {
                Array.Resize(ref values, count * 2);
            }

            // Before the index: who finds that reads the value without the lock.
            values[count] = attributes;
            Volatile.Write(ref _values, values);
            index = (ushort)count;
            _indexes.TryAdd(attributes, index);
            return true;
        }
    }
}
