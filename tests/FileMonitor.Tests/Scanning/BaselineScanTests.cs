using FileMonitor.Extending;
using FileMonitor.Patterns;
using FileMonitor.Scanning;
using FileMonitor.Testing;
using FileMonitor.Tree;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Scanning;

public sealed class BaselineScanTests : IDisposable
{
    private readonly InMemoryFileView _files = new();
    private readonly List<string> _unreadable = [];
    private readonly CancellationTokenSource _cancellation = new();

    public BaselineScanTests()
    {
        _files.WriteFile("/root/a.cs", "1");
        _files.WriteFile("/root/d/e/b.cs", "22");
        _files.WriteFile("/root/d/c.txt", "333");
        _files.CreateLink("/root/link", "d");
        _files.CreateDirectory("/root/empty");
    }

    [Fact]
    public void Everything_below_the_root_is_known_afterwards()
    {
        var snapshot = Fill();

        Known(snapshot).Should().BeEquivalentTo("a.cs", "d", "d/c.txt", "d/e", "d/e/b.cs", "empty", "link");
        snapshot.Count.Should().Be(7);
        var file = snapshot.Find("d/e/b.cs")!;
        file.Should().BeEquivalentTo(new { Type = ItemType.File, Size = 2L, IsAnnounced = true, IsBaselineDue = false, ChecksumStatus = ChecksumStatus.NotComputed });
        file.IsSameState(_files.GetStatus("/root/d/e/b.cs")).Should().BeTrue();
        snapshot.Find("link")!.Type.Should().Be(ItemType.SymbolicLink, "no link is followed");
    }

    [Fact]
    public void A_baseline_event_is_owed_for_each_when_it_was_asked_for()
    {
        var snapshot = Fill(isReported: true);
        Snapshot.ChildrenFirst(snapshot.Top).Where(entry => entry != snapshot.Top).Should().OnlyContain(entry => entry.IsBaselineDue);
    }

    [Fact]
    public void What_is_ignored_is_not_looked_into()
    {
        var listed = new List<string>();
        _files.OnList = listed.Add;

        Known(Fill(ignore: "d/")).Should().BeEquivalentTo("a.cs", "empty", "link");
        listed.Select(path => path.Replace('\\', '/')).Should().Equal("/root", "/root/empty");
    }

    [Fact]
    public void Includes_choose_among_files()
    {
        Known(Fill(include: "**/*.cs")).Should().BeEquivalentTo("a.cs", "d", "d/e", "d/e/b.cs", "empty");
    }

    [Fact]
    public void Of_a_root_that_is_not_recursive_only_the_top_is_known()
    {
        Known(Fill(recursive: false)).Should().BeEquivalentTo("a.cs", "d", "empty", "link");
    }

    [Fact]
    public void What_cannot_be_read_is_told_and_the_rest_is_known()
    {
        _files.Deny("/root/d/e");
        _files.SetOutcome("/root/empty", FileStatusOutcome.Failed);

        Known(Fill()).Should().Contain("d/c.txt").And.Contain("d/e").And.NotContain("d/e/b.cs");
        _unreadable.Should().Equal("d/e Inaccessible");
    }

    [Fact]
    public void A_directory_that_vanishes_meanwhile_is_nothing_to_tell()
    {
        _files.OnList = path =>
        {
            if (Path.GetFileName(path) == "d")
            {
                _files.Delete("/root/d", recursive: true);
            }
        };

        Known(Fill()).Should().Contain("d").And.NotContain("d/e");
        _unreadable.Should().BeEmpty();
    }

    [Fact]
    public void It_can_be_given_up()
    {
        _files.OnList = _ => _cancellation.Cancel();
        FluentActions.Invoking(() => Fill()).Should().Throw<OperationCanceledException>();
    }

    public void Dispose() => _cancellation.Dispose();

    private static IEnumerable<string> Known(Snapshot snapshot) =>
        Snapshot.ChildrenFirst(snapshot.Top).Where(entry => entry != snapshot.Top).Select(Snapshot.PathOf);

    private Snapshot Fill(bool isReported = false, bool recursive = true, string? include = null, string? ignore = null)
    {
        var rules = IgnoreRules.Parse(include is null ? [] : [include], ignore is null ? [] : [ignore], ignoreCase: false);
        var snapshot = new Snapshot(new MonitoredRoot(0, "/root", "/root", rules, RootSettings.Default with { Recursive = recursive, ReportBaseline = isReported }));
        BaselineScan.Fill(snapshot, _files, (path, outcome) => _unreadable.Add($"{path} {outcome}"), found: null, _cancellation.Token);
        return snapshot;
    }
}
