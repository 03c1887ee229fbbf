using Xunit;

namespace FileMonitor.Cli.Tests;

public sealed class DescriptorLimitTests
{
    [Theory]
    [InlineData(32, null)]
    [InlineData(ulong.MaxValue, null)]
    [InlineData(31, "the limit of open files is 31, and at least 32 are needed; raise it, as with `ulimit -n 1024`.")]
    public void A_limit_that_is_too_low_is_told_with_both_numbers(ulong limit, string? why) => Assert.Equal(why, DescriptorLimit.WhyNot(limit, least: 32));

    [Fact]
    public void The_one_that_tests_run_with_is_enough() => Assert.True(DescriptorLimit.IsEnough("filemonitor", DescriptorLimit.LeastOfCommand));
}
