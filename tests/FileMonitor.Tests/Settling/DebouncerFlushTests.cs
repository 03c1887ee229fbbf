using FileMonitor.Extending;
using FileMonitor.Settling;
using FileMonitor.Tests.Testing;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Settling;

/// <summary>What a flush waits for is taken first, whatever was merged with what.</summary>
public sealed class DebouncerFlushTests
{
    private static readonly MonitoredRoot Root = RecordingWriter.Root("/root", 0, quietPeriod: 100, maxDelay: 300, finishedDelay: 100);

    private readonly Debouncer _debouncer = new(capacity: 1_000, frequency: 1);

    [Fact]
    public void What_is_pending_when_a_flush_begins_is_taken_before_it_is_due_and_nothing_else_is()
    {
        Add("a", at: 0);
        Add("b", at: 1);
        Add("a", at: 2);
        _debouncer.AwaitAll().Should().Be(3);
        Add("c", at: 3);

        TakeAwaited().Should().Be("a");
        TakeAwaited().Should().Be("b");
        TakeAwaited().Should().BeNull();
        _debouncer.Count.Should().Be(1);
    }

    [Fact]
    public void A_hint_is_waited_for_once_however_many_flushes_there_are()
    {
        Add("a", at: 0);
        _debouncer.AwaitAll().Should().Be(1);
        Add("a", at: 1);

        _debouncer.AwaitAll().Should().Be(1);
    }

    [Fact]
    public void A_hint_that_is_waited_for_takes_what_it_joins_ahead()
    {
        Add("a", at: 0);
        Add("b", at: 1);
        Add("b", at: 2, isAwaited: true);

        TakeAwaited().Should().Be("b");
        TakeAwaited().Should().BeNull();
    }

    [Theory]
    [InlineData("old")]
    [InlineData("new")]
    public void A_rename_takes_over_that_it_is_waited_for(string awaited)
    {
        Add("x", at: 0);
        Add("old", at: 1, isAwaited: awaited == "old");
        Add("new", at: 2, isAwaited: awaited == "new");
        _debouncer.Add(new FileChange(FileChangeKind.Renamed, Root, "new", "old") { ReceivedAt = 3 });

        TakeAwaited().Should().Be("new");
        TakeAwaited().Should().BeNull();
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_hint_that_is_waited_for_is_taken_exactly_once(int seed)
    {
        var random = new Random(seed);
        var (added, taken, awaited, healing) = (0, 0, 0, 0);
        void Take(PendingChange change)
        {
            taken += change.Hints;
            awaited -= change.Awaited;
            healing -= change.Healing;
        }

        for (var step = 0; step < 2_000; step++)
        {
            var isAwaited = random.Next(5) == 0;
            var isHealing = random.Next(5) == 0;
            var path = $"{random.Next(8)}";
            switch (random.Next(10))
            {
                case 0:
                    awaited += _debouncer.AwaitAll();
                    awaited.Should().Be(added - taken);
                    break;
                case 1 or 2:
                    _debouncer.TryTakeAwaited(out var next).Should().Be(awaited > 0, "of step {0}", step);
                    if (next is not null)
                    {
                        next.Awaited.Should().BePositive();
                        Take(next);
                    }

                    break;
                case 3 when _debouncer.TryTakeDue(step, out var due):
                    Take(due);
                    break;
                case 4 when _debouncer.TryTake(Root, path, out var pending):
                    Take(pending);
                    break;
                case 5 or 6:
                    _debouncer.Add(new FileChange(FileChangeKind.Renamed, Root, path, $"{random.Next(8)}") { ReceivedAt = step, IsAwaited = isAwaited, IsHealing = isHealing });
                    Count();
                    break;
                default:
                    _debouncer.Add(new FileChange((FileChangeKind)random.Next(3), Root, path) { ReceivedAt = step, IsAwaited = isAwaited, IsHealing = isHealing });
                    Count();
                    break;
            }

            void Count()
            {
                added++;
                awaited += isAwaited ? 1 : 0;
                healing += isHealing ? 1 : 0;
            }
        }

        while (_debouncer.TryTakeAny(out var rest))
        {
            Take(rest);
        }

        (added - taken, awaited, healing).Should().Be((0, 0, 0));
        (_debouncer.Count, _debouncer.Hints, _debouncer.TryPeekUnidentified(Root, out _)).Should().Be((0, 0, false));
    }

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(0, 50)];

    private void Add(string path, long at, bool isAwaited = false) =>
        _debouncer.Add(new FileChange(FileChangeKind.Modified, Root, path) { ReceivedAt = at, IsAwaited = isAwaited });

    private string? TakeAwaited() => _debouncer.TryTakeAwaited(out var next) ? next.Path : null;
}
