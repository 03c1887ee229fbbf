using FileMonitor.Extending;
using FileMonitor.Patterns;
using FileMonitor.Tree;
using FileMonitor.Values;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Tree;

/// <summary>Whatever is done to a snapshot, it knows the same as a dictionary of paths.</summary>
public sealed class SnapshotModelTests
{
    // Enough for a directory to become a hash table and a list again; with names of one byte a character, of two, that are no text, and
    // that are longer than any file system allows.
    private static readonly string[] Names =
    [
        .. Enumerable.Range(0, 20).Select(number => $"file-{number:d5}.txt"),
        "a", "A", "b", "É", "é", "ÿ", "Ÿ", "µ", "日本語", "日本", "\udc80\udcff", new string('x', 300), new string('x', 299) + "Ā",
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void It_agrees_with_a_dictionary_whatever_is_done(bool ignoresCase)
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var model = new Model(ignoresCase, new Random(seed));
            for (var step = 0; step < 600; step++)
            {
                model.Step();
                if (step % 10 == 0)
                {
                    model.FindDifference().Should().BeNull("of seed {0} at step {1}", seed, step);
                }
            }

            model.Empty();
            model.FindDifference().Should().BeNull("of seed {0} at the end", seed);
        }
    }

    private sealed class Model(bool ignoresCase, Random random)
    {
        private readonly Snapshot _snapshot = new(new MonitoredRoot(0, "/root", "/root", IgnoreRules.None), ignoresCase);
        private readonly Dictionary<string, Known> _known = new(ignoresCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);

        public void Step()
        {
            switch (random.Next(12))
            {
                case < 5:
                    Add();
                    break;
                case < 7:
                    Remove();
                    break;
                case < 9:
                    Move();
                    break;
                case < 10:
                    SetStatus();
                    break;
                default:
                    SetChecksum();
                    break;
            }
        }

        public void Empty()
        {
            foreach (var entry in Snapshot.ChildrenFirst(_snapshot.Top).Where(entry => entry != _snapshot.Top))
            {
                _snapshot.Remove(entry);
            }

            _known.Clear();
        }

        public string? FindDifference()
        {
            if (_snapshot.Count != _known.Count || _snapshot.All().Count() != _known.Count)
            {
                return $"{_known.Count} are known; it counts {_snapshot.Count} and enumerates {_snapshot.All().Count()}";
            }

            foreach (var (path, known) in _known)
            {
                var entry = known.Entry;
                if (_snapshot.Find(path) != entry || Snapshot.PathOf(entry) != path || entry.Name != PathText.NameOf(path).ToString())
                {
                    return $"{path} is found as {Snapshot.PathOf(entry)}";
                }

                if (entry.IsDetached || !entry.IsSameState(known.Status) || !entry.HasSameAttributes(known.Status) || !Equals(entry.Digest, known.Digest))
                {
                    return $"{path} is in another state";
                }

                if (ignoresCase && _snapshot.Find(path.ToUpperInvariant()) != (_known.TryGetValue(path.ToUpperInvariant(), out var upper) ? upper.Entry : null))
                {
                    return $"{path} is not found in capitals";
                }
            }

            return Enumerable.Range(0, 50).Select(_ => DifferenceOf(Status(ItemType.File).Identity)).FirstOrDefault(difference => difference is not null);
        }

        private string? DifferenceOf(FileIdentity identity)
        {
            var expected = _known.Values.Where(known => known.Entry.Identity.IsSame(identity)).Select(known => known.Entry).ToArray();
            var found = _snapshot.FindByIdentity(identity);
            return found is null ? expected.Length == 0 ? null : $"{identity} is not found"
                : expected.Contains(found) ? null
                : $"{identity} is found as {Snapshot.PathOf(found)}, which is {found.Identity}";
        }

        private void Add()
        {
            var (directory, name) = (AnyDirectory(), Names[random.Next(Names.Length)]);
            var path = PathText.Join(Snapshot.PathOf(directory), name);
            if (!_known.ContainsKey(path))
            {
                var status = Status(random.Next(4) == 0 ? ItemType.Directory : ItemType.File);
                _known.Add(path, new Known(_snapshot.Add(directory, name, status), status, null));
            }
        }

        private void Remove()
        {
            if (Any() is not var (path, known) || (known.Entry.ChildCount > 3 && random.Next(4) > 0))
            {
                return;
            }

            foreach (var entry in Snapshot.ChildrenFirst(known.Entry))
            {
                _known.Remove(Snapshot.PathOf(entry)).Should().BeTrue();
                _snapshot.Remove(entry);
                entry.IsDetached.Should().BeTrue();
                entry.Parent.Should().BeNull();
            }

            // What is gone can still be asked, and told.
            known.Entry.Name.Should().Be(PathText.NameOf(path).ToString());
            known.Entry.Digest.Should().Be(known.Digest);
            known.Entry.SetStatus(Status(ItemType.File));
            known.Entry.SetChecksum(ChecksumStatus.Computed, Digest());
        }

        private void Move()
        {
            if (Any() is not var (path, known))
            {
                return;
            }

            var (directory, name) = (AnyDirectory(), Names[random.Next(Names.Length)]);
            var target = PathText.Join(Snapshot.PathOf(directory), name);
            var isInside = target == path || target.StartsWith(path + "/", StringComparison.Ordinal);
            if (isInside || (_known.TryGetValue(target, out var there) && there.Entry != known.Entry))
            {
                return;
            }

            Snapshot.Move(known.Entry, directory, name);
            foreach (var (below, entry) in _known.Where(item => item.Key == path || item.Key.StartsWith(path + "/", StringComparison.Ordinal)).ToArray())
            {
                _known.Remove(below);
                _known.Add(target + below[path.Length..], entry);
            }
        }

        private void SetStatus()
        {
            if (Any() is var (path, known))
            {
                var status = Status(known.Status.ItemType);
                known.Entry.SetStatus(status);
                _known[path] = known with { Status = status };
            }
        }

        private void SetChecksum()
        {
            if (Any() is var (path, known))
            {
                var digest = random.Next(3) == 0 ? null : Digest();
                known.Entry.SetChecksum(digest is null ? ChecksumStatus.NotComputed : ChecksumStatus.Computed, digest);
                _known[path] = known with { Digest = digest };
            }
        }

        private (string Path, Known Known)? Any() =>
            _known.Count > 0 && _known.ElementAt(random.Next(_known.Count)) is var (path, known) ? (path, known) : null;

        private SnapshotEntry AnyDirectory() =>
            random.Next(3) > 0 && Any() is var (_, known) && known.Status.ItemType == ItemType.Directory ? known.Entry : _snapshot.Top;

        private FileStatus Status(ItemType type) => new()
        {
            Outcome = FileStatusOutcome.Found,
            ItemType = type,
            Size = type == ItemType.File ? random.Next(3) : 0,
            LastWriteTicks = random.Next(3),
            Device = (ulong)random.Next(2),
            FileNumber = (ulong)random.Next(40),
            BirthTicks = random.Next(3),
            Mode = random.Next(2) == 0 ? null : random.Next(4),
            OwnerId = random.Next(2) == 0 ? null : (uint)random.Next(4),
            GroupId = random.Next(2) == 0 ? null : (uint)random.Next(4),
        };

        private Sha256Digest Digest()
        {
            var bytes = new byte[Sha256Digest.Length];
            random.NextBytes(bytes);
            return Sha256Digest.From(bytes);
        }

        private sealed record Known(SnapshotEntry Entry, FileStatus Status, Sha256Digest? Digest);
    }
}
