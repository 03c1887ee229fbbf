using FileMonitor.Extending;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests;

public sealed class StartTests
{
    [Fact]
    public async Task How_many_items_are_known_is_told_while_the_monitor_starts_and_as_soon_as_it_has()
    {
        var known = new List<int>();
        var asked = default(Func<int>);
        await using var tree = MonitoredTree.Create(
            "a=1 b=2 d/c=3 e/f=4 e/g=5",
            _ => { },
            components => components.FileView = new AskingView(components.FileView!, () => known.Add(asked!())));
        asked = () => tree.Monitor.GetHealth().KnownItems;

        asked().Should().Be(0);
        await tree.Monitor.StartAsync(TestContext.Current.CancellationToken);

        // The last directory that was found is listed first: nothing yet, then a, b, d and e, then f and g, too.
        known.Should().Equal(0, 4, 6);
        asked().Should().Be(7);
        await tree.StopAsync();
    }

    // Asks before each listing.
    private sealed class AskingView(IFileView inner, Action ask) : IFileView
    {
        public FileStatus GetStatus(string root, string relativePath) => inner.GetStatus(root, relativePath);

        public string? GetLinkTarget(string root, string relativePath, out FileStatus link) => inner.GetLinkTarget(root, relativePath, out link);

        public FileOpening Open(string root, string relativePath) => inner.Open(root, relativePath);

        public FileStatusOutcome List(string root, string relativeDirectory, Action<string, FileStatus> found)
        {
            ask();
            return inner.List(root, relativeDirectory, found);
        }
    }
}
