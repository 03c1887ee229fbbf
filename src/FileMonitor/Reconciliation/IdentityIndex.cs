namespace FileMonitor.Reconciliation;

/// <summary>Finds entries by device and number of their file. Owned like the <see cref="Snapshot"/> it is a part of.</summary>
internal sealed class IdentityIndex
{
    private readonly EntryTable<IdentityHash> _table = new(default);

    // Further names of one file. Apart, because many equal hashes in a row would make every search among them long.
    private readonly Dictionary<(ulong Device, ulong Number), HashSet<SnapshotEntry>> _others = [];

    public SnapshotEntry? Find(FileIdentity identity)
    {
        if (!identity.IsKnown || FindAnyBirth(identity) is not { } entry)
        {
            return null;
        }

        if (entry.Identity.MayEqual(identity))
        {
            return entry;
        }

        // The number was given to a new file, and the one that had it before was not looked at since.
        return _others.GetValueOrDefault(KeyOf(identity))?.FirstOrDefault(other => other.Identity.MayEqual(identity));
    }

    public void Add(SnapshotEntry entry)
    {
        var identity = entry.Identity;
        if (!identity.IsKnown)
        {
            return;
        }

        if (FindAnyBirth(identity) is null)
        {
            _table.Add(entry);
        }
        else if (_others.TryGetValue(KeyOf(identity), out var others))
        {
            others.Add(entry);
        }
        else
        {
            _others.Add(KeyOf(identity), [entry]);
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
        if (!_others.TryGetValue(KeyOf(identity), out var others))
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
            _others.Remove(KeyOf(identity));
        }
    }

    private SnapshotEntry? FindAnyBirth(FileIdentity identity)
    {
        foreach (var entry in _table.With(HashOf(identity)))
        {
            if (KeyOf(entry.Identity) == KeyOf(identity))
            {
                return entry;
            }
        }

        return null;
    }

    private static (ulong Device, ulong Number) KeyOf(FileIdentity identity) => (identity.Device, identity.Number);

    // Without the birth, which may be known of one entry and not of another.
    private static uint HashOf(FileIdentity identity) => (uint)HashCode.Combine(identity.Device, identity.Number);

    private readonly struct IdentityHash : IEntryHash
    {
        public uint Of(SnapshotEntry entry) => HashOf(entry.Identity);
    }
}
