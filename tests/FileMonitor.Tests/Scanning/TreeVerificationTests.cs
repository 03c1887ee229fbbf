using FileMonitor.Extending;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Scanning;

public sealed class TreeVerificationTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("nothing", "", "")]
    [InlineData("a new file", "write d/n 4", "NotReported d/n")]
    [InlineData("a new tree", "write n/m/x 4", "NotReported n")]
    [InlineData("a deleted file", "rm d/x", "NotOnDisk d/x")]
    [InlineData("a written file", "append a 1", "StateDiffers a")]
    [InlineData("a file that was replaced", "rm a; write a 1", "StateDiffers a")]
    [InlineData("a file that became a directory", "rm a; write a/n 1", "StateDiffers a")]
    [InlineData("a directory that was replaced", "rm -r d; mkdir d", "StateDiffers d, NotOnDisk d/x")]
    [InlineData("a renamed file", "mv a b", "NotOnDisk a, NotReported b")]
    public async Task Differences_are_told_and_nothing_else_happens(string because, string script, string expected)
    {
        await using var tree = await MonitoredTree.StartKnowingAsync("a=1 d/x=2");
        tree.Tree.Silent = true;
        await tree.PlayAsync(script);
        var before = tree.Counters.Received;
        var result = await tree.Monitor.VerifyAsync(cancellationToken: Token);

        Describe(result).Should().BeEquivalentTo(expected.Split(", ", StringSplitOptions.RemoveEmptyEntries), because);
        result.DifferenceCount.Should().Be(result.Differences.Count);
        result.Problems.Should().BeEmpty();
        result.Differences.Should().NotContain(difference => difference.Root != tree.Tree.Root || difference.Detail.Length == 0);
        Describe(await tree.Monitor.VerifyAsync(cancellationToken: Token)).Should().BeEquivalentTo(Describe(result), "it changed nothing");
        tree.Counters.Received.Should().Be(before);
        (await tree.StopAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Bytes_that_changed_behind_size_and_time_are_found_by_checksum_only()
    {
        await using var tree = await MonitoredTree.StartKnowingAsync("a=1 b=2");
        var path = tree.Tree.PathOf("a");
        var written = new DateTimeOffset(tree.Tree.Files.GetStatus(path).LastWriteTicks, TimeSpan.Zero);
        tree.Tree.Files.WriteFile(path, "9");
        tree.Tree.Files.SetLastWriteTime(path, written);

        var metadata = await tree.Monitor.VerifyAsync(cancellationToken: Token);
        (metadata.DifferenceCount, metadata.Checksums, metadata.Items).Should().Be((0, 0, 2));
        var content = await tree.Monitor.VerifyAsync(checksums: true, Token);
        Describe(content).Should().Equal("ContentDiffers a");
        content.Checksums.Should().Be(2);
        (await tree.StopAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task A_file_that_cannot_be_summed_is_a_problem_and_no_difference()
    {
        await using var tree = await MonitoredTree.StartKnowingAsync("a=1");
        tree.Tree.Files.Deny(tree.Tree.PathOf("a"));
        var result = await tree.Monitor.VerifyAsync(checksums: true, Token);

        result.DifferenceCount.Should().Be(0);
        result.Problems.Should().ContainSingle().Which.Should().Contain(tree.Tree.PathOf("a")).And.Contain("Unreadable");
        await tree.StopAsync();
    }

    [Fact]
    public async Task What_is_ignored_is_no_difference()
    {
        await using var tree = await MonitoredTree.StartAsync("a=1 old.tmp=2", options => options.Roots[0].Ignore.Add("*.tmp"));
        tree.Tree.Silent = true;
        await tree.PlayAsync("write new.tmp 3; rm old.tmp; write d.tmp/x 4");

        Describe(await tree.Monitor.VerifyAsync(cancellationToken: Token)).Should().BeEmpty();
        await tree.StopAsync();
    }

    [Fact]
    public async Task What_is_below_a_root_that_is_not_recursive_is_no_difference()
    {
        await using var tree = await MonitoredTree.StartAsync("d/ a=1", options => options.Roots[0].Recursive = false);
        tree.Tree.Silent = true;
        await tree.PlayAsync("write d/x 1; append a 1");

        Describe(await tree.Monitor.VerifyAsync(cancellationToken: Token)).Should().Equal("StateDiffers a");
        await tree.StopAsync();
    }

    [Fact]
    public async Task What_changes_while_it_walks_is_no_difference()
    {
        await using var tree = await MonitoredTree.StartKnowingAsync("a=1 b=2 d/x=3");
        tree.Tree.Files.OnList = _ =>
        {
            tree.Tree.Files.OnList = null;
            tree.Tree.WriteFile("n", "4");
            tree.Tree.WriteFile("a", "11");
            tree.Tree.Delete("b");
        };
        Describe(await tree.Monitor.VerifyAsync(cancellationToken: Token)).Should().BeEmpty();

        tree.Sink.Events.Select(said => $"{said.Kind} {said.RelativePath}").Should().BeEquivalentTo("Created n", "Modified a", "Deleted b");
        await tree.StopAsync();
    }

    [Fact]
    public async Task A_root_that_is_lost_is_a_problem_and_the_others_are_compared()
    {
        var tree = MonitoredTree.Create("a=1", options => options.AddRoot(MonitoredTree.OtherRoot));
        await using var running = tree;
        tree.Tree.Files.WriteFile(Path.Join(MonitoredTree.OtherRoot, "b"), "2");
        await tree.Monitor.StartAsync(Token);
        tree.Tree.Files.SetOutcome(tree.Tree.Root, FileStatusOutcome.Missing);
        tree.Tree.Source.Hint(FileChangeKind.Deleted, "a");
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Any(said => said.Kind == AuditEventKind.RootLost));
        tree.Tree.Files.Delete(Path.Join(MonitoredTree.OtherRoot, "b"));
        var result = await tree.Monitor.VerifyAsync(cancellationToken: Token);

        Describe(result).Should().Equal("NotOnDisk b");
        result.Differences[0].Root.Should().Be(MonitoredTree.OtherRoot);
        result.Problems.Should().ContainSingle().Which.Should().Contain("lost");
        await tree.StopAsync();
    }

    [Fact]
    public async Task A_root_that_is_gone_and_not_known_to_be_is_a_problem()
    {
        await using var tree = await MonitoredTree.StartAsync("a=1");
        tree.Tree.Files.SetOutcome(tree.Tree.Root, FileStatusOutcome.Missing);
        var result = await tree.Monitor.VerifyAsync(cancellationToken: Token);

        result.DifferenceCount.Should().Be(0);
        result.Problems.Should().ContainSingle().Which.Should().Contain(tree.Tree.Root);
        await tree.StopAsync();
    }

    [Fact]
    public async Task A_directory_that_cannot_be_read_is_a_problem_and_no_difference()
    {
        await using var tree = await MonitoredTree.StartAsync("d/x=1 e/y=2");
        tree.Tree.Files.Deny(tree.Tree.PathOf("d"));
        var result = await tree.Monitor.VerifyAsync(cancellationToken: Token);

        result.DifferenceCount.Should().Be(0);
        result.Problems.Should().ContainSingle().Which.Should().Contain(tree.Tree.PathOf("d"));
        await tree.StopAsync();
    }

    [Fact]
    public async Task A_directory_that_may_be_listed_and_not_searched_is_a_problem()
    {
        await using var tree = await MonitoredTree.StartAsync("d/x=1 e/y=2");
        tree.Tree.Files.SetOutcome(tree.Tree.PathOf("d/x"), FileStatusOutcome.Inaccessible);
        var result = await tree.Monitor.VerifyAsync(cancellationToken: Token);

        result.DifferenceCount.Should().Be(0);
        result.Problems.Should().ContainSingle().Which.Should().Contain(tree.Tree.PathOf("d"));
        await tree.StopAsync();
    }

    [Fact]
    public async Task Of_very_many_differences_all_are_counted_and_some_are_told()
    {
        await using var tree = await MonitoredTree.StartAsync();
        for (var file = 0; file < 10_010; file++)
        {
            tree.Tree.Files.WriteFile(tree.Tree.PathOf($"f{file}"), "");
        }

        var result = await tree.Monitor.VerifyAsync(cancellationToken: Token);
        (result.DifferenceCount, result.Differences.Count, result.Items).Should().Be((10_010, 10_000, 10_010));
        await tree.StopAsync();
    }

    [Fact]
    public async Task Only_a_monitor_that_runs_can_be_verified()
    {
        await using var tree = MonitoredTree.Create();
        await tree.Monitor.Awaiting(monitor => monitor.VerifyAsync(cancellationToken: Token)).Should().ThrowAsync<InvalidOperationException>();
        await tree.Monitor.StartAsync(Token);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await tree.Monitor.Awaiting(monitor => monitor.VerifyAsync(cancellationToken: cancelled.Token)).Should().ThrowAsync<OperationCanceledException>();
        await tree.StopAsync();
    }

    private static List<string> Describe(VerifyResult result) => [.. result.Differences.Select(difference => $"{difference.Kind} {difference.RelativePath}")];
}
