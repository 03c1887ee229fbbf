using FileMonitor.Values;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Values;

public sealed class NearestNameTests
{
    private static readonly string[] Names = ["Path", "Recursive", "Include", "Ignore", "IgnorePresets", "Debounce"];

    [Theory]
    [InlineData("Ingore", "Ignore")]
    [InlineData("ignores", "Ignore")]
    [InlineData("Includes", "Include")]
    [InlineData("Debonce", "Debounce")]
    [InlineData("Paht", "Path")]
    [InlineData("ignorepreset", "IgnorePresets")]
    [InlineData("Pfad", null)]
    [InlineData("x", null)]
    [InlineData("", null)]
    [InlineData("Checksum", null)]
    public void The_nearest_is_what_was_meant(string given, string? meant) => NearestName.Of(given, Names).Should().Be(meant);

    [Fact]
    public void Where_there_are_no_names_none_is_near() => NearestName.Of("Path", []).Should().BeNull();

    [Fact]
    public void What_is_longer_than_any_name_takes_no_time() => NearestName.Of(new string('a', 10_000_000), Names).Should().BeNull();
}
