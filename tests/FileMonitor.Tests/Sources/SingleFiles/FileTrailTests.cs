using FileMonitor.Extending;
using FileMonitor.Sources.SingleFiles;
using FileMonitor.Testing;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Sources.SingleFiles;

/// <summary>Where a path leads, through links, on a file system in memory; and what the pump sees of it.</summary>
public sealed class FileTrailTests
{
    private const string Named = "/etc/app/config.json";

    private readonly InMemoryFileView _disk = new();

    [Theory]
    [InlineData("/etc/app/config.json=", "/etc/app:config.json", "Found")]
    [InlineData("/etc/app/", "/etc/app:config.json", "Missing")]
    [InlineData("/etc/", "/etc:app", "Missing")]
    [InlineData("/x/", "/:etc", "Missing")]
    [InlineData("/etc/app/config.json@other /etc/app/other=", "/etc/app:config.json /etc/app:other", "Found")]
    [InlineData("/etc/app/config.json@/srv/c /srv/c=", "/etc/app:config.json /srv:c", "Found")]
    [InlineData("/etc/app/config.json@../../srv/./c /srv/c=", "/etc/app:config.json /srv:c", "Found")]
    [InlineData("/etc/app/config.json@../../../../srv/c /srv/c=", "/etc/app:config.json /srv:c", "Found")]
    [InlineData("/etc/app/config.json@..data/config.json /etc/app/..data@..1 /etc/app/..1/config.json=", "/etc/app:config.json /etc/app:..data /etc/app/..1:config.json", "Found")]
    [InlineData("/etc/app@/srv/app /srv@/mnt /mnt/app/config.json=", "/etc:app /:srv /mnt/app:config.json", "Found")]
    [InlineData("/etc/app/config.json@nowhere", "/etc/app:config.json /etc/app:nowhere", "Missing")]
    public void Every_link_is_a_stop_and_the_end_is_the_last(string tree, string stops, string outcome)
    {
        Make(tree);

        var trail = FileTrail.Of(Named, _disk);

        trail.Stops.Select(stop => $"{stop.Directory}:{stop.Name}").Should().Equal(stops.Split(' '));
        (trail.Status.Outcome.ToString(), trail.Problem).Should().Be((outcome, null));
    }

    [Theory]
    [InlineData("/etc/app/config.json=", true)]
    [InlineData("/etc/app/", true)]
    [InlineData("/etc/app/config.json@nowhere", true)]
    [InlineData("/etc/", false)]
    [InlineData("/x/", false)]
    [InlineData("/etc/app=", false)]
    [InlineData("/etc/app@nowhere", false)]
    public void The_end_is_the_file_only_when_its_directory_is_there(string tree, bool endsAtFile)
    {
        Make(tree);

        FileTrail.Of(Named, _disk).EndsAtFile.Should().Be(endsAtFile);
    }

    [Theory]
    [InlineData("/etc/app/config.json/", "leads to a directory, not to a file.")]
    [InlineData("/etc/app/config.json@.", "leads to a directory, not to a file.")]
    [InlineData("/etc/app/config.json@/", "leads to a directory, not to a file.")]
    [InlineData("/etc/app=", "leads through a file.")]
    [InlineData("/etc/app/config.json@config.json", "leads through more than 40 symbolic links, or in a circle.")]
    [InlineData("/etc/app@app2 /etc/app2@app", "leads through more than 40 symbolic links, or in a circle.")]
    public void What_is_no_file_is_missing_and_said_why(string tree, string problem)
    {
        Make(tree);

        var trail = FileTrail.Of(Named, _disk);

        (trail.Status.Outcome, trail.Problem).Should().Be((FileStatusOutcome.Missing, $"'{Named}' {problem}"));
    }

    [Fact]
    public void What_may_not_be_seen_is_not_missing()
    {
        Make("/etc/app/config.json=");
        _disk.Deny("/etc/app");

        FileTrail.Of(Named, _disk).Status.Outcome.Should().Be(FileStatusOutcome.Inaccessible);
    }

