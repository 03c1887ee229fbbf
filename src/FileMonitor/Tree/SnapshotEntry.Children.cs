namespace FileMonitor.Tree;

internal sealed partial class SnapshotEntry
{
    /// <summary>The children of a directory: a list, and a hash table when it is long. Empty directories have none.</summary>
    private sealed class ChildEntries(byte[] text, bool ignoreCase)
    {
        // A linear search is as fast for a few children, takes less memory, and keeps their order.
        private const int MaxListed = 16;

        private SnapshotEntry[] _list = [];
        private EntryTable<NameHash>? _table;
        private int _listed;

        /// <summary>The name and checksum of the directory itself. Stored here, because its entry has room for one reference only.</summary>
        public byte[] Text { get; set; } = text;

        public int Count => _table?.Count ?? _listed;

        public SnapshotEntry? Find(ReadOnlySpan<char> name)
        {
            if (_table is null)
            {
                foreach (var entry in _list.AsSpan(0, _listed))
                {
                    if (entry.StoredName.Equals(name, ignoreCase))
                    {
                        return entry;
                    }
                }

                return null;
            }

            foreach (var entry in _table.With(EntryName.HashOf(name, ignoreCase)))
            {
                if (entry.StoredName.Equals(name, ignoreCase))
                {
                    return entry;
                }
            }

            return null;
        }

        public void Add(SnapshotEntry entry)
        {
            if (_table is null && _listed == MaxListed)
            {
                _table = new EntryTable<NameHash>(new NameHash(ignoreCase), _listed);
                foreach (var listed in _list)
                {
                    _table.Add(listed);
                }

                (_list, _listed) = ([], 0);
            }

            if (_table is not null)
            {
                _table.Add(entry);
                return;
            }

            if (_listed == _list.Length)
            {
                Array.Resize(ref _list, Math.Min(MaxListed, Math.Max(4, _listed + (_listed / 2))));
            }

            _list[_listed++] = entry;
        }

        public void Remove(SnapshotEntry entry)
        {
            if (_table is not null)
            {
                _table.Remove(entry);
                return;
            }

            var index = Array.IndexOf(_list, entry, 0, _listed);
            _listed--;
            Array.Copy(_list, index + 1, _list, index, _listed - index);
            _list[_listed] = null!;
        }

        public SnapshotEntry[] ToArray()
        {
            if (_table is null)
            {
                return _list[.._listed];
            }

            var entries = new SnapshotEntry[_table.Count];
            _table.CopyTo(entries);
            return entries;
        }

        private readonly struct NameHash(bool ignoreCase) : IEntryHash
        {
            public uint Of(SnapshotEntry entry) => entry.StoredName.Hash(ignoreCase);
        }
    }
}
