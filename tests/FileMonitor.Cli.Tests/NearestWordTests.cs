using Xunit;

namespace FileMonitor.Cli.Tests;

public sealed class NearestWordTests
{
    [Theory]
    [InlineData("wacth", "watch")]
    [InlineData("wtch", "watch")]
    [InlineData("HASH", "hash")]
    [InlineData("hahs", "hash")]
    [InlineData("frob", null)]
    [InlineData("", null)]
    [InlineData("journals", "journal")]
    [InlineData("watching", null)]
    [InlineData("wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww", null)]
    public void A_slip_of_the_hand_is_recognised_and_another_word_is_not(string typed, string? meant) =>
        Assert.Equal(meant, NearestWord.Of(typed, ["watch", "hash", "journal"]));

    [Fact]
    public void The_nearest_wins() => Assert.Equal("--source", NearestWord.Of("--sorce", ["--source-fallback", "--force", "--source"]));
}
