using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Settling;

/// <summary>In a storm a search for missing items may look at few names or none (<c>LookBudget</c>). What is told must still lead from the snapshot to the disk.</summary>
public sealed class FewLooksTests
{
    [Theory]
    [InlineData("mv d/x t; rm -r d; mv t d; hint Renamed d d/x", "d/ d/x/ d/x/f=1 d/y=2")]
    [InlineData("mv d/x t; rm -r d; mv t d; hint Renamed d d/x", "d/ d/x=1 d/y=2")]
    [InlineData("mv d/x/z t; rm -r d; mv t d; hint Renamed d d/x/z", "d/ d/x/ d/x/z/ d/x/z/f=1 d/y=2")]
    public async Task What_was_in_a_directory_takes_its_place(string script, string before)
    {
        await using var tree = await MonitoredTree.StartKnowingAsync(before, components: static parts => parts.MostLooks = 0);
        await tree.PlayAsync(script);
        await tree.FlushAsync();
        await tree.SettleAsync();
        (await tree.Monitor.VerifyAsync(cancellationToken: TestContext.Current.CancellationToken)).Differences.Should().BeEmpty();

        (await tree.StopAndDescribeAsync()).Should().Contain("R ");
    }
}
