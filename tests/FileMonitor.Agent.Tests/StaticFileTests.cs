using Xunit;

namespace FileMonitor.Agent.Tests;

public sealed class StaticFileTests
{
    [Fact]
    public async Task The_page_is_at_the_root()
    {
        await using var agent = await RunningAgent.StartAsync();

        var page = await agent.Client.GetAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
        Assert.Contains("FileMonitor", await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }
}
