using Xunit;

namespace FileMonitor.Cli.Tests;

public sealed class ExecArgumentsTests
{
    [Theory]
    [InlineData("watch . --once --exec make -j 4 --format x", "watch . --once --exec make", "-j 4 --format x")]
    [InlineData("watch . --exec=make -j", "watch . --exec=make", "-j")]
    [InlineData("watch . --exec a --exec b", "watch . --exec a", "--exec b")]
    [InlineData("watch . --exec a -- b", "watch . --exec a", "-- b")]
    [InlineData("watch . --exec", "watch . --exec", "")]
    [InlineData("watch -- --exec a b", "watch -- --exec a b", "")]
    [InlineData("watch . --executable a", "watch . --executable a", "")]
    [InlineData("hash --exec a b", "hash --exec a b", "")]
    public void All_that_stands_behind_it_belongs_to_the_command(string typed, string own, string ofCommand)
    {
        var split = ExecArguments.Split(typed.Split(' '));

        Assert.Equal((own, ofCommand), (string.Join(' ', split.Own), string.Join(' ', split.OfCommand)));
    }
}
