using FileMonitor.Values;

namespace FileMonitor.Tree;

/// <summary>Finds entries by the device and number of their file. Owner: the owner of the <see cref="Snapshot"/>.</summary>
internal sealed class IdentityIndex(int expected)
{
    private readonly SnapshotEntry.EntryTable<IdentityHash> _table = new(default, expected);

    // Further names of one file. Kept apart, because many equal hashes in a row make every search among them long.
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

        // The file system reused the number for a new file, and the old file's name has not been examined since.
        return OthersOf(identity).FirstOrDefault();
    }

    /// <summary>One entry for each name of the file. The index must not change during the enumeration.</summary>
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

    /// <summary>Removes an entry. Its identity is the one by which it was added; the time of birth may differ.</summary>
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
            // Whatever their times of birth.
            if (entry.FileNumber == identity.Number && entry.Identity.Device == identity.Device)
            {
                return true;
            }
        }

        return false;
    }

    // Without the time of birth, which may be unknown for one of two, and without the device, which hardly ever differs and is not stored in the entry.
    // Numbers are consecutive; the finalizer of MurmurHash3 spreads them.
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
