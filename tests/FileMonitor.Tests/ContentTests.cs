using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests;

/// <summary>Guarantee G5 and the order of one path (G4): what is said of a file that cannot be read, is being read, or moves meanwhile.</summary>
public sealed class ContentTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true, "C a !Locked, K a 1")]
    [InlineData(false, "C a !Unreadable, K a 1")]
    public async Task A_file_that_cannot_be_read_is_said_and_its_checksum_follows(bool isLocked, string expected)
    {
        await using var tree = await MonitoredTree.StartAsync("", options => options.Checksum.Attempts = 1);
        await tree.PlayAsync("write a 1");
        var path = tree.Tree.PathOf("a");
        Forbid(tree, path, isLocked);
        await tree.SettleAsync();

        // Tried again after a pause, and again, and nothing is said while nothing changes.
        tree.Clock.Advance(TimeSpan.FromMinutes(1));
        await tree.UntilAsync(() => tree.Counters.Received > 2);
        await tree.SettleAsync();
        tree.Tree.Files.Unlock(path);
        tree.Tree.Files.Allow(path);
        tree.Clock.Advance(TimeSpan.FromMinutes(2));
        await tree.UntilAsync(() => tree.Counters.Received > 3);
        await tree.SettleAsync();

        (await tree.StopAndDescribeAsync()).Should().Be(expected);
        tree.Counters.Received.Should().BeGreaterThan(3, "the monitor's own hints are counted");
    }

    [Fact]
    public async Task A_file_that_is_locked_for_ever_keeps_no_stop_waiting()
    {
        await using var tree = await MonitoredTree.StartAsync("", options => options.Checksum.Attempts = 1);
        await tree.PlayAsync("write a 1");
        tree.Tree.Files.Lock(tree.Tree.PathOf("a"));

        (await tree.StopAndDescribeAsync()).Should().Be("C a !Locked");
    }

    [Fact]
    public async Task A_file_that_keeps_changing_is_said_to_be_unstable_and_again_when_it_is_not()
    {
        await using var tree = await MonitoredTree.StartAsync("", options => options.Checksum.Attempts = 1);
        await tree.PlayAsync("write a 1");
        tree.Tree.Files.OnRead = path =>
        {
            // Once: on a busy machine the clock may have moved on to the next try before this test does anything else.
            tree.Tree.Files.OnRead = null;
            tree.Tree.Files.Append(path, "2");
        };
        await tree.SettleAsync();
        await tree.PlayAsync("append a 3; wait");

        // The clock may have moved past the pause before the third write: then the checksum of the second came first.
        (await tree.StopAndDescribeAsync()).Should().MatchRegex(@"^C a !Unstable, (M a \?→|K a \w+, M a \w+→)\w*123$");
    }

    [Fact]
    public async Task What_happens_to_a_file_while_it_is_read_is_said_after_it()
    {
        await using var tree = await MonitoredTree.StartAsync();
        using var reading = new HeldRead(tree);
        await tree.PlayAsync("write a 1");
        await reading.BegunAsync();
        await tree.PlayAsync("append a 2; append a 3");
        await reading.SettleAndReleaseAsync();

        // The read sees the file change, and begins again.
        (await tree.StopAndDescribeAsync()).Should().Be("C a 123");
    }

    [Fact]
    public async Task A_file_that_is_deleted_while_it_is_to_be_read_is_counted_as_transient()
    {
        await using var tree = await MonitoredTree.StartAsync();
        using var reading = new HeldRead(tree);
        await tree.PlayAsync("write a 1");
        await reading.BegunAsync();
        await tree.PlayAsync("rm a");
        await reading.SettleAndReleaseAsync();

        (await tree.StopAndDescribeAsync()).Should().BeEmpty();
        tree.Counters.Transient.Should().Be(1);
    }

    [Fact]
    public async Task A_known_file_that_is_deleted_while_it_is_to_be_read_is_deleted()
    {
        await using var tree = await MonitoredTree.StartKnowingAsync("a=1");
        using var reading = new HeldRead(tree);
        await tree.PlayAsync("append a 2");
        await reading.BegunAsync();
        await tree.PlayAsync("rm a");
        await reading.SettleAndReleaseAsync();

        (await tree.StopAndDescribeAsync()).Should().Be("D a 1");
    }

    [Fact]
    public async Task A_new_file_that_is_renamed_before_it_was_read_is_created_under_its_new_name()
    {
        await using var tree = await MonitoredTree.StartAsync();
        using var reading = new HeldRead(tree);
        await tree.PlayAsync("write a 1");
        await reading.BegunAsync();
        await tree.PlayAsync("mv a b");
        await reading.SettleAndReleaseAsync();

        (await tree.StopAndDescribeAsync()).Should().Be("C b 1");
    }

    [Fact]
    public async Task A_file_that_took_the_name_of_one_to_be_read_is_not_taken_for_it()
    {
        // A log is rotated while the checksum of what was written to it waits.
        await using var tree = await MonitoredTree.StartKnowingAsync("log=1");
        using var reading = new HeldRead(tree);
        await tree.PlayAsync("append log 2");
        await reading.BegunAsync();
        await tree.PlayAsync("mv log log.1; write log new");
        await reading.SettleAndReleaseAsync();

        var said = await tree.StopAsync();
        tree.Describe(said).Split(", ").Should().BeEquivalentTo("R log→log.1", "C log new", "M log.1 1→12");
    }

    [Fact]
    public async Task A_directory_that_is_renamed_while_a_file_in_it_is_to_be_read_takes_it_along()
    {
        await using var tree = await MonitoredTree.StartKnowingAsync("d/a=1");
        using var reading = new HeldRead(tree);
        await tree.PlayAsync("append d/a 2");
        await reading.BegunAsync();
        await tree.PlayAsync("mv d e; append e/a 3");
        await reading.SettleAndReleaseAsync();

        (await tree.StopAndDescribeAsync()).Should().Be("R d→e/, M e/a 1→123");
    }

    [Fact]
    public async Task An_atomic_save_over_a_file_that_is_to_be_read_is_one_change()
    {
        await using var tree = await MonitoredTree.StartKnowingAsync("a=1");
        using var reading = new HeldRead(tree);
        await tree.PlayAsync("write t 2");
        await reading.BegunAsync();
        await tree.PlayAsync("mv t a");
        await reading.SettleAndReleaseAsync();

        (await tree.StopAndDescribeAsync()).Should().Be("M a 1→2");
    }

    [Fact]
    public async Task An_event_tells_its_hints_its_times_and_how_it_came_to_be_known()
    {
        await using var tree = await MonitoredTree.StartKnowingAsync("d/a=1");
        var first = tree.Clock.GetUtcNow();
        await tree.PlayAsync("append d/a 2");
        tree.Clock.Advance(MonitoredTree.Quiet / 2);
        var last = tree.Clock.GetUtcNow();
        await tree.PlayAsync("append d/a 3; wait");
        await tree.PlayAsync("in new /x=1; wait");
        var said = await tree.StopAsync();

        said[0].Should().BeEquivalentTo(new
        {
            Kind = AuditEventKind.Modified,
            Origin = AuditEventOrigin.Live,
            Hints = 2,
            FirstOccurredAt = first,
            OccurredAt = last,
            Size = 3L,
            PreviousSize = 1L,
            tree.Tree.Root,
            Path = tree.Tree.PathOf("d/a"),
            HardLinkCount = 1L,
        });
        said[0].SettledAt.Should().BeOnOrAfter(last + MonitoredTree.Quiet);
        said[0].EmittedAt.Should().BeOnOrAfter(said[0].SettledAt);
        said[1].Should().BeEquivalentTo(new { Kind = AuditEventKind.Created, RelativePath = "new", Origin = AuditEventOrigin.Live, Hints = 1 });
        said[2].Should().BeEquivalentTo(new { Kind = AuditEventKind.Created, RelativePath = "new/x", Origin = AuditEventOrigin.Discovered, Hints = 0 });
    }

    [Fact]
    public async Task A_rate_holds_changes_back_and_loses_none()
    {
        await using var tree = await MonitoredTree.StartAsync("", options => options.MaxEventsPerSecond = 5);
        for (var file = 0; file < 20; file++)
        {
            await tree.PlayAsync($"write {file} {file}");
        }

        var start = tree.Clock.GetUtcNow();
        await tree.SettleAsync();
        (tree.Clock.GetUtcNow() - start).Should().BeGreaterThan(TimeSpan.FromSeconds(2));
        (await tree.StopAsync()).Should().HaveCount(20);
    }

    [Fact]
    public async Task A_baseline_keeps_to_the_rate_and_holds_up_nothing_that_happens()
    {
        var before = string.Join(' ', Enumerable.Range(0, 500).Select(file => $"{file}={file}"));
        await using var tree = await MonitoredTree.StartAsync(before, options =>
        {
            options.MaxEventsPerSecond = 5;
            options.Report.Baseline = true;
        });
        await tree.PlayAsync("write new 1; wait");
        await tree.SaidAsync(said => said.RelativePath == "new");
        tree.Sink.Events.Should().HaveCountLessThan(250);
        (await tree.StopAsync()).Should().HaveCount(501);
    }

    [Fact]
    public async Task More_pending_paths_than_there_is_room_for_are_said_all_the_same()
    {
        await using var tree = await MonitoredTree.StartAsync("", options =>
        {
            options.Queue.MaxPendingPaths = 1;
            options.Checksum.Enabled = false;
        });
        for (var file = 0; file < 20; file++)
        {
            await tree.PlayAsync($"write {file} {file}");
        }

        await tree.SettleAsync();
        (await tree.StopAsync()).Should().HaveCount(20);
    }

    private static void Forbid(MonitoredTree tree, string path, bool isLocked)
    {
        if (isLocked)
        {
            tree.Tree.Files.Lock(path);
        }
        else
        {
            tree.Tree.Files.Deny(path);
        }
    }

    /// <summary>Holds the next file that is opened at that point, until what happened meanwhile is settled.</summary>
    private sealed class HeldRead : IDisposable
    {
        private readonly MonitoredTree _tree;
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _release = new();

        public HeldRead(MonitoredTree tree)
        {
            _tree = tree;
            tree.Tree.Files.OnOpen = _ =>
            {
                tree.Tree.Files.OnOpen = null;
                _begun.SetResult();
                _release.Task.Wait(Token);
            };
        }

        public async Task BegunAsync()
        {
            _tree.Clock.Advance(MonitoredTree.Quiet);
            while (!_begun.Task.IsCompleted)
            {
                Token.ThrowIfCancellationRequested();
                _tree.Clock.Advance(TimeSpan.FromMilliseconds(1));
                await Task.Yield();
            }

            await _begun.Task.WaitAsync(Deadline, Token);
        }

        public async Task SettleAndReleaseAsync()
        {
            // What was hinted at meanwhile leaves the debouncer, and waits for the file.
            // A pump that sleeps until something is due takes them then: time has to pass for that, too.
            while (_tree.Monitor.GetHealth() is { QueueLength: > 0 } or { PendingPaths: > 0 } or { DirectoriesToReconcile: > 0 })
            {
                Token.ThrowIfCancellationRequested();
                _tree.Clock.Advance(MonitoredTree.Quiet);
                await Task.Yield();
            }

            _release.SetResult();
            await _tree.SettleAsync();
        }

        public void Dispose() => _release.TrySetResult();
    }
}
