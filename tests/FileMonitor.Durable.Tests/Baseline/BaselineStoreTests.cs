using System.Security.Cryptography;
using FileMonitor.Durable.Baseline;
using FileMonitor.Extending;
using FileMonitor.Tree;
using FileMonitor.Values;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Durable.Tests.Baseline;

public sealed class BaselineStoreTests : IDisposable
{
    private static readonly FileStatus File = new() { Outcome = FileStatusOutcome.Found, ItemType = ItemType.File, Size = 1 };
    private static readonly FileStatus Directory = new() { Outcome = FileStatusOutcome.Found, ItemType = ItemType.Directory };

    private readonly StateDirectory _state = new();

    public void Dispose() => _state.Dispose();

    [Fact]
    public void A_first_baseline_that_was_not_written_to_the_end_shows()
    {
        using (var store = _state.Open())
        {
            store.WriteChunk("/done", [TreeDelta.Add("a", File)]);
            store.Complete("/done", 7);
            store.WriteChunk("/begun", [TreeDelta.Add("a", File), TreeDelta.Add("b", File)]);
        }

        using var killed = _state.AsIfKilled();
        using var reopened = killed.Open();
        reopened.Applied.Should().Be(7);
        reopened.Roots.Should().BeEquivalentTo([new BaselineRoot("/done", true, false, 1), new BaselineRoot("/begun", false, false, 2)]);
        reopened.Load("/begun").Should().HaveCount(3);
    }

    [Fact]
    public void A_root_without_items_is_stored_too()
    {
        using var store = _state.Open();
        store.Complete("/empty", 1);

        SnapshotFacts.Stored(store, "/empty").Should().Equal(SnapshotFacts.Of(SnapshotFacts.NewSnapshot()));
    }

