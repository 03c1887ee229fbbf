namespace FileMonitor.Tree;

internal sealed partial class SnapshotEntry
{
    /// <summary>Says where in a table an entry is looked for.</summary>
    internal interface IEntryHash
    {
        uint Of(SnapshotEntry entry);
    }

    /// <summary>
    /// A hash table whose slot is a reference and nothing else: key and hash are asked of the entry. Owned like the <see cref="Snapshot"/> it
    /// is a part of.
    /// </summary>
    /// <param name="hash">What says where an entry is looked for.</param>
    /// <param name="expected">How many entries it has room for at first.</param>
    internal sealed class EntryTable<THash>(THash hash, int expected)
        where THash : struct, IEntryHash
    {
        private const int MinSlots = 16;

        // Another one for each size. Entries are often taken out in the order of their places; in a smaller table of the same order those that
        // are left would all stand together, and every search among them would be long.
        private uint _mix = 0x9E37_79B1;

        private SnapshotEntry?[] _slots = new SnapshotEntry?[Math.Max(MinSlots, (int)(expected * 1.4))];

        public int Count { get; private set; }

        /// <summary>The entry must not be in it yet.</summary>
        public void Add(SnapshotEntry entry)
        {
            // Four fifths: a slot takes 10 to 15 bytes of each entry's, and a search that finds nothing still ends soon.
            if (Count >= (int)(_slots.Length * 4L / 5))
            {
                Resize(_slots.Length + (_slots.Length / 2));
            }

            Place(entry);
            Count++;
        }

        /// <returns>False when it was not in it.</returns>
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

            // No mark is left behind: whoever stands further on because this place was taken moves up.
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

        /// <summary>The entries that may have this hash, among others.</summary>
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

        /// <summary>From the place of the hash to the first that is free.</summary>
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
