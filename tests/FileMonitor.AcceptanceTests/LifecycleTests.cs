using System.Globalization;
using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests;

/// <summary>Start, read, stop, dispose, in every order a host may come up with, on a real disk.</summary>
public sealed class LifecycleTests
{
    [Fact]
    public async Task A_file_written_right_after_the_start_is_told_every_time()
    {
        for (var run = 0; run < 50; run++)
        {
            using var home = new TemporaryDirectory();
            await using var monitor = Create(home);
            var written = Path.GetTempFileName();
            await File.WriteAllTextAsync(written, "one", TestContext.Current.CancellationToken);
            await monitor.StartAsync(TestContext.Current.CancellationToken);

            // Moved in, so that a machine that stalls in the middle of a write does not make two changes of it.
            File.Move(written, home.PathOf("f"));

            var first = await FirstAsync(monitor);

            (first.Kind, first.RelativePath, first.Sha256).Should().Be((AuditEventKind.Created, "f", Content.Sha256("one")));
        }
    }

    [Fact]
    public async Task What_was_told_before_anyone_read_is_not_lost()
    {
        using var home = new TemporaryDirectory();
        await using var monitor = Create(home);
        var written = Path.GetTempFileName();
        await File.WriteAllTextAsync(written, "one", TestContext.Current.CancellationToken);
        await monitor.StartAsync(TestContext.Current.CancellationToken);

        // Moved in, so that a machine that stalls between making the file and writing it does not make two changes of it.
        File.Move(written, home.PathOf("f"));
        await UntilAsync(() => monitor.GetHealth().Counters.Events == 1);
        await monitor.StopAsync(TestContext.Current.CancellationToken);

        var events = await ReadAsync(monitor);

        events.Should().ContainSingle().Which.RelativePath.Should().Be("f");
    }