    [Fact]
    public void Another_directory_under_the_same_name_is_another_way()
    {
        Make("/etc/app/config.json=");
        var before = FileTrail.Of(Named, _disk);
        var same = before.IsSame(FileTrail.Of(Named, _disk));
        _disk.Move("/etc/app", "/etc/old");
        Make("/etc/app/config.json=");

        same.Should().BeTrue();
        before.IsSame(FileTrail.Of(Named, _disk)).Should().BeFalse();
    }

    [Fact]
    public void The_pump_sees_a_directory_with_one_name_and_the_file_behind_it()
    {
        Make("/etc/app/config.json@/srv/c /srv/c=content /etc/app/other=");
        var view = new FileRootView(_disk);
        var place = FileRootView.PlaceOf(Named);

        var listed = new List<(string, ItemType)>();
        view.List(place, "", (name, status) => listed.Add((name, status.ItemType))).Should().Be(FileStatusOutcome.Found);
        listed.Should().Equal(("config.json", ItemType.File));
        view.GetStatus(place, "config.json").Size.Should().Be("content".Length);
        view.GetStatus(place, "other").Outcome.Should().Be(FileStatusOutcome.Missing);
        view.GetStatus(place, "").ItemType.Should().Be(ItemType.Directory);
        view.GetStatus("/etc/app", "config.json").ItemType.Should().Be(ItemType.SymbolicLink, "a root that is a directory is seen as it is");
        view.Open(place, "other").Status.Should().Be(ChecksumStatus.Vanished);
        using var file = view.Open(place, "config.json").File;
        file!.GetStatus().Size.Should().Be("content".Length);
    }

    [Fact]
    public void A_link_that_changes_while_it_is_followed_is_followed_again()
    {
        Make("/etc/app/config.json@..data/config.json /etc/app/..data@..1 /etc/app/..1/config.json=one /etc/app/..2/config.json=two");
        var swapped = false;
        var view = new FileRootView(new Between(_disk, path =>
        {
            if (path.EndsWith("..1", StringComparison.Ordinal) && !swapped)
            {
                // After the link was read, and before the directory is looked at.
                swapped = true;
                _disk.Delete("/etc/app/..data");
                _disk.CreateLink("/etc/app/..data", "..2");
                _disk.Delete("/etc/app/..1", recursive: true);
            }
        }));

        view.GetStatus(FileRootView.PlaceOf(Named), "config.json").IsFound.Should().BeTrue("at no time was there no file");
        swapped.Should().BeTrue();
    }

    /// <summary>Makes what a text says: <c>directory/</c>, <c>file=content</c>, <c>link@target</c>.</summary>
    private void Make(string tree)
    {
        foreach (var item in tree.Split(' '))
        {
            var end = item.IndexOfAny(['=', '@']);
            var path = end < 0 ? item.TrimEnd('/') : item[..end];
            _disk.CreateDirectory(end < 0 ? path : Path.GetDirectoryName(path)!);
            if (end >= 0 && item[end] == '=')
            {
                _disk.WriteFile(path, item[(end + 1)..]);
            }
            else if (end >= 0)
            {
                _disk.CreateLink(path, item[(end + 1)..]);
            }
        }
    }

    /// <summary>A view that calls back before it looks at a path.</summary>
    private sealed class Between(IFileView disk, Action<string> before) : IFileView
    {
        public FileStatus GetStatus(string root, string relativePath) => disk.GetStatus(root, relativePath);

        public string? GetLinkTarget(string root, string relativePath, out FileStatus link)
        {
            before(relativePath);
            return disk.GetLinkTarget(root, relativePath, out link);
        }

        public FileOpening Open(string root, string relativePath) => disk.Open(root, relativePath);

        public FileStatusOutcome List(string root, string relativeDirectory, Action<string, FileStatus> found) => disk.List(root, relativeDirectory, found);
    }
}
