using System.Collections;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using FileMonitor.Durable.Baseline;
using FileMonitor.Extending;
using FileMonitor.Tree;
using FileMonitor.Values;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Durable.Tests.Baseline;

/// <summary>Kills, power cuts, disks that are full or change what they hold.</summary>
public sealed class BaselineCrashTests : IDisposable
{
    private const string Root = "/r";

    private readonly StateDirectory _state = new();

    public void Dispose() => _state.Dispose();

    [Fact]
    public void After_a_kill_it_is_as_after_the_last_call_and_after_a_power_cut_as_after_some_call()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            using var state = new StateDirectory();
            var random = new Random(seed);
            var deltas = new RandomDeltas(seed);
            var known = new Dictionary<long, List<string>>();
            using var store = state.Open();
            store.Complete(Root, 0);
            for (var watermark = 1; watermark <= 15; watermark++)
            {
                store.Apply(Root, deltas.Next(1 + random.Next(20)), watermark);
                known[watermark] = SnapshotFacts.Of(deltas.Snapshot);
                if (random.Next(3) > 0)
                {
                    continue;
                }

                using var killed = state.AsIfKilled();
                using (var reopened = killed.Open())
                {
                    reopened.Applied.Should().Be(watermark);
                    SnapshotFacts.Stored(reopened, Root).Should().Equal(known[watermark]);
                }

                // The end of the log had not reached the disk.
                using var cut = state.AsIfKilled();
                using (var log = File.OpenWrite(cut.Database + "-wal"))
                {
                    log.SetLength(random.NextInt64(log.Length));
                }

                using (var reopened = cut.Open())
                {
                    reopened.DamagedFile.Should().BeNull();
                    if (reopened.Applied > 0)
                    {
                        SnapshotFacts.Stored(reopened, Root).Should().Equal(known[reopened.Applied]);
                    }
                }
            }
        }
    }

    [Fact]
    public void A_transaction_that_was_not_committed_has_left_nothing()
    {
        using var store = _state.Open();
        store.WriteChunk(Root, [.. Files(10)]);
        StateDirectory? killed = null;

        // More than is kept in memory: a part of it is in the log when the process is killed.
        store.WriteChunk(Root, new Watched(Files(230_000).ToList(), at: 220_000, () => killed = _state.AsIfKilled()));

        new FileInfo(killed!.Database + "-wal").Length.Should().BeGreaterThan(1_000_000);
        using (var reopened = killed.Open())
        {
            reopened.Roots.Should().Equal(new BaselineRoot(Root, IsComplete: false, IsLost: false, 11));
            reopened.Load(Root).Should().HaveCount(12);
        }

        killed.Dispose();
    }

    [Theory]
    [InlineData(1_500, 250)]
    [InlineData(100_000, 25)]
    public void One_that_was_changed_by_the_disk_is_right_or_refused(int items, int seeds)
    {
        using (var store = _state.Open())
        {
            store.WriteChunk(Root, [.. Files(items)]);
            store.Complete(Root, 5);
            store.SetMeta("configuration", "abc");
        }

        // Only a small one is checked whole when it is opened.
        (new FileInfo(_state.Database).Length > 8 << 20).Should().Be(items > 10_000);
        List<string> facts;
        using (var store = _state.Open())
        {
            facts = SnapshotFacts.Stored(store, Root);
        }

        var outcomes = new Dictionary<string, int>();
        for (var seed = 0; seed < seeds; seed++)
        {
            using var copy = _state.AsIfKilled();
            Spoil(copy.Database, new Random(seed));
            var outcome = TryLoad(copy, facts);
            outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
        }

        outcomes.Keys.Should().NotContain(key => key.StartsWith("wrong", StringComparison.Ordinal));
        outcomes.Should().ContainKey("right").And.HaveCountGreaterThan(1);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", outcomes));
    }

    [Fact]
    public void A_database_that_may_not_grow_refuses_the_change_and_goes_on()
    {
        using var store = _state.Open();
        store.WriteChunk(Root, [.. Files(100)]);
        store.Complete(Root, 1);
        var before = SnapshotFacts.Stored(store, Root);
        DatabaseOf(store).Execute("PRAGMA max_page_count = 20");

        var writing = () => store.Apply(Root, [.. Enumerable.Range(0, 5_000).Select(number => TreeDelta.Add($"more-{number}", new FileStatus { ItemType = ItemType.File }))], 2);

        writing.Should().Throw<BaselineException>().Which.Fault.Should().Be(BaselineFault.StorageFull);
        store.Applied.Should().Be(1);
        SnapshotFacts.Stored(store, Root).Should().Equal(before);
        DatabaseOf(store).Execute("PRAGMA max_page_count = 100000");
        writing();
        store.Applied.Should().Be(2);
    }

    [Fact]
    public void A_full_disk_refuses_the_change_and_what_is_stored_can_be_read()
    {
        using var disk = SmallDisk.TryMount(_state.Path, "1m");
        Assert.SkipWhen(disk is null, "Only root may mount a small disk.");
        List<string> before;
        using (var store = _state.Open())
        {
            store.WriteChunk(Root, [.. Files(1_000)]);
            store.Complete(Root, 1);
            before = SnapshotFacts.Stored(store, Root);
            var writing = () => store.Apply(Root, [.. Enumerable.Range(0, 60_000).Select(number => TreeDelta.Add($"more-{number}", new FileStatus { ItemType = ItemType.File }))], 2);

            writing.Should().Throw<BaselineException>().Which.Fault.Should().Be(BaselineFault.StorageFull);
            store.Applied.Should().Be(1);
            SnapshotFacts.Stored(store, Root).Should().Equal(before);
        }

        using var reopened = _state.Open();
        reopened.DamagedFile.Should().BeNull();
        reopened.Applied.Should().Be(1);
        SnapshotFacts.Stored(reopened, Root).Should().Equal(before);
        reopened.Apply(Root, [TreeDelta.Add("one", new FileStatus { ItemType = ItemType.File })], 2);
    }

    private static string TryLoad(StateDirectory copy, List<string> facts)
    {
        try
        {
            using var store = copy.Open();
            if (store.DamagedFile is not null)
            {
                return store.Roots.Count == 0 && store.Applied == 0 ? "put aside" : "wrong: something is left";
            }

            if (store.Roots.SingleOrDefault()?.IsComplete != true || store.Applied != 5 || !SnapshotFacts.Stored(store, Root).SequenceEqual(facts))
            {
                return "wrong: other facts";
            }

            // Also what is written into it.
            store.Apply(Root, [.. Files(500, "late")], 6);
            return SnapshotFacts.Stored(store, Root).Count == facts.Count + 510 ? "right" : "wrong: after a change";
        }
        catch (BaselineException told)
        {
            return told.Fault.ToString();
        }
    }

    private static void Spoil(string path, Random random)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        var length = RandomAccess.GetLength(file);
        switch (random.Next(5))
        {
            case 0:
                RandomAccess.SetLength(file, random.NextInt64(length));
                break;
            case 1:
                RandomAccess.Write(file, new byte[4096], random.NextInt64(length / 4096) * 4096);
                break;
            case 2:
                // A page in the place of another.
                var page = new byte[4096];
                RandomAccess.Read(file, page, random.NextInt64(length / 4096) * 4096);
                RandomAccess.Write(file, page, random.NextInt64(length / 4096) * 4096);
                break;
            default:
                // One bit, or some bytes.
                var bytes = new byte[random.Next(2) == 0 ? 1 : random.Next(1, 64)];
                var at = random.NextInt64(length - bytes.Length);
                RandomAccess.Read(file, bytes, at);
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                RandomAccess.Write(file, bytes, at);
                break;
        }
    }

    private static IEnumerable<TreeDelta> Files(int count, string prefix = "directory")
    {
        for (var number = 0; number < count; number++)
        {
            if (number % 50 == 0)
            {
                yield return TreeDelta.Add($"{prefix}-{number / 50}", new FileStatus { ItemType = ItemType.Directory, FileNumber = (ulong)number + 1 });
            }

            var status = new FileStatus { ItemType = ItemType.File, Size = number, FileNumber = (ulong)number + 1 };
            var digest = Sha256Digest.From(SHA256.HashData(Encoding.UTF8.GetBytes(prefix + number)));
            yield return TreeDelta.Add($"{prefix}-{number / 50}/file-{number}.txt", status) with { Checksum = ChecksumStatus.Computed, Digest = digest, IsAnnounced = true };
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_database")]
    private static extern ref SqliteDatabase DatabaseOf(BaselineStore store);

    /// <summary>Changes that do something when one of them is taken.</summary>
    private sealed class Watched(List<TreeDelta> deltas, int at, Action taken) : IReadOnlyList<TreeDelta>
    {
        public int Count => deltas.Count;

        public TreeDelta this[int index] => deltas[index];

        public IEnumerator<TreeDelta> GetEnumerator()
        {
            for (var index = 0; index < deltas.Count; index++)
            {
                if (index == at)
                {
                    taken();
                }

                yield return deltas[index];
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
