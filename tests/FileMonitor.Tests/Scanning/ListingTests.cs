using FileMonitor.Extending;
using FileMonitor.Patterns;
using FileMonitor.Scanning;
using FileMonitor.Testing;
using FileMonitor.Tree;
using FileMonitor.Values;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Scanning;

public sealed class ListingTests
{
    private readonly InMemoryFileView _files = new();

    [Theory]
    [InlineData("nothing", "same", "")]
    [InlineData("a new file", "write d/new", "d/new")]
    [InlineData("a new directory", "mkdir d/new", "d/new")]
    [InlineData("a file that was written", "write d/a", "d/a")]
    [InlineData("a file that is gone", "rm d/a", "d/a")]
    [InlineData("a directory that is gone", "rm d/sub", "d/sub")]
    [InlineData("something in a subdirectory", "write d/sub/new", "")]
    [InlineData("another file of that name", "swap d/a", "d/a")]
    [InlineData("another directory of that name", "swap d/sub", "d/sub")]
    [InlineData("a file that became a directory", "turn d/a", "d/a")]
    [InlineData("a directory that became a file", "turn d/sub", "d/sub")]
    [InlineData("a new file that is ignored", "write d/new.tmp", "")]
    public void What_differs_from_the_snapshot_is_a_reason_to_look(string because, string change, string expected)
    {
        var snapshot = Fill();
        switch (change.Split(' '))
        {
            case ["write", var path]:
                _files.WriteFile($"/root/{path}", "new");
                break;
            case ["mkdir", var path]:
                _files.CreateDirectory($"/root/{path}");
                break;
            case ["rm", var path]:
                _files.Delete($"/root/{path}", recursive: true);
                break;
            case ["swap", var path]:
                Replace($"/root/{path}", asDirectory: path.EndsWith("sub", StringComparison.Ordinal));
                break;
            case ["turn", var path]:
                Replace($"/root/{path}", asDirectory: !path.EndsWith("sub", StringComparison.Ordinal));
                break;
        }

        string.Join(' ', Read(snapshot).Discrepancies(isComplete: true).Select(found => found.Path)).Should().Be(expected, because);
    }

    [Fact]
    public void Of_a_listing_that_is_not_complete_nothing_is_missing()
    {
        var snapshot = Fill();
        _files.Delete("/root/d/a");
        _files.WriteFile("/root/d/new", "new");

        Read(snapshot).Discrepancies(isComplete: false).Select(found => found.Path).Should().Equal("d/new");
    }

    [Fact]
    public void The_snapshot_may_change_while_the_discrepancies_are_enumerated()
    {
        var snapshot = Fill();
        _files.Delete("/root/d", recursive: true);
        _files.WriteFile("/root/d/x", "");
        _files.WriteFile("/root/d/y", "");
        var seen = new List<string>();
        foreach (var (path, status) in Read(snapshot).Discrepancies(isComplete: true))
        {
            seen.Add(path);
            if (status.IsFound)
            {
                snapshot.Add(snapshot.Find("d")!, PathText.NameOf(path).ToString(), status);
            }
            else
            {
                snapshot.Remove(snapshot.Find(path)!);
            }
        }

        seen.Should().BeEquivalentTo("d/x", "d/y", "d/a", "d/sub");
    }

    [Fact]
    public void The_subdirectories_that_are_still_there_are_gone_on_with()
    {
        var snapshot = Fill();
        _files.CreateDirectory("/root/d/new");

        Read(snapshot).KnownSubdirectories().Select(Snapshot.PathOf).Should().Equal("d/sub");
    }

    [Theory]
    [InlineData(DirectoryLook.Discover, AuditEventOrigin.Discovered)]
    [InlineData(DirectoryLook.Discover | DirectoryLook.Tree, AuditEventOrigin.Discovered)]
    [InlineData(DirectoryLook.Reconcile, AuditEventOrigin.Reconciled)]
    [InlineData(DirectoryLook.Reconcile | DirectoryLook.Discover, AuditEventOrigin.Reconciled)]
    internal void Where_hints_were_lost_what_is_found_is_reconciled(DirectoryLook look, AuditEventOrigin expected)
    {
        var snapshot = Fill();
        new Listing(snapshot, snapshot.Top, "", look, ticket: 1).Origin.Should().Be(expected);
    }

    [Theory]
    [InlineData(DirectoryLook.Compare | DirectoryLook.Tree)]
    [InlineData(DirectoryLook.Discover)]
    [InlineData(DirectoryLook.Periodic | DirectoryLook.Tree)]
    internal void Until_a_directory_was_compared_with_an_earlier_run_whatever_is_found_in_it_was_made_before(DirectoryLook look)
    {
        var snapshot = new Snapshot(new MonitoredRoot(0, "/r", "/r", IgnoreRules.None));
        var listing = new Listing(snapshot, snapshot.Top, "", look, ticket: 1);
        var usual = listing.Origin;

        snapshot.BeginCatchingUp();
        listing.Origin.Should().Be(AuditEventOrigin.Offline);
        snapshot.IsBehindAt("a").Should().BeTrue();

        snapshot.NoteCompared(snapshot.Top);
        listing.Origin.Should().Be(usual).And.NotBe(AuditEventOrigin.Offline);
        snapshot.IsBehindAt("a").Should().BeFalse();
    }

    private void Replace(string path, bool asDirectory)
    {
        _files.Delete(path, recursive: true);
        if (asDirectory)
        {
            _files.CreateDirectory(path);
        }
        else
        {
            _files.WriteFile(path, "1");
        }
    }

    private Snapshot Fill()
    {
        _files.WriteFile("/root/d/a", "1");
        _files.CreateDirectory("/root/d/sub");
        var snapshot = new Snapshot(new MonitoredRoot(0, "/root", "/root", IgnoreRules.Parse([], ["*.tmp"], ignoreCase: false)));
        BaselineScan.Fill(snapshot, _files, (_, _) => { }, found: null, TestContext.Current.CancellationToken);
        return snapshot;
    }

    private Listing Read(Snapshot snapshot)
    {
        var listing = new Listing(snapshot, snapshot.Find("d")!, "d", DirectoryLook.Reconcile, ticket: 1);
        listing.Outcome = _files.List("/root/d", (name, status) => listing.Items.Add((name, status)));
        return listing;
    }
}
