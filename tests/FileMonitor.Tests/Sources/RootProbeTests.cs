using FileMonitor.Extending;
using FileMonitor.Running;
using FileMonitor.Sources.Files;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Sources;

public sealed class RootProbeTests
{
    private static readonly string Root = Path.GetFullPath(Path.Join(Path.DirectorySeparatorChar.ToString(), "mnt", "volume"));

    private readonly FixedFileView _files = new();
    private string? _refusal;

    public RootProbeTests()
    {
        _files.Statuses[Path.GetDirectoryName(Root)!] = Directory(device: 1);
        _files.Statuses[Root] = Directory(device: 1);
    }

    [Fact]
    public void A_directory_is_told_as_it_is()
    {
        var seen = New().Look();

        seen.Problem.Should().BeNull();
        (seen.PhysicalPath, seen.Status.FileNumber, seen.Status.Device).Should().Be((Root, 7UL, 1UL));
    }

    [Fact]
    public void A_directory_is_as_before_until_anything_of_it_moves()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Asked of Linux.");
        var home = System.IO.Directory.CreateTempSubdirectory("filemonitor-probe-").FullName;
        try
        {
            var (root, link) = (Path.Join(home, "root"), Path.Join(home, "link"));
            System.IO.Directory.CreateDirectory(root);
            System.IO.Directory.CreateSymbolicLink(link, root);
            var probe = new RootProbe(link, new DiskFileView(), isOnDisk: true, _ => null);
            probe.IsAsBefore().Should().BeFalse("nobody has looked yet");
            if (!OperatingSystem.IsWindows())
            {
                AssertChange("rights", () => File.SetUnixFileMode(root, UnixFileMode.UserRead | UnixFileMode.UserExecute));
            }

            AssertChange("another directory", () =>
            {
                System.IO.Directory.Move(root, Path.Join(home, "away"));
                System.IO.Directory.CreateDirectory(root);
            });
            AssertChange("another target", () =>
            {
                File.Delete(link);
                System.IO.Directory.CreateSymbolicLink(link, Path.Join(home, "away"));
            });
            System.IO.Directory.Delete(Path.Join(home, "away"), recursive: true);
            probe.IsAsBefore().Should().BeFalse();
            probe.Look().Problem.Should().NotBeNull();
            probe.IsAsBefore().Should().BeFalse("a root that is lost is looked at closely");

            void AssertChange(string what, Action change)
            {
                probe.Look().Problem.Should().BeNull();
                probe.IsAsBefore().Should().BeTrue();
                change();
                probe.IsAsBefore().Should().BeFalse(what);
            }
        }
        finally
        {
            System.IO.Directory.Delete(home, recursive: true);
        }
    }

    [Fact]
    public void Of_a_tree_in_memory_it_is_not_known_whether_it_is_as_before()
    {
        var probe = New();
        probe.Look();

        probe.IsAsBefore().Should().BeFalse();
    }

    [Theory]
    [InlineData(FileStatusOutcome.Missing, "does not exist")]
    [InlineData(FileStatusOutcome.Inaccessible, "may not be read")]
    [InlineData(FileStatusOutcome.Failed, "reported an error")]
    public void What_cannot_be_looked_at_is_a_problem(FileStatusOutcome outcome, string words)
    {
        _files.Statuses[Root] = new FileStatus { Outcome = outcome };
        var seen = New().Look();

        seen.Problem.Should().Contain(words).And.Contain(Root);
        seen.Status.Outcome.Should().Be(outcome);
    }

    [Theory]
    [InlineData(ItemType.File)]
    [InlineData(ItemType.SymbolicLink)]
    public void What_is_no_directory_is_a_problem(ItemType type)
    {
        _files.Statuses[Root] = new FileStatus { Outcome = FileStatusOutcome.Found, ItemType = type };

        New().Look().Problem.Should().Contain("not a directory");
    }

    [Fact]
    public void A_volume_that_is_not_mounted_any_more_is_a_problem_until_it_is()
    {
        var probe = New();
        _files.Statuses[Root] = Directory(device: 2);
        probe.Look().Problem.Should().BeNull();
        _files.Statuses[Root] = Directory(device: 1);
        probe.Look().Problem.Should().Contain("not mounted");
        probe.Look().Problem.Should().Contain("not mounted", "it was not said once and forgotten");

        _files.Statuses[Root] = Directory(device: 3);
        probe.Look().Problem.Should().BeNull();
    }

    [Fact]
    public void A_directory_that_never_was_a_mount_point_needs_no_volume()
    {
        var probe = New();
        probe.Look().Problem.Should().BeNull();
        _files.Statuses[Root] = Directory(device: 2);
        probe.Look().Problem.Should().BeNull();
    }

    [Fact]
    public void A_volume_mounted_over_a_directory_that_was_the_root_leaves_that_directory_when_it_is_unmounted()
    {
        var probe = New();
        for (var time = 0; time < 2; time++)
        {
            _files.Statuses[Root] = Directory(device: 1, number: 8);
            probe.Look().Problem.Should().BeNull("this directory was the root");
            _files.Statuses[Root] = Directory(device: 2);
            probe.Look().Problem.Should().BeNull();
            _files.Statuses[Root] = Directory(device: 3);
            probe.Look().Problem.Should().BeNull("another volume is mounted over the first");
        }

        _files.Statuses[Root] = Directory(device: 1, number: 9);
        probe.Look().Problem.Should().Contain("not mounted", "nobody has seen this directory as the root");
        _files.Statuses[Root] = Directory(device: 1, number: 8);
        probe.Look().Problem.Should().BeNull();
    }

    [Fact]
    public void A_directory_below_a_volume_is_not_taken_for_the_root_because_it_was_seen_when_the_volume_was_not_mounted()
    {
        var probe = New();
        _files.Statuses[Root] = Directory(device: 2);
        probe.Look().Problem.Should().BeNull();
        for (var time = 0; time < 2; time++)
        {
            _files.Statuses[Root] = Directory(device: 1);
            probe.Look().Problem.Should().Contain("not mounted");
            _files.Statuses[Root] = Directory(device: 3);
            probe.Look().Problem.Should().BeNull("a volume that came while the root was lost is the root");
        }
    }

    [Fact]
    public void A_link_that_leads_from_a_volume_to_a_directory_elsewhere_is_not_waited_for()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs links that anybody can make.");
        var home = System.IO.Directory.CreateTempSubdirectory("filemonitor-probe-").FullName;
        try
        {
            var (volume, other, link) = (Path.Join(home, "volume"), Path.Join(home, "other"), Path.Join(home, "link"));
            System.IO.Directory.CreateDirectory(volume);
            System.IO.Directory.CreateDirectory(other);
            System.IO.Directory.CreateSymbolicLink(link, volume);
            _files.Statuses[home] = _files.Statuses[other] = Directory(device: 1);
            _files.Statuses[volume] = Directory(device: 2);
            var probe = new RootProbe(link, _files, isOnDisk: true, _ => null);
            probe.Look().Problem.Should().BeNull();

            File.Delete(link);
            System.IO.Directory.CreateSymbolicLink(link, other);
            var seen = probe.Look();
            (seen.Problem, seen.PhysicalPath).Should().Be((null, other));
        }
        finally
        {
            System.IO.Directory.Delete(home, recursive: true);
        }
    }

    [Fact]
    public void Where_devices_are_unknown_nothing_is_a_mount_point()
    {
        var probe = New();
        _files.Statuses[Root] = Directory(device: 2);
        _files.Statuses[Path.GetDirectoryName(Root)!] = new FileStatus { Outcome = FileStatusOutcome.Inaccessible };
        probe.Look().Problem.Should().BeNull();
        _files.Statuses[Root] = Directory(device: 0);
        probe.Look().Problem.Should().BeNull();
    }

    [Fact]
    public void A_root_that_is_refused_is_a_problem_and_is_not_taken_for_a_mount_point()
    {
        var probe = New();
        _refusal = "The roots overlap.";
        _files.Statuses[Root] = Directory(device: 2);
        probe.Look().Problem.Should().Be("The roots overlap.");

        _refusal = null;
        _files.Statuses[Root] = Directory(device: 1);
        probe.Look().Problem.Should().BeNull();
    }

    [Fact]
    public void What_is_missing_is_not_asked_whether_it_is_refused()
    {
        _refusal = "The roots overlap.";
        _files.Statuses[Root] = default;

        New().Look().Problem.Should().Contain("does not exist");
    }

    private static FileStatus Directory(ulong device, ulong number = 7) =>
        new() { Outcome = FileStatusOutcome.Found, ItemType = ItemType.Directory, Device = device, FileNumber = number };

    private RootProbe New() => new(Root, _files, isOnDisk: false, physical => physical == Root ? _refusal : throw new InvalidOperationException(physical));

    /// <summary>Answers what the test wrote down.</summary>
    private sealed class FixedFileView : IFileView
    {
        public Dictionary<string, FileStatus> Statuses { get; } = [];

        public FileStatus GetStatus(string root, string relativePath) => Statuses.GetValueOrDefault(root);

        public string? GetLinkTarget(string root, string relativePath, out FileStatus link)
        {
            link = default;
            return null;
        }

        public FileOpening Open(string root, string relativePath) => throw new NotSupportedException();

        public FileStatusOutcome List(string root, string relativeDirectory, Action<string, FileStatus> found) => throw new NotSupportedException();
    }
}
