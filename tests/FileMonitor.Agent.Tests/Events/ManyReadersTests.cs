using System.Globalization;
using System.Text;
using FileMonitor.Agent.Events;
using Xunit;

namespace FileMonitor.Agent.Tests.Events;

/// <summary>Several publishers and readers at once, on real threads: every reader gets every event once and in order, but for what it was told it missed.</summary>
public sealed class ManyReadersTests
{
    private const int Publishers = 3;
    private const int Each = 2_000;

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(3, 1)]
    [InlineData(4, 1)]
    [InlineData(5, 100)]
    [InlineData(6, 100)]
    [InlineData(7, 60_000)]
    [InlineData(8, 60_000)]
    public async Task Every_reader_accounts_for_every_event(int seed, int patienceMilliseconds)
    {
        using var buffer = new EventBuffer(capacity: 64, 1_000_000, 100, TimeSpan.FromMilliseconds(patienceMilliseconds), TimeProvider.System);
        var cancellation = TestContext.Current.CancellationToken;

        // Open before anything is published: who comes when the first events are overwritten has missed them.
        var cursors = Enumerable.Range(0, 6).Select(_ => buffer.Open(buffer.IdOf(0), recent: 0)!).ToList();
        var readers = cursors.Select((cursor, number) => Task.Run(() => ReadAsync(cursor, new Random((seed * 100) + number)), cancellation)).ToList();
        var latecomers = Enumerable.Range(6, 6).Select(number => Task.Run(() => ComeAndGoAsync(buffer, new Random((seed * 100) + number)), cancellation)).ToList();

        await Task.WhenAll(Enumerable.Range(0, Publishers).Select(publisher => Task.Run(() => PublishAsync(buffer, $"{publisher}"), cancellation)));
        buffer.Complete();

        foreach (var (events, missed) in await Task.WhenAll(readers))
        {
            Assert.Equal(Publishers * Each, events + missed);
            Assert.True(missed == 0 || patienceMilliseconds < 60_000, "a reader that reads was left behind");
        }

        await Task.WhenAll(latecomers);
        Assert.Equal(0, buffer.GetState().Readers);
    }

    private static async Task PublishAsync(EventBuffer buffer, string monitor)
    {
        for (var number = 0; number < Each; number++)
        {
            await buffer.PublishAsync(monitor, AuditEventKind.Created, Encoding.ASCII.GetBytes($"{number}\n"));
        }
    }

    /// <summary>Reads to the end, and sometimes dawdles.</summary>
    private static async Task<(long Events, long Missed)> ReadAsync(EventCursor reader, Random random)
    {
        using var cursor = reader;
        var (position, events, missed) = (0L, 0L, 0L);
        var latest = new Dictionary<string, int>();
        while (true)
        {
            var batch = await cursor.ReadAsync(TestContext.Current.CancellationToken);
            position += batch.Missed;
            missed += batch.Missed;
            foreach (var one in batch.Events)
            {
                Assert.Equal(++position, one.Position);
                events++;

                // What one monitor says stays in its order.
                var number = int.Parse(BufferScript.NumberOf(one), CultureInfo.InvariantCulture);
                Assert.True(number > latest.GetValueOrDefault(one.Monitor, -1));
                latest[one.Monitor] = number;
            }

            Assert.Equal(position, batch.Last);
            if (batch.IsEnd)
            {
                return (events, missed);
            }

            for (var dawdle = random.Next(4) == 0 ? random.Next(200) : 0; dawdle > 0; dawdle--)
            {
                await Task.Yield();
            }
        }
    }

    /// <summary>Reads a little, goes, comes back with the last id, as a connection does that breaks now and then.</summary>
    private static async Task ComeAndGoAsync(EventBuffer buffer, Random random)
    {
        var position = 0L;
        for (var isEnd = false; !isEnd;)
        {
            using var cursor = buffer.Open(buffer.IdOf(position), recent: 0)!;
            for (var reads = random.Next(1, 5); reads > 0 && !isEnd; reads--)
            {
                var batch = await cursor.ReadAsync(TestContext.Current.CancellationToken);
                Assert.False(batch.IsAfterOtherRun);
                Assert.Equal(batch.Last, position + batch.Missed + batch.Events.Count);
                Assert.True(batch.Events.Count == 0 || batch.Events[0].Position == position + batch.Missed + 1);
                position = batch.Last;
                isEnd = batch.IsEnd;
            }
        }

        Assert.Equal(Publishers * Each, position);
    }
}
