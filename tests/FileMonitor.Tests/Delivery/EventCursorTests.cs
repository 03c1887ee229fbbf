using FileMonitor.Delivery;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Delivery;

/// <summary>Cursors over a log, against a plain list of what was appended: each event is seen once and in order, or told as left out.</summary>
public sealed class EventCursorTests
{
    private const int MaxBatch = 8;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 200)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Whatever_happens_a_cursor_sees_each_event_or_is_told_that_it_was_left_out(int seed)
    {
        var random = new Random(seed);
        var longest = random.Next(1, 40);
        var log = new EventRing(longest, MaxBatch);
        var appended = new List<AuditEvent>();
        var readers = Enumerable.Range(0, random.Next(1, 6)).Select(_ => new Model(log, random.Next(1, longest + 1), after: 0)).ToList();
        for (var step = 0; step < 400; step++)
        {
            switch (random.Next(10))
            {
                case < 4:
                    await AppendAsync(log, appended, random.Next(1, MaxBatch + 1));
                    readers.ForEach(reader => reader.Offer(log.Last, random));
                    break;
                case < 8:
                    readers[random.Next(readers.Count)].Read(random.Next(1, 12), random.Next(2) == 0, appended);
                    break;
                case 8:
                    log.Release(readers.Min(reader => reader.Cursor.Position));
                    break;
                default:
                    readers.Add(new Model(log, random.Next(1, longest + 1), log.Last));
                    break;
            }
        }

        foreach (var reader in readers)
        {
            reader.Read(int.MaxValue, inBatches: false, appended);
            reader.Next.Should().Be(appended.Count + 1, "nothing is missing at the end");
        }

        log.Release(log.Last);
        log.First.Should().Be(log.Last + 1);
        appended.Where(one => log.TryRead(one.Sequence, out _)).Should().BeEmpty("what nobody reads any more is let go");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    public async Task Nor_is_anything_lost_between_the_threads(int bound)
    {
        const int Events = 20_000;
        var log = new EventRing(64, MaxBatch);
        var cursors = Enumerable.Range(0, 3).Select(_ => new EventCursor(log, bound, 0)).ToArray();
        var reading = cursors.Select((cursor, index) => Task.Run(() => ReadAsync(cursor, Events, inBatches: index == 2), Token)).ToArray();
        var random = new Random(bound);
        var skipped = new long[cursors.Length];
        for (var last = 0L; last < Events; last = log.Last)
        {
            var batch = Enumerable.Range(0, (int)Math.Min(random.Next(1, MaxBatch + 1), Events - last)).Select(_ => new AuditEvent()).ToList();
            await log.AppendAsync([.. batch], DateTimeOffset.UnixEpoch);
            for (var index = 0; index < cursors.Length; index++)
            {
                if (index == 0)
                {
                    // Waited for.
                    while (cursors[0].Room < log.Last)
                    {
                        // The reader may make room beyond the last event meanwhile.
                        cursors[0].Offer(Math.Min(cursors[0].Room, log.Last));
                        await Task.WhenAny(cursors[0].RoomAsync(), reading[0]).WaitAsync(TimeSpan.FromMinutes(5), Token);
                        reading[0].IsFaulted.Should().BeFalse($"it reads: {reading[0].Exception}");
                    }
                }

                cursors[index].Offer(log.Last);
                var (first, end) = cursors[index].Skip(cursors[index].Bound);
                skipped[index] += Math.Max(0, end - first + 1);
            }

            log.Release(cursors.Min(cursor => cursor.Position));
        }

        var seen = await Task.WhenAll(reading).WaitAsync(TimeSpan.FromSeconds(60), Token);
        seen.Zip(skipped).Should().OnlyContain(one => one.First + one.Second == Events);
        skipped[0].Should().Be(0);
    }

    [Fact]
    public async Task The_log_numbers_events_and_the_ends_of_gaps()
    {
        var log = new EventRing(4, MaxBatch);
        var now = DateTimeOffset.UnixEpoch.AddDays(1);
        var opened = new AuditEvent { Kind = AuditEventKind.Gap, Gap = new() { Phase = GapPhase.Opened, Number = 7 } };
        var closed = new AuditEvent { Kind = AuditEventKind.Gap, Gap = new() { Phase = GapPhase.Closed, Number = 7, Opening = opened.Gap } };
        await log.AppendAsync([new AuditEvent(), opened, closed], now);

        log.First.Should().Be(1);
        log.Last.Should().Be(3);
        (opened.Gap!.FirstSequence, opened.Gap.LastSequence).Should().Be((2L, null));
        (closed.Gap!.FirstSequence, closed.Gap.LastSequence).Should().Be((2L, 3L));
        closed.Should().BeEquivalentTo(new { Sequence = 3L, EmittedAt = now });
    }

    [Fact]
    public async Task The_log_is_bounded_and_the_oldest_gives_way()
    {
        var log = new EventRing(950, 50);
        for (var batch = 0; batch < 100; batch++)
        {
            await log.AppendAsync([.. Enumerable.Range(0, 50).Select(_ => new StreamItem(new AuditEvent()))], DateTimeOffset.UnixEpoch);
        }

        (log.Last - log.First + 1).Should().BeInRange(1000, 1024);
        log.TryRead(log.First, out var first).Should().BeTrue();
        first!.Sequence.Should().Be(log.First);
        log.TryRead(log.First - 1, out _).Should().BeFalse();
        log.TryRead(log.Last + 1, out _).Should().BeFalse();
    }

    private static async Task AppendAsync(EventRing log, List<AuditEvent> appended, int count)
    {
        var batch = Enumerable.Range(0, count).Select(_ => new AuditEvent()).ToList();
        await log.AppendAsync([.. batch], DateTimeOffset.UnixEpoch);
        appended.AddRange(batch);
        batch.Select(one => one.Sequence).Should().Equal(Enumerable.Range(appended.Count - count + 1, count).Select(number => (long)number));
    }

    private static async Task<long> ReadAsync(EventCursor cursor, long until, bool inBatches)
    {
        var seen = 0L;
        for (var next = 1L; next <= until;)
        {
            if (inBatches)
            {
                foreach (var one in cursor.Take(5))
                {
                    (one.Sequence >= next).Should().BeTrue();
                    next = one.Sequence + 1;
                    seen++;
                }

                if (cursor.Lag == 0 && cursor.Position < until)
                {
                    await cursor.WaitAsync();
                }

                next = cursor.Position == until ? until + 1 : next;
                continue;
            }

            if (cursor.TryTakeSkipped(out var skipped))
            {
                (skipped.First == next && skipped.Last >= next).Should().BeTrue();
                next = skipped.Last + 1;
            }
            else if (cursor.TryTake(out var one))
            {
                (one.Sequence == next).Should().BeTrue();
                next++;
                seen++;
            }
            else if (cursor.Lag == 0 && !cursor.HasUnreportedSkip)
            {
                await cursor.WaitAsync();
            }
        }

        return seen;
    }

    /// <summary>One cursor, and what a plain list says it must see.</summary>
    private sealed class Model(EventRing log, int bound, long after)
    {
        private long _skippedUpTo = after;

        public EventCursor Cursor { get; } = new(log, bound, after);

        /// <summary>The sequence number that it must see, or be told of, next.</summary>
        public long Next { get; private set; } = after + 1;

        public void Offer(long end, Random random)
        {
            var before = Cursor.Position;
            Cursor.Offer(end);
            var kept = end - before <= bound ? bound : random.Next(1, bound + 1);
            var (first, last) = Cursor.Skip(kept);
            Cursor.Lag.Should().BeLessThanOrEqualTo(bound);
            if (first <= last)
            {
                (first, last).Should().Be((before + 1, end - kept));
                _skippedUpTo = last;
            }
        }

        public void Read(int limit, bool inBatches, List<AuditEvent> appended)
        {
            if (Cursor.TryTakeSkipped(out var skipped))
            {
                skipped.Should().Be((Next, _skippedUpTo));
                Next = skipped.Last + 1;
            }

            if (inBatches)
            {
                foreach (var one in Cursor.Take(limit))
                {
                    one.Should().BeSameAs(appended[(int)Next++ - 1]);
                }

                return;
            }

            for (; limit > 0 && Cursor.TryTake(out var one); limit--)
            {
                one.Should().BeSameAs(appended[(int)Next++ - 1]);
            }
        }
    }
}
