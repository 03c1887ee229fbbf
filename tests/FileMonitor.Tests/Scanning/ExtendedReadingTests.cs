using FileMonitor.Extending;
using FileMonitor.Patterns;
using FileMonitor.Scanning;
using FileMonitor.Testing;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Scanning;

public sealed class ExtendedReadingTests
{
    private const string Path = "/root/a";

    private readonly InMemoryFileView _view = new();
    private readonly MonitoredRoot _root = new(0, "/root", "/root", IgnoreRules.None, RootSettings.Default with { ReportAttributes = ItemAttributes.AllMetadata });

    [Fact]
    public void Mode_and_attributes_are_of_the_same_moment()
    {
        var before = Begin();
        _view.SetMode(Path, UnixFileMode.UserWrite);
        _view.SetExtendedAttribute(Path, "user.a", [1]);

        var read = ExtendedReading.Complete(_view, _root, "a", before);

        (read.Mode, read.Extended).Should().Be(((int)UnixFileMode.UserWrite, "user.a\04bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a"));
    }

    [Fact]
    public void Of_another_content_nothing_is_taken()
    {
        var before = Begin();
        _view.WriteFile(Path, "another");
        _view.SetExtendedAttribute(Path, "user.a", [1]);

        ExtendedReading.Complete(_view, _root, "a", before).Should().Be(before);
    }

    private FileStatus Begin()
    {
        _view.WriteFile(Path, "1");
        _view.SetMode(Path, UnixFileMode.UserRead);
        return _view.GetStatus("/root", "a");
    }
}
