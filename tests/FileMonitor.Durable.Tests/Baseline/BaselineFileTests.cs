using FileMonitor.Durable.Baseline;
using FileMonitor.Extending;
using FileMonitor.Tree;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Durable.Tests.Baseline;

/// <summary>How the file is made, opened and put aside.</summary>
public sealed class BaselineFileTests : IDisposable
{
    private readonly StateDirectory _state = new();

    public void Dispose() => _state.Dispose();

    [Fact]
    public void Only_the_owner_reads_it()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("There are no such permissions.");
            return;
        }

        File.WriteAllBytes(_state.Database, []);
        File.SetUnixFileMode(_state.Database, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        using var store = _state.Open();
        store.Complete("/r", 1);

        Directory.GetFiles(_state.Path).Select(Path.GetFileName).Should().BeEquivalentTo(BaselineFile.Name, BaselineFile.Name + "-wal");
        Directory.GetFiles(_state.Path).Select(ModeOf).Should().AllBeEquivalentTo(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-wal")]
    public void A_link_is_not_followed(string suffix)
    {
        var target = Path.Join(_state.Path, "of somebody else");
        File.WriteAllText(target, "precious");
        File.CreateSymbolicLink(_state.Database + suffix, target);

        FluentActions.Invoking(() => _state.Open()).Should().Throw<IOException>().Which.Should().NotBeOfType<BaselineException>();
        File.ReadAllText(target).Should().Be("precious");
    }

    [Fact]
    public void There_is_one_owner()
    {
        using var store = _state.Open();
        store.Complete("/r", 1);

        FluentActions.Invoking(() => _state.Open()).Should().Throw<BaselineException>().Which.Fault.Should().Be(BaselineFault.InUse);
        store.Complete("/r", 2);
    }

    [Fact]
    public void One_of_a_newer_version_is_left_as_it_is()
    {
        using (var database = new SqliteDatabase(MadeEmpty()))
        {
            database.Execute($"PRAGMA user_version = 2");
        }

        var bytes = File.ReadAllBytes(_state.Database);
        FluentActions.Invoking(() => _state.Open()).Should().Throw<BaselineException>().Which.Fault.Should().Be(BaselineFault.NewerVersion);
        File.ReadAllBytes(_state.Database).Should().Equal(bytes);
    }

    [Theory]
    [InlineData("CREATE TRIGGER t AFTER INSERT ON item BEGIN DELETE FROM item; END")]
    [InlineData("CREATE VIEW v AS SELECT * FROM item")]
    [InlineData("CREATE INDEX i ON item(size)")]
    [InlineData("DROP TABLE meta")]
    [InlineData("PRAGMA application_id = 1")]
    [InlineData("PRAGMA user_version = 0")]
    [InlineData("UPDATE state SET applied = 7")]
    [InlineData("DELETE FROM state")]
    [InlineData("UPDATE root SET complete = 1")]
    public void One_that_is_not_as_it_was_made_is_put_aside(string change)
    {
        using (var database = new SqliteDatabase(MadeEmpty()))
        {
            database.Execute(change);
        }

        using var store = _state.Open();
        store.DamagedFile.Should().Be(_state.Database + ".corrupt-20261129T010203Z");
        File.Exists(store.DamagedFile).Should().BeTrue();
        store.Roots.Should().BeEmpty();
        store.Complete("/r", 1);
    }

    [Theory]
    [InlineData("UPDATE item SET size = size + 1 WHERE name = 'a'")]
    [InlineData("UPDATE item SET name = x'62' WHERE name = x'61'")]
    [InlineData("DELETE FROM item WHERE name = x'61'")]
    [InlineData("UPDATE item SET directory = 2 WHERE name = x'61'")]
    [InlineData("INSERT INTO item SELECT parent, x'7a', spelling, directory, state, size, written, changed, born, device, number, mode, uid, gid, content, extended, sum FROM item WHERE name = x'61'")]
    public void Items_that_are_not_as_they_were_stored_are_not_loaded(string change)
    {
        MadeEmpty();
        using (var store = _state.Open())
        {
            store.WriteChunk("/begun", [TreeDelta.Add("a", new FileStatus { ItemType = ItemType.File }), TreeDelta.Add("c", new FileStatus { ItemType = ItemType.File })]);
        }

        using (var database = new SqliteDatabase(_state.Database))
        {
            database.Execute(change.Replace("'a'", "x'61'", StringComparison.Ordinal));
            database.Changes.Should().BePositive();
        }

        using var reopened = _state.Open();
        FluentActions.Invoking(() => reopened.Load("/begun").Count()).Should().Throw<BaselineException>().Which.Fault.Should().Be(BaselineFault.Damaged);
    }

    [Fact]
    public void A_large_one_whose_end_is_missing_is_seen_at_once()
    {
        using (var store = _state.Open())
        {
            store.WriteChunk("/r", [.. Enumerable.Range(0, 150_000).Select(number => TreeDelta.Add($"file-{number:d40}", new FileStatus { ItemType = ItemType.File }))]);
        }

        var length = new FileInfo(_state.Database).Length;
        length.Should().BeGreaterThan(8 << 20, "only a small one is checked whole");
        using (var file = File.OpenWrite(_state.Database))
        {
            file.SetLength(length - 4096);
        }

        using var reopened = _state.Open();
        reopened.DamagedFile.Should().NotBeNull();
    }

    [Fact]
    public void Directories_that_contain_each_other_come_to_an_end()
    {
        using (var store = _state.Open())
        {
            store.WriteChunk("/r", [TreeDelta.Add("d", new FileStatus { ItemType = ItemType.Directory }), TreeDelta.Add("d/e", new FileStatus { ItemType = ItemType.Directory })]);
        }

        using (var database = new SqliteDatabase(_state.Database))
        {
            // With the sum that belongs to it.
            var items = new ItemTable(database, ignoresCase: false);
            var number = database.QueryNumber("SELECT directory FROM item WHERE name = x'64'");
            var inside = items.Find(number, "e")!.Value;
            items.Update(inside, inside.Item with { Directory = number });
        }

        using var reopened = _state.Open();
        FluentActions.Invoking(() => reopened.Load("/r").Take(1_000).Count()).Should().Throw<BaselineException>().Which.Fault.Should().Be(BaselineFault.Damaged);
    }

    [Fact]
    public void What_is_put_aside_takes_the_place_of_nothing()
    {
        for (var i = 0; i < 3; i++)
        {
            File.WriteAllText(_state.Database, $"This is no database, number {i}.");
            _state.Open().Dispose();
        }

        Directory.GetFiles(_state.Path, "*corrupt*").Where(file => !file.EndsWith("-wal", StringComparison.Ordinal)).Select(File.ReadAllText).Order().Should().Equal(Enumerable.Range(0, 3).Select(i => $"This is no database, number {i}."));
    }

    [Fact]
    public void One_that_was_being_made_is_made_anew()
    {
        using (var database = new SqliteDatabase(Touched()))
        {
            database.Execute("PRAGMA journal_mode = WAL");
        }

        using var store = _state.Open();
        store.DamagedFile.Should().BeNull();
    }

    private static UnixFileMode ModeOf(string file) => OperatingSystem.IsWindows() ? UnixFileMode.None : File.GetUnixFileMode(file);

    private string MadeEmpty()
    {
        using var store = _state.Open();
        store.WriteChunk("/begun", []);
        return _state.Database;
    }

    private string Touched()
    {
        File.WriteAllBytes(_state.Database, []);
        return _state.Database;
    }
}
