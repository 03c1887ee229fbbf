using FileMonitor.Reconciliation;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Reconciliation;

public sealed class SnapshotTests
{
    private readonly Snapshot _snapshot = new(new MonitoredRoot(0, "/root", "/root", recursive: true, IgnoreRules.None));

    [Fact]
    public void The_root_is_there_from_the_start_and_is_not_counted()
    {
        _snapshot.Find("").Should().BeSameAs(_snapshot.Top);
        Snapshot.PathOf(_snapshot.Top).Should().BeEmpty();
        _snapshot.Count.Should().Be(0);
        _snapshot.Find("a").Should().BeNull();
    }

    [Fact]
    public void What_was_added_is_found_by_its_path_and_knows_it()
    {
        var file = Add("d/e/x");

        _snapshot.Find("d/e/x").Should().BeSameAs(file);
        Snapshot.PathOf(file).Should().Be("d/e/x");
        _snapshot.Count.Should().Be(3);
        _snapshot.Find("d/e/x/y").Should().BeNull("a file has nothing in it");
        _snapshot.Find("d/x").Should().BeNull();
        _snapshot.Find("d/e/").Should().BeSameAs(_snapshot.Find("d/e"), "nothing follows the slash");
    }

    [Fact]
    public void What_was_removed_is_not_found_and_knows_that_it_is_gone()
    {
        var file = Add("d/x");
        _snapshot.Remove(file);

        _snapshot.Find("d/x").Should().BeNull();
        file.IsDetached.Should().BeTrue();
        _snapshot.Count.Should().Be(1);
    }

    [Theory]
    [InlineData("e", "e")]
    [InlineData("f/g", "f/g")]
    public void A_tree_that_is_moved_is_found_under_its_new_path(string to, string expected)
    {
        var file = Add("d/sub/x");
        Add("f/y");
        var directory = _snapshot.Find("d")!;
        var parent = _snapshot.Find(PathText.DirectoryOf(to))!;
        Snapshot.Move(directory, parent, PathText.NameOf(to).ToString());

        _snapshot.Find("d").Should().BeNull();
        _snapshot.Find($"{expected}/sub/x").Should().BeSameAs(file);
        Snapshot.PathOf(file).Should().Be($"{expected}/sub/x");
        directory.IsDetached.Should().BeFalse();
        _snapshot.Count.Should().Be(5);
    }

    [Theory]
    [InlineData("d/e", "d/e")]
    [InlineData("d/e/gone/x", "d/e")]
    [InlineData("d/x", "d")] // a file is no directory
    [InlineData("d/x/y", "d")]
    [InlineData("gone", "")]
    [InlineData("", "")]
    public void The_closest_directory_is_the_one_that_is_known(string path, string expected)
    {
        Add("d/e/y");
        Add("d/x");

        Snapshot.PathOf(_snapshot.FindClosestDirectory(path)).Should().Be(expected);
    }

    [Fact]
    public void Children_come_before_their_directory_and_may_be_removed_as_they_come()
    {
        Add("d/x");
        Add("d/e/y");
        Add("d/e/f/z");
        Add("other");
        var seen = new List<string>();
        foreach (var entry in Snapshot.ChildrenFirst(_snapshot.Find("d")!))
        {
            seen.Add(Snapshot.PathOf(entry));
            entry.ChildCount.Should().Be(0);
            _snapshot.Remove(entry);
        }

        seen.Should().HaveCount(6).And.OnlyHaveUniqueItems();
        seen[^1].Should().Be("d");
        _snapshot.Count.Should().Be(1);
        _snapshot.Find("other").Should().NotBeNull();
    }

    [Fact]
    public void A_state_is_the_same_when_type_size_time_and_identity_are()
    {
        var status = new FileStatus { Outcome = FileStatusOutcome.Found, ItemType = ItemType.File, Size = 1, LastWriteTicks = 2, FileNumber = 3, Mode = 4 };
        var entry = _snapshot.Add(_snapshot.Top, "a", status);

        entry.IsSameState(status).Should().BeTrue();
        entry.IsSameState(With(mode: 5)).Should().BeTrue("the mode is no content");
        entry.IsSameState(With(number: 0)).Should().BeTrue("an unknown identity proves nothing");
        entry.IsSameState(With(number: 9)).Should().BeFalse();
        entry.IsSameState(With(size: 9)).Should().BeFalse();
        entry.IsSameState(With(ticks: 9)).Should().BeFalse();
        entry.IsSameState(With(type: ItemType.SymbolicLink)).Should().BeFalse();
        entry.HasSameAttributes(status).Should().BeTrue();
        entry.HasSameAttributes(With(mode: 5)).Should().BeFalse();
        entry.HasSameAttributes(With(ticks: 9)).Should().BeFalse();

        static FileStatus With(ItemType type = ItemType.File, long size = 1, long ticks = 2, ulong number = 3, int mode = 4) => new()
        {
            Outcome = FileStatusOutcome.Found,
            ItemType = type,
            Size = size,
            LastWriteTicks = ticks,
            FileNumber = number,
            Mode = mode,
        };
    }

    private SnapshotEntry Add(string path)
    {
        var parent = _snapshot.Top;
        var names = path.Split('/');
        foreach (var directory in names[..^1])
        {
            parent = parent.FindChild(directory) ?? _snapshot.Add(parent, directory, Status(ItemType.Directory));
        }

        return _snapshot.Add(parent, names[^1], Status(ItemType.File));
    }

    private static FileStatus Status(ItemType type) => new() { Outcome = FileStatusOutcome.Found, ItemType = type };
}
