using Xunit;

namespace FileMonitor.Cli.Tests;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1024, "1.0 KiB")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(1048575, "1.0 MiB")]
    [InlineData(5368709120, "5.0 GiB")]
    [InlineData(long.MaxValue, "8.0 EiB")]
    public void Sizes_are_short(long bytes, string expected) => Assert.Equal(expected, ByteSize.Format(bytes));
}
