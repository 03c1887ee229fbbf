using System.Globalization;
using FileMonitor.Values;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Values;

public sealed class DurationTextTests
{
    [Theory]
    [InlineData("250ms", "00:00:00.250")]
    [InlineData("250 ms", "00:00:00.250")]
    [InlineData("0.5ms", "00:00:00.0005")]
    [InlineData("1.5s", "00:00:01.500")]
    [InlineData("90S", "00:01:30")]
    [InlineData("5min", "00:05:00")]
    [InlineData("2h", "02:00:00")]
    [InlineData("7d", "7.00:00:00")]
    [InlineData("-1s", "-00:00:01")]
    [InlineData("0", "00:00:00")]
    [InlineData("0s", "00:00:00")]
    [InlineData("00:00:00.250", "00:00:00.250")]
    [InlineData("01:30", "01:30:00")]
    [InlineData("1.12:00:00", "1.12:00:00")]
    [InlineData(" 00:00:01 ", "00:00:01")]
    [InlineData("10675199d", "10675199.00:00:00")]
    public void It_is_read_with_its_unit(string text, string duration)
    {
        DurationText.TryRead(text, out var read).Should().BeTrue();
        read.Should().Be(TimeSpan.Parse(duration, CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("")]
    [InlineData("250")]
    [InlineData("1.5")]
    [InlineData("ms")]
    [InlineData("s")]
    [InlineData("soon")]
    [InlineData("5m")]
    [InlineData("1h30min")]
    [InlineData("1,5s")]
    [InlineData("24:00:00")]
    [InlineData("00:60:00")]
    [InlineData("1:2:3:4")]
    [InlineData("99999999999d")]
    [InlineData("79228162514264337593543950336s")]
    public void What_could_mean_something_else_is_none(string text) => DurationText.TryRead(text, out _).Should().BeFalse();
}
