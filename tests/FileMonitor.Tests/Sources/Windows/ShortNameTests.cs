using FileMonitor.Sources.FileSystemWatchers;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Sources.Windows;

public sealed class ShortNameTests
{
    [Theory]
    [InlineData("LONGNA~1.TXT", true)]
    [InlineData("LO12AB~1", true)]
    [InlineData("a~12.c", true)]
    [InlineData("a~", false)]
    [InlineData("~1.tmp", false)]
    [InlineData("~WRL0001.tmp", false)]
    [InlineData("LONGNAME~1.TXT", false)]
    [InlineData("LONGNA~1.HTML", false)]
    [InlineData("LONGNA~X.TXT", false)]
    [InlineData("plain.txt", false)]
    public void What_may_be_a_short_name_is_known(string name, bool isShort) => ArmedWatcher.IsShortName(name).Should().Be(isShort);

    [Fact]
    public void Only_Windows_has_them() => ArmedWatcher.IsShort(@"d\LONGNA~1.TXT").Should().Be(OperatingSystem.IsWindows());
}