    [Fact]
    public void A_complete_root_takes_no_more_chunks()
    {
        using var store = _state.Open();
        store.Complete("/r", 1);

        FluentActions.Invoking(() => store.WriteChunk("/r", [])).Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void A_status_that_does_not_know_the_birth_leaves_it()
    {
        using var store = _state.Open();
        var born = File with { FileNumber = 5, BirthTicks = 3 };
        store.WriteChunk("/r", [TreeDelta.Add("a", born), TreeDelta.Update("a", born with { BirthTicks = 0 }), TreeDelta.Add("b", born), TreeDelta.Update("b", born with { FileNumber = 6, BirthTicks = 0 })]);

        store.Load("/r").Select(delta => delta.Status!.Value.BirthTicks).Should().Equal(0, 3, 0);
    }

    [Fact]
    public void A_renamed_directory_keeps_what_is_in_it_and_leaves_its_name_free()
    {
        using var store = _state.Open();
        store.WriteChunk("/r", [TreeDelta.Add("a", Directory), TreeDelta.Add("a/b", Directory), TreeDelta.Add("a/b/c", File)]);
        store.Complete("/r", 0);
        store.Apply("/r", [TreeDelta.Move("a", "x"), TreeDelta.Add("a", Directory), TreeDelta.Add("a/b", Directory), TreeDelta.Add("a/b/d", File)], 1);
        store.Apply("/r", [TreeDelta.Move("x/b", "a/y"), TreeDelta.Update("a/y/c", File)], 2);

        store.Load("/r").Select(delta => delta.Path).Should().BeEquivalentTo("", "a", "a/b", "a/b/d", "a/y", "a/y/c", "x");
    }

    [Fact]
    public void A_directory_that_is_made_again_has_only_what_is_new()
    {
        using var store = _state.Open();
        store.Complete("/r", 0);
        store.Apply("/r", [TreeDelta.Add("d", Directory), TreeDelta.Add("d/old", File), TreeDelta.Remove("d/old"), TreeDelta.Remove("d")], 1);
        store.Apply("/r", [TreeDelta.Add("d", Directory), TreeDelta.Add("d/new", File)], 2);

        store.Load("/r").Select(delta => delta.Path).Should().Equal("", "d", "d/new");
    }

    public static TheoryData<string> UnfitChanges => [.. Unfit.Keys];

    [Theory]
    [MemberData(nameof(UnfitChanges))]
    public void A_change_that_does_not_fit_is_refused_with_all_that_came_with_it(string which)
    {
        using var store = _state.Open();
        store.WriteChunk("/r", [TreeDelta.Add("a", Directory), TreeDelta.Add("a/b", File), TreeDelta.Add("c", File)]);
        store.Complete("/r", 3);
        var before = SnapshotFacts.Stored(store, "/r");

        var applying = () => store.Apply("/r", [TreeDelta.Add("new", Directory), TreeDelta.Add("new/file", File), TreeDelta.Move("a", "moved"), TreeDelta.Move("moved", "a"), Unfit[which]], 9);

        var refusal = applying.Should().Throw<BaselineException>().Which;
        refusal.Fault.Should().Be(BaselineFault.DoesNotFit);
        refusal.Message.Should().Contain("/r").And.Contain("4 to 9");
        store.Applied.Should().Be(3);
        SnapshotFacts.Stored(store, "/r").Should().Equal(before);
        store.Apply("/r", [TreeDelta.Add("new", Directory), TreeDelta.Add("new/file", File)], 9);
        store.Roots.Single().Items.Should().Be(5);
    }

    private static Dictionary<string, TreeDelta> Unfit { get; } = new()
    {
        ["unknown"] = TreeDelta.Update("x", File),
        ["unknown, in a file"] = TreeDelta.Update("c/x", File),
        ["unknown, in an unknown directory"] = TreeDelta.Update("x/y", File),
        ["added to an unknown directory"] = TreeDelta.Add("x/y", File),
        ["added without a status"] = TreeDelta.Add("x", File) with { Status = null },
        ["added without a name"] = TreeDelta.Add("", File),
        ["added without a name in a directory"] = TreeDelta.Add("a/", File),
        ["added above the root"] = TreeDelta.Add("..", File),
        ["added above a directory"] = TreeDelta.Add("a/../x", File),
        ["added as a dot"] = TreeDelta.Add("a/.", File),
        ["unknown, moved"] = TreeDelta.Move("x", "y"),
        ["moved to an unknown directory"] = TreeDelta.Move("c", "x/y"),
        ["moved to a name that is taken"] = TreeDelta.Move("c", "a/b"),
        ["moved into itself"] = TreeDelta.Move("a", "a/x"),
        ["moved above the root"] = TreeDelta.Move("a", "../a"),
        ["moved to nowhere"] = TreeDelta.Move("a", ""),
        ["the root, moved"] = TreeDelta.Move("", "x"),
        ["the root, removed"] = TreeDelta.Remove(""),
        ["unknown, removed"] = TreeDelta.Remove("x"),
        ["removed with something in it"] = TreeDelta.Remove("a"),
    };

    [Fact]
    public void A_change_of_an_unknown_root_does_not_fit()
    {
        using var store = _state.Open();

        FluentActions.Invoking(() => store.Apply("/r", [], 1)).Should().Throw<BaselineException>().Which.Fault.Should().Be(BaselineFault.DoesNotFit);
        store.Applied.Should().Be(0);
    }

    [Fact]
    public void The_watermark_does_not_go_back()
    {
        using var store = _state.Open();
        store.Complete("/r", 5);

        FluentActions.Invoking(() => store.Apply("/r", [], 4)).Should().Throw<ArgumentOutOfRangeException>();
        store.Apply("/r", [], 5);
        store.Flush().Should().Be(5);
    }

    [Fact]
    public void Nothing_changes_while_a_root_is_loaded()
    {
        using var store = _state.Open();
        store.WriteChunk("/r", [TreeDelta.Add("a", File), TreeDelta.Add("b", File)]);
        using (var loading = store.Load("/r").GetEnumerator())
        {
            loading.MoveNext().Should().BeTrue();
            FluentActions.Invoking(() => store.Complete("/r", 1)).Should().Throw<InvalidOperationException>();
        }

        store.Complete("/r", 1);
        FluentActions.Invoking(() => store.Load("/other")).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void A_root_that_was_removed_is_made_anew_without_what_it_had()
    {
        using (var store = _state.Open())
        {
            store.WriteChunk("/r", [TreeDelta.Add("a", Directory), TreeDelta.Add("a/b", File)]);
            store.RemoveRoot("/r");
            store.RemoveRoot("/r");
        }

        using var reopened = _state.Open();
        reopened.Roots.Should().BeEmpty();
        reopened.WriteChunk("/r", [TreeDelta.Add("a", Directory)]);
        reopened.Load("/r").Should().HaveCount(2);
    }

    [Fact]
    public void A_value_is_kept_by_its_name()
    {
        using (var store = _state.Open())
        {
            store.SetMeta("configuration", "1");
            store.SetMeta("configuration", "\ud800 zwei");
            store.SetMeta("gone", "1");
            store.SetMeta("gone", null);
        }

        using var reopened = _state.Open();
        reopened.GetMeta("configuration").Should().Be("\ud800 zwei");
        reopened.GetMeta("gone").Should().BeNull();
    }

    [Fact]
    public void A_link_keeps_its_target()
    {
        using var store = _state.Open();
        var (target, content) = ("../two words \udcff", Sha256Digest.From(SHA256.HashData([1])));
        store.WriteChunk("/r", [TreeDelta.Add("link", File with { ItemType = ItemType.SymbolicLink }) with { Checksum = ChecksumStatus.NotApplicable, Digest = content, Target = target, HasTarget = true }]);

        var link = store.Load("/r").Last();
        (link.Target, link.HasTarget, link.Digest).Should().Be((target, true, null));
    }
}
