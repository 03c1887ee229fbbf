using FluentAssertions;
using Xunit;

namespace FileMonitor.Durable.Tests.Baseline;

/// <summary>Whatever changes come, the store ends where a snapshot ends.</summary>
public sealed class BaselineModelTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void It_loads_what_a_snapshot_knows_whatever_was_applied(bool ignoresCase)
    {
        for (var seed = 0; seed < 120; seed++)
        {
            using var state = new StateDirectory();
            var (first, second) = (new RandomDeltas(seed, ignoresCase), new RandomDeltas(seed + 10_000, ignoresCase));
            var random = new Random(seed);
            var store = state.Open(ignoresCase);
            store.WriteChunk("/first", first.Next(random.Next(30)));
            store.WriteChunk("/second", second.Next(random.Next(30)));
            store.WriteChunk("/first", first.Next(random.Next(30)));
            store.Complete("/first", 0);
            store.Complete("/second", 0);
            for (var watermark = 1; watermark <= 12; watermark++)
            {
                if (random.Next(2) == 0)
                {
                    store.Apply("/first", first.Next(random.Next(12)), watermark);
                }
                else
                {
                    store.Apply([new("/second", second.Next(random.Next(12))), new("/first", first.Next(random.Next(12))), new("/second", second.Next(3))], watermark);
                }

                if (random.Next(4) == 0)
                {
                    store.Dispose();
                    store = state.Open(ignoresCase);
                    store.DamagedFile.Should().BeNull();
                }

                store.Applied.Should().Be(watermark);
                SnapshotFacts.Stored(store, "/first", ignoresCase).Should().Equal(SnapshotFacts.Of(first.Snapshot), "of seed {0} at {1}", seed, watermark);
                SnapshotFacts.Stored(store, "/second", ignoresCase).Should().Equal(SnapshotFacts.Of(second.Snapshot), "of seed {0} at {1}", seed, watermark);
            }

            store.Roots.Should().BeEquivalentTo(
                [
                    new { Path = "/first", IsComplete = true, first.Snapshot.IsLost, Items = (long)first.Snapshot.Count },
                    new { Path = "/second", IsComplete = true, second.Snapshot.IsLost, Items = (long)second.Snapshot.Count },
                ]);
            store.RemoveRoot("/first");
            store.Roots.Should().ContainSingle();
            SnapshotFacts.Stored(store, "/second", ignoresCase).Should().Equal(SnapshotFacts.Of(second.Snapshot), "of seed {0} without the other root", seed);
            store.Dispose();
        }
    }
}
