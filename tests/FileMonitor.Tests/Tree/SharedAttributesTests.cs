using FileMonitor.Tree;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Tree;

public sealed class SharedAttributesTests
{
    private readonly SnapshotEntry _entry = new("a", default);

    [Fact]
    public void The_same_combination_is_kept_once()
    {
        var shared = new SharedAttributes();
        var first = shared.Set(_entry, new EntryAttributes(1, 2, 3, 4, ItemFlags.None, null));

        shared.Set(new SnapshotEntry("b", default), new EntryAttributes(1, 2, 3, 4, ItemFlags.None, null)).Should().Be(first);
        shared.Set(_entry, new EntryAttributes(1, 2, null, 4, ItemFlags.None, null)).Should().NotBe(first);
        shared.Get(_entry, first).Should().Be(new EntryAttributes(1, 2, 3, 4, ItemFlags.None, null));
    }

    [Fact]
    public void Of_an_entry_that_was_told_nothing_nothing_is_known() =>
        new SharedAttributes().Get(_entry, 0).Should().Be(default(EntryAttributes));

    [Fact]
    public void What_finds_no_room_is_kept_with_its_entry()
    {
        var shared = new SharedAttributes(capacity: 3);
        var entries = Enumerable.Range(0, 10).Select(number => new SnapshotEntry($"{number}", default)).ToArray();
        var indexes = entries.Select((entry, mode) => shared.Set(entry, new EntryAttributes(mode, null, null, 0, ItemFlags.None, null))).ToArray();

        entries.Select((entry, at) => shared.Get(entry, indexes[at]).Mode).Should().Equal(Enumerable.Range(0, 10).Cast<int?>());
        indexes.Distinct().Should().HaveCount(3, "two found room, since nothing known takes one, and the third says that there is none");
        shared.Get(entries[9], shared.Set(entries[9], new EntryAttributes(null, 5, null, 0, ItemFlags.None, null))).OwnerId.Should().Be(5);
    }

    [Fact]
    public void Whoever_writes_files_cannot_fill_the_table_with_their_attributes()
    {
        var shared = new SharedAttributes();
        var entries = Enumerable.Range(0, 2_000).Select(number => new SnapshotEntry($"{number}", default)).ToArray();
        var indexes = entries.Select((entry, number) => shared.Set(entry, new EntryAttributes(1, 2, 3, 4, ItemFlags.None, $"user.x\0{number}"))).ToArray();

        entries.Select((entry, at) => shared.Get(entry, indexes[at]).Extended).Should().Equal(Enumerable.Range(0, 2_000).Select(number => $"user.x\0{number}"));
        indexes.Distinct().Should().HaveCount(1_025, "1,024 found room, and the last says that there is none");
    }
}
