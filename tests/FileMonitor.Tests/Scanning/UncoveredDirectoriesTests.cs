using FileMonitor.Extending;
using FileMonitor.Patterns;
using FileMonitor.Scanning;
using FileMonitor.Tree;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Scanning;

public sealed class UncoveredDirectoriesTests
{
    private const long First = 10;
    private const long Longest = 60;

    private readonly UncoveredDirectories _uncovered = new(First, Longest);
    private readonly Snapshot _snapshot = new(new MonitoredRoot(0, "/root", "/root", IgnoreRules.None));
    private readonly SnapshotEntry _one;
    private readonly SnapshotEntry _other;

    public UncoveredDirectoriesTests()
    {
        var directory = new FileStatus { Outcome = FileStatusOutcome.Found, ItemType = ItemType.Directory };
        _one = _snapshot.Add(_snapshot.Top, "one", directory);
        _other = _snapshot.Add(_snapshot.Top, "other", directory);
    }

    [Fact]
    public void A_directory_is_looked_into_less_and_less_often_up_to_the_longest_pause()
    {
        Add(_one, now: 0);
        var looks = new List<long>();
        for (var now = 0L; now <= 260; now++)
        {
            if (_uncovered.TryTakeDue(now, all: false, out var due))
            {
                _uncovered.PutBack(due.Directory, due.Cause, now);
                looks.Add(now);
            }
        }

        // The pause is as long as the last one once it was looked into for the first time, then doubles.
        looks.Should().Equal(10, 20, 40, 80, 140, 200, 260);
    }

    [Fact]
    public void The_one_that_is_due_first_comes_first()
    {
        _uncovered.NextDue.Should().BeNull();
        Add(_one, now: 5);
        Add(_other, now: 0);

        _uncovered.NextDue.Should().Be(10);
        _uncovered.TryTakeDue(9, all: false, out _).Should().BeFalse();
        Take(now: 100).Should().Be(_other);
        Take(now: 100).Should().Be(_one);
        _uncovered.TryTakeDue(1000, all: false, out _).Should().BeFalse("neither was put back");
    }

    [Fact]
    public void All_can_be_taken_before_they_are_due()
    {
        Add(_one, now: 0);
        Add(_other, now: 0);

        _uncovered.TryTakeDue(1, all: true, out _).Should().BeTrue();
        _uncovered.TryTakeDue(1, all: true, out _).Should().BeTrue();
        _uncovered.TryTakeDue(1, all: true, out _).Should().BeFalse();
    }

    [Fact]
    public void Adding_one_again_changes_nothing()
    {
        Add(_one, now: 0);
        Add(_one, now: 5);

        (_uncovered.Count, _uncovered.NextDue).Should().Be((1, First));
        Take(now: 100).Should().Be(_one);
        _uncovered.TryTakeDue(100, all: true, out _).Should().BeFalse();
    }

    [Fact]
    public void One_that_was_removed_is_not_taken()
    {
        Add(_one, now: 0);
        Add(_other, now: 1);

        _uncovered.Remove(_one, GapCause.Inaccessible).Should().Be((_snapshot.Root, "one"));
        _uncovered.Remove(_one, GapCause.Inaccessible).Should().BeNull();
        Take(now: 100).Should().Be(_other);
        _uncovered.Count.Should().Be(1);
    }

    [Fact]
    public void A_directory_may_be_uncovered_for_two_causes_and_each_ends_by_itself()
    {
        Add(_one, now: 0);
        _uncovered.Add(_snapshot, _one, GapCause.PartialCoverage, "one", now: 0);
        _uncovered.Remove(_one, GapCause.PartialCoverage).Should().NotBeNull();

        _uncovered.TryTakeDue(100, all: false, out var due).Should().BeTrue();
        (due.Directory, due.Cause, due.Path).Should().Be((_one, GapCause.Inaccessible, "one"));
        _uncovered.TryTakeDue(100, all: false, out _).Should().BeFalse();
    }

    private void Add(SnapshotEntry directory, long now) => _uncovered.Add(_snapshot, directory, GapCause.Inaccessible, Snapshot.PathOf(directory), now);

    private SnapshotEntry Take(long now)
    {
        _uncovered.TryTakeDue(now, all: false, out var due).Should().BeTrue();
        return due.Directory;
    }
}
