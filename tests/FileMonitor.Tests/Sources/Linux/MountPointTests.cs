using FileMonitor.Extending;
using FileMonitor.Patterns;
using FileMonitor.Sources.Mounts;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Sources.Linux;

/// <summary>How a mount point lies to a root. By their paths alone: nothing is mounted.</summary>
public sealed class MountPointTests
{
    [Theory]
    [InlineData("/a/b", "/a/b/c", "c")]
    [InlineData("/a/b", "/a/b/c/d", "c/d")]
    [InlineData("/a/b", "/a/b", "")]
    [InlineData("/a/b", "/a/bc", null)]
    [InlineData("/a/b", "/a", null)]
    [InlineData("/a/b", "/", null)]
    [InlineData("/", "/a/b", "a/b")]
    [InlineData("/", "/", "")]
    public void What_is_below_a_root_has_a_path_there(string root, string path, string? below) =>
        MountPoint.Below(RootAt(root), path).Should().Be(below);

    [Theory]
    [InlineData("/a/b", "/a/b", true)]
    [InlineData("/a/b", "/a", true)]
    [InlineData("/a/b", "/", true)]
    [InlineData("/", "/", true)]
    [InlineData("/a/bc", "/a/b", false)]
    [InlineData("/a/b", "/a/b/c", false)]
    [InlineData("/", "/a", false)]
    public void What_is_mounted_at_a_root_or_above_it_decides_where_its_path_leads(string root, string point, bool decides) =>
        MountPoint.IsAtOrAbove(point, RootAt(root)).Should().Be(decides);

    private static MonitoredRoot RootAt(string path) => new(0, path, path, IgnoreRules.None);
}
