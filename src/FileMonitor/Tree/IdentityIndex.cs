using FileMonitor.Values;

namespace FileMonitor.Tree;

/// <summary>Finds entries by device and number of their file. Owned like the <see cref="Snapshot"/> it is a part of.</summary>
internal sealed class IdentityIndex(int expected)
{
    private readonly SnapshotEntry.EntryTable<IdentityHash> _table = new(default, expected);

    // Further names of one file. Apart, because many equal hashes in a row would make every search among them long.
    private readonly Dictionary<(ulong Device, ulong Number), HashSet<SnapshotEntry>> _others = [];

    public SnapshotEntry? Find(FileIdentity identity)
    {
        if (!identity.IsKnown)
        {
            return null;
        }

        foreach (var entry in _table.With(HashOf(identity.Number)))
        {
            if (entry.Identity.IsSame(identity))
            {
                return entry;
            }
        }

        // The number was given to a new file, and the name of the one that had it before was not looked at since.
        return OthersOf(identity).FirstOrDefault();
    }

    /// <summary>One entry for each name of the file. The index must not change before the next one is asked for.</summary>
    public IEnumerable<SnapshotEntry> FindAll(FileIdentity identity)
    {
        if (!identity.IsKnown)
        {
            return [];
        }

        foreach (var entry in _table.With(HashOf(identity.Number)))
        {
            if (entry.Identity.IsSame(identity))
            {
                return OthersOf(identity).Prepend(entry);
            }
        }

        return OthersOf(identity);
    }

    public void Add(SnapshotEntry entry)
    {
        var identity = entry.Identity;
        if (!identity.IsKnown)
        {
            return;
        }

        if (!Has(identity))
        {
            _table.Add(entry);
        }
        else if (_others.TryGetValue((identity.Device, identity.Number), out var others))
        {
            others.Add(entry);
        }
        else
        {
            _others.Add((identity.Device, identity.Number), [entry]);
        }
    }

    /// <summary>Takes out an entry; its identity is still the one by which it was added, but for the time of birth.</summary>
    public void Remove(SnapshotEntry entry)
    {
        var identity = entry.Identity;
        if (!identity.IsKnown)
        {
            return;
        }

        var wasInTable = _table.Remove(entry);
        if (!_others.TryGetValue((identity.Device, identity.Number), out var others))
        {
            return;
        }

        if (wasInTable)
        {
            entry = others.First();
            _table.Add(entry);
        }

        others.Remove(entry);
        if (others.Count == 0)
        {
            _others.Remove((identity.Device, identity.Number));
        }
    }

    private IEnumerable<SnapshotEntry> OthersOf(FileIdentity identity) =>
        _others.TryGetValue((identity.Device, identity.Number), out var others) ? others.Where(other => other.Identity.IsSame(identity)) : [];

    private bool Has(FileIdentity identity)
    {
        foreach (var entry in _table.With(HashOf(identity.Number)))
        {
            // Whatever their births.
            if (entry.FileNumber == identity.Number && entry.Identity.Device == identity.Device)
            {
                return true;
            }
        }

        return false;
    }

    // Without the birth, which may be known of one and not of the other, and without the device, which hardly ever differs and is not in
    // the entry itself. Numbers come in rows: the mixing (MurmurHash3's) tears them apart.
    private static uint HashOf(ulong number)
    {
        number = (number ^ (number >> 33)) * 0xFF51_AFD7_ED55_8CCD;
        number = (number ^ (number >> 33)) * 0xC4CE_B9FE_1A85_EC53;
        return (uint)(number >> 32);
    }

    private readonly struct IdentityHash : SnapshotEntry.IEntryHash
    {
        public uint Of(SnapshotEntry entry) => HashOf(entry.FileNumber);
    }
}
