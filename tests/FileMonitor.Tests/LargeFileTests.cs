using System.Security.Cryptography;
using System.Text;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests;

/// <summary>
/// No head of the line (G11): what takes long to be read delays nothing else, is told of before it is read, and its checksum follows without a
/// claim that anything changed. Reads are held by the tree in memory, not by the clock.
/// </summary>
public sealed class LargeFileTests
{
    private static readonly TimeSpan MaxDelay = 10 * MonitoredTree.Quiet;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_file_that_is_not_read_in_time_is_created_without_a_checksum_which_follows()
    {
        await using var tree = await StartAsync("");
        using var held = new HeldReads(tree, "big");
        await tree.PlayAsync("write big 1");
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Count > 0);
        tree.Describe(tree.Sink.Events).Should().Be("C big !Pending");

        held.Release();
        (await StopAsync(tree)).Should().Be("C big !Pending, K big 1");
    }

    [Fact]
    public async Task A_file_of_another_size_is_modified_at_once_and_its_checksum_is_no_second_change()
    {
        await using var tree = await StartAsync("big=1");
        using var held = new HeldReads(tree, "big");
        await tree.PlayAsync("append big 2");
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Count > 0);
        held.Release();

        (await StopAsync(tree)).Should().Be("M big 1→!Pending, K big 12");
    }

    [Fact]
    public async Task A_file_of_the_same_size_is_modified_only_once_it_is_known_that_it_is()
    {
        await using var tree = await StartAsync("big=1");
        using var held = new HeldReads(tree, "big");
        await tree.PlayAsync("write big 2");
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Count > 0);
        held.Release();

        (await StopAsync(tree)).Should().Be("K big !Pending, M big 1→2");
    }

    [Fact]
    public async Task A_file_that_was_only_touched_is_never_said_to_be_modified()
    {
        await using var tree = await StartAsync("big=1");
        using var held = new HeldReads(tree, "big");
        await tree.PlayAsync("write big 1");
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Count > 0);
        held.Release();

        (await StopAsync(tree)).Should().Be("K big !Pending, K big 1");
    }

    [Fact]
    public async Task Where_complete_files_are_reported_a_file_that_is_not_read_in_time_waits_for_its_checksum()
    {
        await using var tree = await StartAsync("", options => options.Roots[0].ReportWhen = ReportWhen.Closed);
        using var held = new HeldReads(tree, "big");
        await tree.PlayAsync("write big 1");
        await tree.AdvanceUntilAsync(() => held.HasBegun);
        tree.Clock.Advance(10 * MaxDelay);
        await tree.PlayAsync("write small 2");
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Count > 0);
        held.Release();

        (await StopAsync(tree)).Should().Be("C small 2, C big 1");
    }

    [Fact]
    public async Task A_complete_file_that_is_not_read_within_the_longest_hold_is_created_without_a_checksum()
    {
        await using var tree = await StartAsync("", options => (options.Roots[0].ReportWhen, options.Debounce.MaxHold) = (ReportWhen.Closed, 10 * MaxDelay));
        using var held = new HeldReads(tree, "big");
        await tree.PlayAsync("write big 1");
        await tree.AdvanceUntilAsync(() => held.HasBegun);
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Count > 0);
        held.Release();

        (await StopAsync(tree)).Should().Be("C big !Pending, K big 1");
    }

    [Fact]
    public async Task A_small_file_is_told_while_as_many_large_ones_are_read_as_may_be()
    {
        // Each slice ends at once for the clock, and as soon as it is let go: what waits behind them gets in between.
        await using var tree = await StartAsync("", options => options.Checksum.Concurrency = 1);
        var reads = 0;
        using var go = new SemaphoreSlim(0);
        tree.Tree.Files.OnRead = path =>
        {
            if (path.EndsWith("large", StringComparison.Ordinal) && Interlocked.Increment(ref reads) > 1)
            {
                go.Wait(Token);
            }
        };
        Write(tree, "large", 40);
        await tree.AdvanceUntilAsync(() => Volatile.Read(ref reads) > 1);
        await tree.PlayAsync("write small 1");
        await tree.AdvanceUntilAsync(() => tree.Monitor.GetHealth() is { FilesWaitingToBeRead: 1, PendingPaths: 0 });

        // One slice of 8 MiB is 33 pieces, of 40 MiB that are 161.
        go.Release(33);
        await tree.SaidAsync(said => said is { RelativePath: "small", ChecksumStatus: ChecksumStatus.Computed });
        tree.Sink.Events.Should().NotContain(said => said.RelativePath == "large" && said.ChecksumStatus == ChecksumStatus.Computed);

        go.Release(1_000);
        await tree.SettleAsync();
        (await tree.StopAsync()).Should().Contain(said => said.RelativePath == "large" && said.Sha256 == Convert.ToHexStringLower(SHA256.HashData(Content(40))));
    }

    [Fact]
    public async Task A_large_file_that_is_deleted_is_not_read_on()
    {
        await using var tree = await StartAsync("");
        var furthest = 0;
        tree.Tree.Files.OnRead = path =>
        {
            // The first slice is over after 33 pieces; nobody tells the monitor.
            if (++furthest == 40)
            {
                tree.Tree.Silent = true;
                tree.Tree.Delete("large");
            }
        };
        Write(tree, "large", 100);
        await tree.AdvanceUntilAsync(() => Volatile.Read(ref furthest) >= 40);
        await tree.SettleAsync();

        (await tree.StopAsync()).Should().NotContain(said => said.ChecksumStatus == ChecksumStatus.Computed);
        furthest.Should().BeLessThan(80, "the next look at the open file says that it has no name left");
    }

    [Fact]
    public async Task A_flush_ends_at_its_deadline_and_names_what_is_still_read_which_is_told_before()
    {
        await using var tree = await StartAsync("", options => options.FlushTimeout = TimeSpan.FromSeconds(1));
        using var held = new HeldReads(tree, "big");
        await tree.PlayAsync("write big 1; write small 2");
        var flush = tree.Monitor.FlushAsync(Token);
        await tree.SaidAsync(said => said.RelativePath == "small");
        tree.Sink.Events.Should().ContainSingle("the deadline has not passed");
        tree.Clock.Advance(TimeSpan.FromSeconds(1));
        await tree.UntilAsync(() => flush.IsCompleted);

        var flushed = await flush;
        flushed.IsComplete.Should().BeFalse();
        flushed.NotReached.Should().Equal($"'{tree.Tree.PathOf("big")}' is still being read.");
        tree.Describe(tree.Sink.Events).Should().Be("C small 2, C big !Pending");
        held.Release();
        (await tree.FlushAsync()).IsComplete.Should().BeTrue("a later flush waits for it again");
        (await tree.StopAndDescribeAsync()).Should().Be("C small 2, C big !Pending, K big 1");
    }

    [Fact]
    public async Task A_verification_ends_at_its_deadline_and_names_what_it_did_not_read()
    {
        await using var tree = await StartAsync("a=1 b=2", options => options.VerifyTimeout = TimeSpan.FromSeconds(1));
        using var held = new HeldReads(tree, "a");
        var verify = tree.Monitor.VerifyAsync(checksums: true, Token);
        await held.BegunAsync();
        tree.Clock.Advance(TimeSpan.FromSeconds(1));
        held.Release();

        var verified = await verify;
        verified.IsComplete.Should().BeFalse();
        verified.DifferenceCount.Should().Be(0, "what was not compared is no difference");
        verified.Problems.Should().Contain("The time limit (VerifyTimeout, 00:00:01) has passed; the following was not compared.")
            .And.Contain($"'{tree.Tree.PathOf("a")}' was not read to its end.");
        await tree.StopAsync();
    }

    [Fact]
    public async Task The_oldest_wait_is_how_long_nothing_was_done_for_a_path()
    {
        await using var tree = await StartAsync("");
        tree.Monitor.GetHealth().OldestWait.Should().Be(TimeSpan.Zero);
        using var held = new HeldReads(tree, "big");
        await tree.PlayAsync("write big 1");
        await tree.AdvanceUntilAsync(() => held.HasBegun);
        var before = tree.Monitor.GetHealth().OldestWait;
        tree.Clock.Advance(TimeSpan.FromMinutes(1));

        (tree.Monitor.GetHealth().OldestWait - before).Should().Be(TimeSpan.FromMinutes(1));
        held.Release();
        await tree.SettleAsync();
        tree.Monitor.GetHealth().OldestWait.Should().Be(TimeSpan.Zero);
        await tree.StopAsync();
    }

    private static Task<MonitoredTree> StartAsync(string before, Action<FileMonitorOptions>? configure = null) => MonitoredTree.StartKnowingAsync(before, options =>
    {
        options.Debounce.MaxDelay = MaxDelay;
        configure?.Invoke(options);
    });

    private static async Task<string> StopAsync(MonitoredTree tree)
    {
        await tree.SettleAsync();
        return await tree.StopAndDescribeAsync();
    }

    private static byte[] Content(int mebibytes) => [.. Enumerable.Repeat((byte)'x', mebibytes * 1024 * 1024)];

    private static void Write(MonitoredTree tree, string path, int mebibytes) => tree.Tree.WriteFile(path, Encoding.ASCII.GetString(Content(mebibytes)));

    /// <summary>Reads of one file wait until they are let go.</summary>
    private sealed class HeldReads : IDisposable
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _release = new();

        public HeldReads(MonitoredTree tree, string name)
        {
            var path = tree.Tree.PathOf(name);
            tree.Tree.Files.OnRead = read =>
            {
                if (read == path)
                {
                    _begun.TrySetResult();
                    _release.Task.Wait(Token);
                }
            };
        }

        public bool HasBegun => _begun.Task.IsCompleted;

        public Task BegunAsync() => _begun.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);

        public void Release() => _release.TrySetResult();

        public void Dispose() => Release();
    }
}
