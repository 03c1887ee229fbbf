namespace FileMonitor.Tree;

internal sealed partial class SnapshotEntry
{
    /// <summary>The hash of an entry in a table.</summary>
    internal interface IEntryHash
    {
        uint Of(SnapshotEntry entry);
    }

    /// <summary>
    /// A hash table whose slots are references only: key and hash come from the entry. Owner: the owner of the <see cref="Snapshot"/>.
    /// </summary>
    /// <param name="hash">The hash function.</param>
    /// <param name="expected">The initial capacity.</param>
    internal sealed class EntryTable<THash>(THash hash, int expected)
        where THash : struct, IEntryHash
    {
        private const int MinSlots = 16;

        // A different factor for each size. Entries are often removed in slot order; in a smaller table of the same order the rest would form one long run,
        // and every search in it would be slow.
        private uint _mix = 0x9E37_79B1;

        private SnapshotEntry?[] _slots = new SnapshotEntry?[Math.Max(MinSlots, (int)(expected * 1.4))];

        public int Count { get; private set; }

        /// <summary>Adds an entry that is not in the table.</summary>
        public void Add(SnapshotEntry entry)
        {
            // Fill up to four fifths: a slot then costs 10 to 15 bytes for each entry, and an unsuccessful search still ends soon.
            if (Count >= (int)(_slots.Length * 4L / 5))
            {
                Resize(_slots.Length + (_slots.Length / 2));
            }

            Place(entry);
            Count++;
        }

        /// <returns>False when the entry was not in the table.</returns>
        public bool Remove(SnapshotEntry entry)
        {
            var hole = HomeOf(hash.Of(entry));
            for (; _slots[hole] != entry; hole = After(hole))
            {
                if (_slots[hole] is null)
                {
                    return false;
                }
            }

            // Move later entries of the run up instead of leaving a tombstone.
            for (var next = After(hole); _slots[next] is { } follower; next = After(next))
            {
                if (Distance(HomeOf(hash.Of(follower)), next) >= Distance(hole, next))
                {
                    _slots[hole] = follower;
                    hole = next;
                }
            }

            _slots[hole] = null;
            Count--;
            if (_slots.Length > MinSlots && Count < _slots.Length / 4)
            {
                Resize(Math.Max(MinSlots, _slots.Length / 2));
            }

            return true;
        }

        /// <summary>The entries that may have this hash; others may be among them.</summary>
        public Candidates With(uint hashCode) => new(_slots, HomeOf(hashCode));

        public void CopyTo(Span<SnapshotEntry> entries)
        {
            var count = 0;
            foreach (var slot in _slots)
            {
                if (slot is not null)
                {
                    entries[count++] = slot;
                }
            }
        }

        private void Place(SnapshotEntry entry)
        {
            var slot = HomeOf(hash.Of(entry));
            while (_slots[slot] is not null)
            {
                slot = After(slot);
            }

            _slots[slot] = entry;
        }

        private void Resize(int slots)
        {
            var old = _slots;
            _mix = (_mix * 0x85EB_CA6B) | 1;
            _slots = new SnapshotEntry?[slots];
            foreach (var entry in old)
            {
                if (entry is not null)
                {
                    Place(entry);
                }
            }
        }

        private int HomeOf(uint hashCode) => (int)(((ulong)(hashCode * _mix) * (uint)_slots.Length) >> 32);

        private int After(int slot) => slot + 1 == _slots.Length ? 0 : slot + 1;

        private int Distance(int from, int to) => to >= from ? to - from : to - from + _slots.Length;

        /// <summary>From the slot of the hash to the first free slot.</summary>
        public ref struct Candidates(ReadOnlySpan<SnapshotEntry?> slots, int home)
        {
            private readonly ReadOnlySpan<SnapshotEntry?> _slots = slots;
            private int _next = home;

            public SnapshotEntry Current { get; private set; } = null!;

            public readonly Candidates GetEnumerator() => this;

            public bool MoveNext()
            {
                if (_slots[_next] is not { } entry)
                {
                    return false;
                }

                Current = entry;
                _next = _next + 1 == _slots.Length ? 0 : _next + 1;
                return true;
            }
        }
    }
}
