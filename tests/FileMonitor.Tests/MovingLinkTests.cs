using FileMonitor.Extending;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests;

/// <summary>A link is looked at in two steps: what it is, and where it points. What happens in between is no excuse.</summary>
public sealed class MovingLinkTests
{
    [Theory]
    [InlineData("mv l m", "C m @a")]
    [InlineData("rm l; ln l b", "C l @b")]
    [InlineData("rm l; write l 1", "C l 1")]
    public async Task A_link_that_is_moved_or_replaced_between_two_looks_is_told_as_what_is_there(string meanwhile, string expected)
    {
        MeddlingFileView? view = null;
        await using var tree = await MonitoredTree.StartAsync("", null, parts => parts.FileView = view = new MeddlingFileView(parts.FileView!));
        view!.BeforeTarget = () => tree.PlayAsync(meanwhile).GetAwaiter().GetResult();

        await tree.PlayAsync("ln l a; wait");

        (await tree.StopAndDescribeAsync()).Should().Be(expected);
    }

    /// <summary>Something happens once, just before the target of a link is read.</summary>
    private sealed class MeddlingFileView(IFileView inner) : IFileView
    {
        private Action? _beforeTarget;

        public Action BeforeTarget { set => _beforeTarget = value; }

        public FileStatus GetStatus(string root, string relativePath) => inner.GetStatus(root, relativePath);

        public string? GetLinkTarget(string root, string relativePath, out FileStatus link)
        {
            Interlocked.Exchange(ref _beforeTarget, null)?.Invoke();
            return inner.GetLinkTarget(root, relativePath, out link);
        }

        public FileOpening Open(string root, string relativePath) => inner.Open(root, relativePath);

        public FileStatusOutcome List(string root, string relativeDirectory, Action<string, FileStatus> found) => inner.List(root, relativeDirectory, found);
    }
}