    [Fact]
    public async Task Twenty_can_dispose_it_at_once_and_again()
    {
        using var home = new TemporaryDirectory();
        var monitor = Create(home);
        await monitor.StartAsync(TestContext.Current.CancellationToken);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(async () => await monitor.DisposeAsync()))).WaitAsync(WatchedDirectory.Deadline, TestContext.Current.CancellationToken);
        await monitor.DisposeAsync();
        monitor.Dispose();

        monitor.GetHealth().State.Should().Be(MonitorState.Stopped);
        (await ReadAsync(monitor)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_monitor_that_was_never_started_is_disposed_and_its_readers_end()
    {
        using var home = new TemporaryDirectory();
        var monitor = Create(home);
        var reading = ReadAsync(monitor);

        await monitor.DisposeAsync();

        (await reading).Should().BeEmpty();
        monitor.GetHealth().State.Should().Be(MonitorState.Stopped);
        await monitor.Invoking(one => one.StartAsync()).Should().ThrowAsync<InvalidOperationException>();
    }

    [Fact]
    public async Task A_failed_start_says_why_to_everyone_and_leaves_nothing_to_stop()
    {
        using var home = new TemporaryDirectory();
        var monitor = FileSystemMonitor.Create(options => options.AddRoot(home.PathOf("missing")).RootsMustExist = true);
        var reading = ReadAsync(monitor);

        await monitor.Invoking(one => one.StartAsync()).Should().ThrowAsync<DirectoryNotFoundException>().WithMessage($"*{home.PathOf("missing")}*");

        await FluentActions.Awaiting(() => reading).Should().ThrowAsync<DirectoryNotFoundException>();
        await monitor.DisposeAsync();
        await monitor.DisposeAsync();
        monitor.Dispose();
        monitor.GetHealth().State.Should().Be(MonitorState.Faulted);
        monitor.GetHealth().Fault.Should().BeOfType<DirectoryNotFoundException>();
    }

    [Fact]
    public async Task A_start_that_is_given_up_is_cancelled()
    {
        using var home = new TemporaryDirectory();
        await using var monitor = Create(home);

        await monitor.Invoking(one => one.StartAsync(new CancellationToken(canceled: true))).Should().ThrowAsync<OperationCanceledException>();

        await monitor.Invoking(one => one.StartAsync()).Should().ThrowAsync<InvalidOperationException>("a monitor goes through its life once");
    }

    [Fact]
    public async Task Stopping_while_it_starts_ends_both()
    {
        for (var run = 0; run < 30; run++)
        {
            using var home = new TemporaryDirectory();
            var logger = new CapturingLoggerFactory();
            var monitor = FileSystemMonitor.Create(options => options.AddRoot(home.Root), components => components.LoggerFactory = logger);
            var starting = Task.Run(() => monitor.StartAsync(), TestContext.Current.CancellationToken);
            await UntilAsync(() => monitor.GetHealth().State != MonitorState.Created);

            await monitor.DisposeAsync().AsTask().WaitAsync(WatchedDirectory.Deadline, TestContext.Current.CancellationToken);

            var started = async () => await starting;
            if (!starting.IsCompletedSuccessfully)
            {
                await started.Should().ThrowAsync<OperationCanceledException>();
            }

            logger.Warnings.Should().BeEmpty("ending early is no defect");
        }
    }

    [Fact]
    public async Task An_abrupt_dispose_completes_readers_every_time()
    {
        for (var run = 0; run < 50; run++)
        {
            using var home = new TemporaryDirectory();
            var logger = new CapturingLoggerFactory();
            var monitor = FileSystemMonitor.Create(options => options.AddRoot(home.Root), components => components.LoggerFactory = logger);
            await monitor.StartAsync(TestContext.Current.CancellationToken);
            var readings = Enumerable.Range(0, 3).Select(_ => ReadAsync(monitor)).ToList();
            await File.WriteAllTextAsync(home.PathOf("f"), "one", TestContext.Current.CancellationToken);

            monitor.Dispose();

            await Task.WhenAll(readings).WaitAsync(WatchedDirectory.Deadline, TestContext.Current.CancellationToken);
            logger.Warnings.Should().NotContain(warning => warning.Contains("step", StringComparison.Ordinal), "every step of the stop ends when told to hurry");
        }
    }

    [Fact]
    public async Task A_stop_completes_readers_with_all_that_was_told()
    {
        await using var watched = await WatchedDirectory.StartAsync(configure: options => options.Report.Baseline = false);
        var readings = Enumerable.Range(0, 3).Select(_ => ReadAsync(watched.Monitor)).ToList();
        await File.WriteAllTextAsync(watched.PathOf("f"), "one", TestContext.Current.CancellationToken);

        await watched.DoneAsync();

        foreach (var events in await Task.WhenAll(readings).WaitAsync(WatchedDirectory.Deadline, TestContext.Current.CancellationToken))
        {
            events.Select(one => one.Sequence).Should().Equal(watched.Events.Select(one => one.Sequence));
        }
    }

    [Fact]
    public async Task A_reader_that_is_cancelled_stops_and_the_others_go_on()
    {
        await using var watched = await WatchedDirectory.StartAsync(configure: options => options.Report.Baseline = false);
        using var enough = new CancellationTokenSource();
        var cancelled = ReadUntilAsync(watched.Monitor, enough.Token);
        await File.WriteAllTextAsync(watched.PathOf("before"), "one", TestContext.Current.CancellationToken);
        await watched.UntilAsync(one => one.RelativePath == "before", "event");

        await enough.CancelAsync();

        await FluentActions.Awaiting(() => cancelled).Should().ThrowAsync<OperationCanceledException>();
        await File.WriteAllTextAsync(watched.PathOf("after"), "two", TestContext.Current.CancellationToken);
        (await watched.DoneAsync()).Select(one => one.RelativePath).Should().BeEquivalentTo("before", "after");
        watched.Monitor.GetHealth().Readers.Should().BeEmpty("who stopped reading is no reader any more");
    }

    [Fact]
    public async Task Fifty_monitors_come_and_go_while_files_are_written()
    {
        using var home = new TemporaryDirectory();
        using var enough = new CancellationTokenSource();
        var writing = Enumerable.Range(0, 2).Select(writer => Task.Run(() => WriteUntil(home, writer, enough.Token))).ToList();
        try
        {
            for (var run = 0; run < 50; run++)
            {
                // Files that never come to rest are not tried for long.
                await using var monitor = Create(home, options => options.Checksum.Attempts = 1);
                await monitor.StartAsync(TestContext.Current.CancellationToken);
                var reading = ReadAsync(monitor);
                await monitor.StopAsync(TestContext.Current.CancellationToken).WaitAsync(WatchedDirectory.Deadline, TestContext.Current.CancellationToken);
                await reading.WaitAsync(WatchedDirectory.Deadline, TestContext.Current.CancellationToken);

                var counters = monitor.GetHealth().Counters;
                counters.Balances.Should().BeTrue();
                (counters.Pending, counters.Lost).Should().Be((0, 0));
            }
        }
        finally
        {
            await enough.CancelAsync();
            await Task.WhenAll(writing);
        }
    }

    [Fact]
    public async Task A_defect_ends_the_monitor_loudly_and_it_is_still_disposed_in_order()
    {
        using var home = new TemporaryDirectory();
        var logger = new CapturingLoggerFactory();
        var clock = new BreakableClock();
        var monitor = FileSystemMonitor.Create(
            options => options.AddRoot(home.Root),
            components => (components.TimeProvider, components.LoggerFactory) = (clock, logger));
        await monitor.StartAsync(TestContext.Current.CancellationToken);
        var reading = ReadAsync(monitor);

        clock.IsBroken = true;
        await File.WriteAllTextAsync(home.PathOf("f"), "one", TestContext.Current.CancellationToken);

        await FluentActions.Awaiting(() => reading).Should().ThrowAsync<InvalidTimeZoneException>();
        monitor.GetHealth().State.Should().Be(MonitorState.Faulted);
        monitor.GetHealth().Fault.Should().BeOfType<InvalidTimeZoneException>();
        await monitor.DisposeAsync().AsTask().WaitAsync(WatchedDirectory.Deadline, TestContext.Current.CancellationToken);
        logger.Warnings.Should().NotContain(warning => warning.Contains(nameof(ObjectDisposedException), StringComparison.Ordinal));
    }

    private static FileSystemMonitor Create(TemporaryDirectory home, Action<FileMonitorOptions>? configure = null) => FileSystemMonitor.Create(options =>
    {
        options.AddRoot(home.Root);
        options.Debounce.QuietPeriod = TimeSpan.FromMilliseconds(10);
        configure?.Invoke(options);
    });

    private static void WriteUntil(TemporaryDirectory home, int writer, CancellationToken enough)
    {
        for (var step = 0; !enough.IsCancellationRequested; step++)
        {
            var directory = home.PathOf(string.Create(CultureInfo.InvariantCulture, $"{writer}/{step % 7}"));
            Directory.CreateDirectory(directory);
            File.WriteAllText(Path.Join(directory, $"{step % 5}"), $"{step}");
            if (step % 11 == 0)
            {
                Directory.Delete(directory, recursive: true);
            }
        }
    }

    private static async Task<AuditEvent> FirstAsync(FileSystemMonitor monitor)
    {
        using var deadline = new CancellationTokenSource(WatchedDirectory.Deadline);
        return await monitor.ReadAllAsync(deadline.Token).FirstAsync(deadline.Token);
    }

    private static Task<IReadOnlyList<AuditEvent>> ReadAsync(FileSystemMonitor monitor) => ReadUntilAsync(monitor, CancellationToken.None);

    private static async Task<IReadOnlyList<AuditEvent>> ReadUntilAsync(FileSystemMonitor monitor, CancellationToken enough)
    {
        using var deadline = new CancellationTokenSource(WatchedDirectory.Deadline);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, enough);
        return await monitor.ReadAllAsync(either.Token).ToListAsync(CancellationToken.None);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(WatchedDirectory.Deadline);
        while (!condition())
        {
            deadline.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>Stands for a defect of the monitor: nothing it does expects a clock to throw.</summary>
    private sealed class BreakableClock : TimeProvider
    {
        public bool IsBroken { get; set; }

        public override DateTimeOffset GetUtcNow() => IsBroken ? throw new InvalidTimeZoneException("The clock is broken.") : base.GetUtcNow();
    }
}
