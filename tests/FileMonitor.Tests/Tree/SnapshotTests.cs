using FileMonitor.Extending;
using FileMonitor.Patterns;
using FileMonitor.Tree;
using FileMonitor.Values;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Tree;

public sealed class SnapshotTests
{
    private readonly Snapshot _snapshot = new(new MonitoredRoot(0, "/root", "/root", IgnoreRules.None));

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

    [Fact]
    public void A_file_is_found_by_its_identity_wherever_it_is_moved()
    {
        Add("d/e/x");
        var file = _snapshot.Add(_snapshot.Find("d")!, "a", Numbered(7));
        _snapshot.FindByIdentity(new FileIdentity(1, 7)).Should().BeSameAs(file);

        Snapshot.Move(_snapshot.Find("d")!, _snapshot.Top, "moved");
        Snapshot.Move(file, _snapshot.Find("moved/e")!, "b");
        _snapshot.FindByIdentity(new FileIdentity(1, 7)).Should().BeSameAs(file);
        _snapshot.FindByIdentity(new FileIdentity(2, 7)).Should().BeNull("that is another device");
        _snapshot.FindByIdentity(new FileIdentity(1, 8)).Should().BeNull();
        _snapshot.FindByIdentity(default).Should().BeNull("an unknown identity is nobody's");

        _snapshot.Remove(file);
        _snapshot.FindByIdentity(new FileIdentity(1, 7)).Should().BeNull();
    }

    [Fact]
    public void An_entry_whose_name_another_file_took_is_found_by_that_files_identity()
    {
        var file = _snapshot.Add(_snapshot.Top, "a", Numbered(7));
        _snapshot.FindByIdentity(new FileIdentity(1, 7)).Should().BeSameAs(file);
        file.SetStatus(Numbered(8));

        _snapshot.FindByIdentity(new FileIdentity(1, 7)).Should().BeNull();
        _snapshot.FindByIdentity(new FileIdentity(1, 8)).Should().BeSameAs(file);
    }

    [Fact]
    public void A_file_with_many_names_is_found_until_the_last_is_gone()
    {
        var names = Enumerable.Range(0, 101).Select(number => _snapshot.Add(_snapshot.Top, $"{number}", Numbered(7))).ToHashSet();
        var other = _snapshot.Add(_snapshot.Top, "other", Numbered(8));
        while (names.Count > 0)
        {
            // The one that is found, and one that is not, as long as there is one.
            var found = _snapshot.FindByIdentity(new FileIdentity(1, 7))!;
            names.Remove(found).Should().BeTrue();
            _snapshot.Remove(found);
            if (names.LastOrDefault() is { } last)
            {
                names.Remove(last);
                _snapshot.Remove(last);
            }
        }

        _snapshot.FindByIdentity(new FileIdentity(1, 7)).Should().BeNull();
        _snapshot.FindByIdentity(new FileIdentity(1, 8)).Should().BeSameAs(other);
    }

    [Fact]
    public void Two_files_that_had_the_same_number_are_told_apart_by_their_birth()
    {
        var (old, young) = (Numbered(7, birthTicks: 100), Numbered(7, birthTicks: 200));
        var first = _snapshot.Add(_snapshot.Top, "a", old);
        _snapshot.FindByIdentity(young.Identity).Should().BeNull();
        var second = _snapshot.Add(_snapshot.Top, "b", young);

        _snapshot.FindByIdentity(young.Identity).Should().BeSameAs(second);
        _snapshot.FindByIdentity(old.Identity).Should().BeSameAs(first);
        first.IsSameState(young).Should().BeFalse();
        _snapshot.Remove(first);
        _snapshot.FindByIdentity(old.Identity).Should().BeNull();
        _snapshot.FindByIdentity(new FileIdentity(1, 7)).Should().BeSameAs(second, "an unknown birth proves nothing");
    }

    [Fact]
    public void A_birth_once_known_is_not_forgotten()
    {
        var file = _snapshot.Add(_snapshot.Top, "a", Numbered(7, birthTicks: 100));
        file.SetStatus(Numbered(7));

        file.Identity.Should().Be(Numbered(7, birthTicks: 100).Identity);
        file.SetStatus(Numbered(8));
        file.Identity.Should().Be(new FileIdentity(1, 8), "that is another file");
    }

    [Fact]
    public void A_name_that_is_listed_twice_is_one_entry()
    {
        var first = _snapshot.Add(_snapshot.Top, "a", Numbered(7));
        _snapshot.Add(_snapshot.Top, "a", Numbered(8)).Should().BeSameAs(first);

        _snapshot.Count.Should().Be(1);
        first.Identity.Number.Should().Be(8);
    }

    [Fact]
    public void Only_the_case_of_a_name_may_change()
    {
        var snapshot = new Snapshot(_snapshot.Root, ignoresCase: true);
        var file = snapshot.Add(snapshot.Top, "Straße.TXT", Status(ItemType.File));
        Snapshot.Move(file, snapshot.Top, "straße.txt");

        Snapshot.PathOf(file).Should().Be("straße.txt");
        snapshot.Find("STRAßE.txt").Should().BeSameAs(file);
        snapshot.Count.Should().Be(1);
        var exact = new Snapshot(_snapshot.Root, ignoresCase: false);
        exact.Add(exact.Top, "a", Status(ItemType.File)).Should().NotBeSameAs(exact.Add(exact.Top, "A", Status(ItemType.File)));
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

    private static FileStatus Numbered(ulong number, long birthTicks = 0) => new()
    {
        Outcome = FileStatusOutcome.Found,
        ItemType = ItemType.File,
        Device = 1,
        FileNumber = number,
        BirthTicks = birthTicks,
    };

    private static FileStatus Status(ItemType type) => new() { Outcome = FileStatusOutcome.Found, ItemType = type };
}
