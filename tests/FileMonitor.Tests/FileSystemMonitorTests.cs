using FileMonitor.Extending;
using FileMonitor.Testing;
using FluentAssertions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Tests;

/// <summary>The life of a monitor: start, stop, and what happens to what is under way then.</summary>
public sealed class FileSystemMonitorTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Wrong_options_are_all_told_at_once()
    {
        FluentActions.Invoking(() => FileSystemMonitor.Create(options => options.MaxEventsPerSecond = -1))
            .Should().Throw<OptionsValidationException>().Which.Failures.Should().HaveCount(2);
        FluentActions.Invoking(() => FileSystemMonitor.Create(null!)).Should().Throw<ArgumentNullException>();
    }

    [Fact]
    public async Task It_starts_once_and_never_after_a_stop()
    {
        await using var tree = await MonitoredTree.StartAsync();
        tree.Monitor.GetHealth().State.Should().Be(MonitorState.Running);
        await tree.Monitor.Invoking(one => one.StartAsync(Token)).Should().ThrowAsync<InvalidOperationException>();
        await tree.StopAsync();
        tree.Monitor.GetHealth().State.Should().Be(MonitorState.Stopped);
        await tree.Monitor.Invoking(one => one.StartAsync(Token)).Should().ThrowAsync<InvalidOperationException>();
    }

    [Theory]
    [InlineData("", "(unnamed)")]
    [InlineData("inbox", "inbox")]
    public async Task The_log_names_it(string name, string expected)
    {
        using var log = new CapturingLog();
        await using (var monitor = FileSystemMonitor.Create(static options => options.AddRoot(Path.GetTempPath(), root => root.Recursive = false), parts => (parts.Name, parts.LoggerFactory) = (name, log)))
        {
            await monitor.StartAsync(Token);
        }

        log.Messages.Where(message => message.StartsWith("Monitor ", StringComparison.Ordinal)).Should().HaveCount(3).And.OnlyContain(message => message.StartsWith($"Monitor {expected} ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_that_was_never_started_can_be_stopped_and_read()
    {
        var tree = MonitoredTree.Create();
        var reading = ReadAsync(tree.Monitor);
        await tree.StopAsync();
        (await reading.WaitAsync(Deadline, Token)).Should().BeEmpty();
        await tree.DisposeAsync();
        tree.Monitor.Dispose();
        await tree.Monitor.Invoking(one => one.StartAsync(Token)).Should().ThrowAsync<InvalidOperationException>();
    }

    [Fact]
    public async Task It_can_be_disposed_by_many_at_once_and_again()
    {
        var tree = await MonitoredTree.StartAsync();
        await tree.PlayAsync("write a 1");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => tree.Monitor.DisposeAsync().AsTask(), Token))).WaitAsync(Deadline, Token);
        await tree.DisposeAsync();
        tree.Monitor.Dispose();

        tree.Tree.Source.IsDisposed.Should().BeTrue();
        tree.Describe(await tree.StopAsync()).Should().Be("C a 1");
    }

    [Fact]
    public async Task Disposed_without_waiting_it_still_tells_what_it_knows()
    {
        var tree = await MonitoredTree.StartAsync();
        await tree.PlayAsync("write a 1; mkdir d");
        var reading = ReadAsync(tree.Monitor);
        tree.Monitor.Dispose();
        await tree.Monitor.StopAsync(Token).WaitAsync(Deadline, Token);

        (await reading).Where(said => said.Kind == AuditEventKind.Created).Select(said => said.RelativePath).Should().BeEquivalentTo("a", "d");
        tree.Counters.Should().BeEquivalentTo(new { Pending = 0L, Balances = true });
    }

    [Fact]
    public async Task A_source_that_cannot_start_is_the_error_of_the_start_and_of_every_reader()
    {
        var failure = new IOException("no watches left");
        var tree = MonitoredTree.Create();
        tree.Tree.Starting = () => throw failure;
        var reading = ReadAsync(tree.Monitor);

        (await tree.Monitor.Invoking(one => one.StartAsync(Token)).Should().ThrowAsync<IOException>()).Which.Should().BeSameAs(failure);
        (await FluentActions.Awaiting(() => reading.WaitAsync(Deadline, Token)).Should().ThrowAsync<IOException>()).Which.Should().BeSameAs(failure);
        tree.Monitor.GetHealth().Should().BeEquivalentTo(new { State = MonitorState.Faulted, Fault = failure });
        tree.Tree.Source.IsDisposed.Should().BeTrue();
        await tree.DisposeAsync();
        tree.Monitor.GetHealth().State.Should().Be(MonitorState.Faulted);
    }

    [Fact]
    public async Task A_source_that_cannot_be_made_is_the_error_of_the_start()
    {
        var tree = MonitoredTree.Create("", components: parts => parts.Source = () => throw new IOException("not here"));
        await tree.Monitor.Invoking(one => one.StartAsync(Token)).Should().ThrowAsync<IOException>();
        await tree.DisposeAsync();
    }

    [Fact]
    public async Task A_view_that_throws_during_the_baseline_fails_the_start()
    {
        var tree = MonitoredTree.Create();
        tree.Tree.Files.OnList = _ => throw new InvalidOperationException("a defect of the host");
        await tree.Monitor.Invoking(one => one.StartAsync(Token)).Should().ThrowAsync<InvalidOperationException>();
        tree.Tree.Source.IsDisposed.Should().BeTrue();
        await tree.DisposeAsync();
    }

    [Fact]
    public async Task A_start_can_be_given_up()
    {
        var tree = MonitoredTree.Create();
        tree.Tree.Starting = () => new TaskCompletionSource().Task;
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var starting = tree.Monitor.StartAsync(cancelled.Token);
        await cancelled.CancelAsync();

        await FluentActions.Awaiting(() => starting.WaitAsync(Deadline, Token)).Should().ThrowAsync<OperationCanceledException>();
        tree.Tree.Source.IsDisposed.Should().BeTrue();
        await tree.DisposeAsync();
    }

    [Fact]
    public async Task A_stop_during_the_start_ends_it()
    {
        var tree = MonitoredTree.Create();
        var armed = new TaskCompletionSource();
        tree.Tree.Starting = () =>
        {
            armed.SetResult();
            return new TaskCompletionSource().Task;
        };
        var starting = tree.Monitor.StartAsync(Token);
        await armed.Task;
        await tree.StopAsync();

        await FluentActions.Awaiting(() => starting.WaitAsync(Deadline, Token)).Should().ThrowAsync<OperationCanceledException>();
        (await ReadAsync(tree.Monitor)).Should().BeEmpty("a stop that was asked for is no error");
        tree.Monitor.GetHealth().State.Should().Be(MonitorState.Stopped);
        await tree.DisposeAsync();
    }

    [Fact]
    public async Task What_happens_between_arming_and_the_end_of_the_baseline_is_said_once()
    {
        await using var tree = MonitoredTree.Create("a=1");
        tree.Tree.Starting = () => tree.PlayAsync("write early 1; append a 2");
        await tree.Monitor.StartAsync(Token);
        await tree.SettleAsync();

        // Both were found by the baseline; what the hints add is that somebody wrote there.
        (await tree.StopAndDescribeAsync()).Split(", ").Should().BeEquivalentTo("M early ?→1", "M a ?→12");
    }

    [Fact]
    public async Task A_stop_delivers_everything_that_was_accepted()
    {
        await using var tree = await MonitoredTree.StartAsync();
        var reading = ReadAsync(tree.Monitor);
        for (var file = 0; file < 500; file++)
        {
            await tree.PlayAsync($"write {file} {file}");
        }

        // Nothing is due yet: no time has passed.
        var said = await tree.StopAsync();
        said.Should().HaveCount(500).And.OnlyContain(one => one.Kind == AuditEventKind.Created && one.ChecksumStatus == ChecksumStatus.Computed);
        (await reading.WaitAsync(Deadline, Token)).Select(one => one.Id).Should().Equal(said.Select(one => one.Id));
        tree.Sink.Flushes.Should().Be(1);
        tree.Counters.Should().BeEquivalentTo(new { Emitted = 500L, Lost = 0L });
        tree.Tree.WriteFile("late", "");
        tree.Sink.Events.Should().HaveCount(500);
    }

    [Fact]
    public async Task What_the_deadline_cuts_off_is_said_without_checksum_counted_and_reported()
    {
        var reading = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        await using var tree = await MonitoredTree.StartAsync("", options =>
        {
            options.Checksum.Concurrency = 1;
            options.ShutdownTimeout = TimeSpan.FromSeconds(30);
        });
        tree.Tree.Files.OnOpen = _ =>
        {
            reading.TrySetResult();
            release.Task.Wait(Token);
        };
        var listening = ReadAsync(tree.Monitor);
        await tree.PlayAsync("write a 1; write b 2; write c 3");
        var stopping = tree.StopAsync();
        await reading.Task.WaitAsync(Deadline, Token);
        await tree.UntilAsync(() => tree.Monitor.GetHealth() is { State: MonitorState.Stopping, FilesWaitingToBeRead: 2 });
        tree.Clock.Advance(TimeSpan.FromSeconds(30));
        await tree.UntilAsync(() => tree.Monitor.GetHealth().FilesWaitingToBeRead == 0);
        release.SetResult();
        await stopping;

        var said = await listening.WaitAsync(Deadline, Token);
        said = [.. said.Where(one => one.Gap?.Cause != GapCause.SinkFailed)];
        said.Select(one => one.Kind).Should().Equal(AuditEventKind.Created, AuditEventKind.Created, AuditEventKind.Created, AuditEventKind.Gap);
        said.Count(one => one.ChecksumStatus == ChecksumStatus.Abandoned).Should().BeInRange(2, 3);
        said[^1].Should().BeEquivalentTo(new { Gap = new { Cause = GapCause.ShutdownTimeout, Lost = (long)said.Count(one => one.ChecksumStatus == ChecksumStatus.Abandoned) } });
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_to_the_end_is_left_behind_and_counted_as_lost()
    {
        var reading = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        await using var tree = await MonitoredTree.StartAsync("", options => options.ShutdownTimeout = TimeSpan.FromSeconds(30));
        tree.Tree.Files.OnRead = _ =>
        {
            reading.TrySetResult();
            release.Task.Wait(Token);
        };
        var listening = ReadAsync(tree.Monitor);
        await tree.PlayAsync("write a 1");
        var stopping = tree.Monitor.StopAsync(Token);
        await reading.Task.WaitAsync(Deadline, Token);
        await tree.AdvanceUntilAsync(() => tree.Log.Has("StopStepFailed"));
        await stopping.WaitAsync(Deadline, Token);
        release.SetResult();

        (await listening.WaitAsync(Deadline, Token)).Should().ContainEquivalentOf(new { Gap = new { Cause = GapCause.ShutdownTimeout, Lost = 2L } });
        tree.Counters.Should().BeEquivalentTo(new { Pending = 0L, Balances = true, Lost = tree.Counters.Received });
        tree.Monitor.GetHealth().State.Should().Be(MonitorState.Stopped);
    }

    [Fact]
    public async Task A_required_sink_that_hangs_ends_with_the_deadline_and_readers_get_the_rest()
    {
        await using var tree = await MonitoredTree.StartAsync("", options =>
        {
            options.ShutdownTimeout = TimeSpan.FromSeconds(30);
            options.Readers.BufferCapacity = 100_000;
        });
        tree.Sink.HoldUntil = new TaskCompletionSource().Task;
        var reading = ReadAsync(tree.Monitor);
        for (var file = 0; file < 20; file++)
        {
            await tree.PlayAsync($"write {file} {file}");
        }

        var stopping = tree.Monitor.StopAsync(Token);
        await tree.UntilAsync(() => tree.Sink.Attempts > 0);
        await tree.AdvanceUntilAsync(() => tree.Monitor.GetHealth().Sinks[0].Dropped > 0);
        await stopping.WaitAsync(Deadline, Token);

        var read = await reading.WaitAsync(Deadline, Token);
        read.Count(one => one.Kind == AuditEventKind.Created).Should().Be(20);
        read.Where(one => one.Gap?.Cause == GapCause.SinkFailed).Should().NotBeEmpty();
        tree.Monitor.GetHealth().Sinks.Should().ContainSingle().Which.Dropped.Should().BeGreaterThanOrEqualTo(20);
        tree.Counters.Balances.Should().BeTrue();
    }

    [Fact]
    public async Task A_source_that_blocks_when_it_is_disposed_ends_with_the_deadline()
    {
        using var source = new BlockingSource();
        var tree = MonitoredTree.Create("", options => options.ShutdownTimeout = TimeSpan.FromSeconds(30), parts => parts.Source = () => source);
        await tree.Monitor.StartAsync(Token);
        tree.Tree.Files.WriteFile(tree.Tree.PathOf("a"), "1");
        source.Write("a");
        var reading = ReadAsync(tree.Monitor);
        var stopping = tree.Monitor.StopAsync(Token);
        await tree.AdvanceUntilAsync(() => tree.Log.Has("StopStepFailed"));
        await stopping.WaitAsync(Deadline, Token);

        (await reading.WaitAsync(Deadline, Token)).Should().Contain(one => one.Kind == AuditEventKind.Created);
        tree.Counters.Should().BeEquivalentTo(new { Pending = 0L, Balances = true });
    }

    [Fact]
    public async Task A_sink_that_is_slow_holds_the_pipeline_back_and_loses_nothing()
    {
        const int Files = 6_000;
        var release = new TaskCompletionSource();
        await using var tree = await MonitoredTree.StartAsync("", options =>
        {
            options.Checksum.Enabled = false;
            options.Debounce.QuietPeriod = TimeSpan.Zero;
        });
        tree.Sink.HoldUntil = release.Task;
        for (var file = 0; file < Files; file++)
        {
            tree.Tree.WriteFile($"{file}", "");
        }

        // Held at the stream, it goes on taking hints.
        await tree.UntilAsync(() => tree.Monitor.GetHealth().QueueLength == 0);
        tree.Counters.Should().BeEquivalentTo(new { Balances = true, Lost = 0L });
        tree.Counters.Pending.Should().BePositive();
        release.SetResult();
        (await tree.StopAsync()).Should().HaveCount(Files).And.OnlyContain(said => said.Kind == AuditEventKind.Created);
    }

    [Fact]
    public async Task A_reader_that_never_reads_holds_up_the_others_once()
    {
        var clock = new FakeTimeProvider();
        var tree = new ScriptedTree();
        await using var monitor = FileSystemMonitor.Create(
            options =>
            {
                options.AddRoot(tree.Root);
                options.Readers.BufferCapacity = 4;
                options.Debounce.QuietPeriod = TimeSpan.Zero;
                options.Checksum.Enabled = false;
            },
            parts => tree.Use(parts).TimeProvider = clock);
        _ = monitor.ReadAllAsync(Token);
        var reading = ReadAsync(monitor);
        await monitor.StartAsync(Token);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(Deadline);
        for (var file = 0; file < 100; file++)
        {
            tree.WriteFile($"{file}", "");
            while (monitor.GetHealth().Counters.Events < Math.Min(file + 1, 5))
            {
                patience.Token.ThrowIfCancellationRequested();
                await Task.Yield();
            }
        }

        // The fifth waits for it; after that nobody does. Time passes only while the other one keeps up, or it would be late as well.
        while (monitor.GetHealth().Readers is [{ IsLagging: false }, var other])
        {
            patience.Token.ThrowIfCancellationRequested();
            if (other.Buffered == 0)
            {
                clock.Advance(TimeSpan.FromSeconds(1));
            }

            await Task.Yield();
        }

        await monitor.StopAsync(Token).WaitAsync(Deadline, Token);
        var read = await reading.WaitAsync(Deadline, Token);
        read.Where(one => one.Kind == AuditEventKind.Created).Should().HaveCount(100);
    }

    [Fact]
    public async Task A_logger_that_throws_takes_nothing_from_the_stream()
    {
        await using var tree = await MonitoredTree.StartAsync();
        tree.Log.ThrowOn = "GapOpened";
        tree.Tree.Source.Lose("", GapCause.SourceError, "");
        await tree.PlayAsync("write a 1; wait");
        var said = await tree.StopAsync();

        said.Select(one => one.Kind).Should().BeEquivalentTo([AuditEventKind.Gap, AuditEventKind.Created, AuditEventKind.Gap]);
        tree.Monitor.GetHealth().State.Should().Be(MonitorState.Stopped);
    }

    [Theory]
    [InlineData(typeof(InvalidOperationException))]
    [InlineData(typeof(OperationCanceledException))] // a host's own, which must not look like ours
    public async Task A_view_that_throws_costs_one_change_and_says_so(Type exception)
    {
        await using var tree = MonitoredTree.Create("d/x=1", components: parts => parts.FileView = new ThrowingView(parts.FileView!, exception));
        tree.ExpectsDefects = true;
        await tree.Monitor.StartAsync(Token);
        await tree.PlayAsync("write bad 1; write good 2; mv d/x d/bad; write d/x 3; wait");
        var said = await tree.StopAsync();

        tree.Describe(said).Split(", ").Should().BeEquivalentTo("C good 2", "M d/x ?→3", "X InternalError");
        tree.Counters.Lost.Should().BeGreaterThanOrEqualTo(3, "the two hints of one file, and a rename, and each attempt to make it good");
        said.Single(one => one.Kind == AuditEventKind.Gap).Should().BeEquivalentTo(new { Gap = new { Phase = GapPhase.Opened }, Root = tree.Tree.Root });
    }

    [Fact]
    public async Task Several_roots_are_told_apart()
    {
        await using var tree = MonitoredTree.Create("a=1", options => options.AddRoot(MonitoredTree.OtherRoot));
        tree.Tree.Files.WriteFile(Path.Join(MonitoredTree.OtherRoot, "a"), "2");
        await tree.Monitor.StartAsync(Token);
        await tree.PlayAsync("append a 1");
        tree.Tree.Files.Delete(Path.Join(MonitoredTree.OtherRoot, "a"));
        tree.Tree.Source.Hint(FileChangeKind.Deleted, "a", root: 1);
        await tree.SettleAsync();

        (await tree.StopAsync()).Select(said => $"{said.Kind} {said.Path}").Should().BeEquivalentTo($"Modified {tree.Tree.PathOf("a")}", $"Deleted {Path.Join(MonitoredTree.OtherRoot, "a")}");
    }

    [Fact]
    public async Task A_hint_at_nothing_changes_nothing()
    {
        await using var tree = await MonitoredTree.StartAsync();
        tree.Tree.Source.Hint(FileChangeKind.Modified, "nothing/there");
        tree.Tree.Source.Hint(FileChangeKind.Renamed, "nothing", "neither");
        await tree.SettleAsync();
        (await tree.StopAsync()).Should().BeEmpty();
        tree.Counters.Suppressed.Should().Be(2);
    }

    private static async Task<List<AuditEvent>> ReadAsync(FileSystemMonitor monitor)
    {
        var read = new List<AuditEvent>();
        await foreach (var one in monitor.ReadAllAsync(Token))
        {
            read.Add(one);
        }

        return read;
    }

    private sealed class BlockingSource : IChangeSource, IDisposable
    {
        private readonly ManualResetEventSlim _release = new();
        private IReadOnlyList<MonitoredRoot> _roots = [];
        private IChangeWriter? _changes;

        public string Name => "Blocking";

        public Task StartAsync(IReadOnlyList<MonitoredRoot> roots, IChangeWriter changes, CancellationToken cancellationToken)
        {
            (_roots, _changes) = (roots, changes);
            return Task.CompletedTask;
        }

        public void Write(string path) => _changes!.Write(new FileChange(FileChangeKind.Created, _roots[0], path));

        public ValueTask DisposeAsync()
        {
            _release.Wait();
            return ValueTask.CompletedTask;
        }

        public void Dispose() => _release.Set();
    }

    /// <summary>A host's view with a defect: it throws for whatever is called "bad".</summary>
    private sealed class ThrowingView(IFileView view, Type exception) : IFileView
    {
        public FileStatus GetStatus(string root, string relativePath) =>
            relativePath.EndsWith("bad", StringComparison.Ordinal) ? throw (Exception)Activator.CreateInstance(exception)! : view.GetStatus(root, relativePath);

        public string? GetLinkTarget(string root, string relativePath, out FileStatus link) => view.GetLinkTarget(root, relativePath, out link);

        public FileOpening Open(string root, string relativePath) => view.Open(root, relativePath);

        public FileStatusOutcome List(string root, string relativeDirectory, Action<string, FileStatus> found) => view.List(root, relativeDirectory, found);
    }
}
