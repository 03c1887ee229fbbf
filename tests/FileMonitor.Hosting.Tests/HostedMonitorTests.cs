using FileMonitor.Testing;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Xunit;

namespace FileMonitor.Hosting.Tests;

public sealed class HostedMonitorTests
{
    [Theory]
    [InlineData("")]
    [InlineData("uploads")]
    public async Task It_starts_and_stops_with_the_host(string name)
    {
        var builder = TestHost.Create();
        builder.Services.AddScripted(new ScriptedTree(), name).AsHostedService();
        using var host = builder.Build();
        host.State(name).Should().Be(MonitorState.Created);

        await host.StartWithinAsync();
        host.State(name).Should().Be(MonitorState.Running);

        await host.StopWithinAsync();
        host.State(name).Should().Be(MonitorState.Stopped);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("", false)]
    [InlineData("uploads", true)]
    [InlineData("uploads", false)]
    public async Task A_monitor_that_the_host_was_not_told_to_run_is_said_to_have_never_started(string name, bool isHosted)
    {
        var builder = TestHost.Create();
        var monitor = builder.Services.AddScripted(new ScriptedTree(), name);
        _ = isHosted ? monitor.AsHostedService() : monitor;
        var host = builder.Build();
        var log = host.Log();

        // Nobody asks the container for it: the check of its options is all that a host does.
        await host.StartWithinAsync();
        await host.StopWithinAsync();
        host.Dispose();

        log.Entries.Count(entry => entry == (LogLevel.Warning, "NeverStarted")).Should().Be(isHosted ? 0 : 1);
    }

    [Fact]
    public async Task It_is_hosted_once_however_often_it_was_asked_for_and_options_add_up()
    {
        var builder = TestHost.Create();
        builder.Services.AddScripted(new ScriptedTree(), "a").AsHostedService(options => options.StopHostOnFault = true).AsHostedService().AsHostedService(_ => { });
        builder.Services.AddScripted(new ScriptedTree(), "b").AsHostedService();
        builder.Services.AddScripted(new ScriptedTree()).AsHostedService().AsHostedService();
        using var host = builder.Build();

        host.Services.GetServices<IHostedService>().Select(service => service.GetType().Name).Should().Equal("HostedMonitor", "HostedMonitor", "HostedMonitor");
        host.Services.GetRequiredService<IOptionsMonitor<FileMonitorHostingOptions>>().Get("a").StopHostOnFault.Should().BeTrue();
        host.Services.GetRequiredService<IOptionsMonitor<FileMonitorHostingOptions>>().Get("b").StopHostOnFault.Should().BeFalse();
        await host.StartWithinAsync();
        new[] { host.State("a"), host.State("b"), host.State() }.Should().AllBeEquivalentTo(MonitorState.Running);
        await host.StopWithinAsync();
    }

    [Fact]
    public async Task What_is_pending_when_the_host_stops_is_in_the_sinks_before_the_host_has_stopped()
    {
        var (tree, sink) = (new ScriptedTree(), new CapturingSink());
        var builder = TestHost.Create();
        builder.Services.AddScripted(tree, sink: sink).AsHostedService();
        using var host = builder.Build();
        await host.StartWithinAsync();
        tree.WriteFile("report.csv", "1;2;3");
        sink.Events.Should().BeEmpty("its quiet period is an hour");

        await host.StopWithinAsync();

        sink.Events.Should().ContainSingle().Which.Should().BeEquivalentTo(new { Kind = AuditEventKind.Created, RelativePath = "report.csv", ChecksumStatus = ChecksumStatus.Computed });
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task A_reader_of_the_host_reads_from_the_first_event_to_the_last_wherever_it_was_registered(bool readerFirst, bool concurrently)
    {
        var tree = new ScriptedTree();
        tree.WriteFile("there", "at start");
        var builder = TestHost.Create();
        builder.Services.Configure<HostOptions>(options => options.ServicesStartConcurrently = options.ServicesStopConcurrently = concurrently);
        if (readerFirst)
        {
            builder.Services.AddHostedService<Reader>();
        }

        builder.Services.AddScripted(tree).AsHostedService();
        builder.Services.AddFileMonitor(options => options.Report.Baseline = true);
        if (!readerFirst)
        {
            builder.Services.AddHostedService<Reader>();
        }

        using var host = builder.Build();
        var reader = host.Services.GetServices<IHostedService>().OfType<Reader>().Single();
        await host.StartWithinAsync();
        tree.WriteFile("last", "pending at the stop");

        await host.StopWithinAsync();

        reader.ExecuteTask!.IsCompletedSuccessfully.Should().BeTrue();
        reader.Read.Should().Equal("Baseline there", "Created last");
    }

    [Fact]
    public async Task Readers_that_subscribe_when_they_are_made_get_everything_each()
    {
        var tree = new ScriptedTree();
        tree.WriteFile("there", "at start");
        var builder = TestHost.Create();
        builder.Services.AddScripted(tree).AsHostedService();
        builder.Services.AddFileMonitor(options => options.Report.Baseline = true);
        builder.Services.AddHostedService<Reader>().AddHostedService<SecondReader>();
        using var host = builder.Build();
        var readers = host.Services.GetServices<IHostedService>().OfType<Reader>().ToList();
        await host.StartWithinAsync();
        tree.WriteFile("last", "pending at the stop");

        await host.StopWithinAsync();

        readers.Should().HaveCount(2).And.AllSatisfy(reader => reader.Read.Should().Equal("Baseline there", "Created last"));
    }

    [Fact]
    public async Task Monitors_start_in_their_turn_and_stop_before_everyone()
    {
        var builder = TestHost.Create();
        builder.Services.AddSingleton<IHostedService>(provider => new Witness(provider, "before"));
        builder.Services.AddScripted(new ScriptedTree()).AsHostedService();
        builder.Services.AddSingleton<IHostedService>(provider => new Witness(provider, "after"));
        using var host = builder.Build();
        await host.StartWithinAsync();
        await host.StopWithinAsync();

        host.Services.GetServices<IHostedService>().OfType<Witness>().Select(witness => (witness.AtStart, witness.AtStop)).Should().Equal(
            (MonitorState.Created, MonitorState.Stopped),
            (MonitorState.Running, MonitorState.Stopped));
    }

    [Fact]
    public async Task A_host_that_knows_only_start_and_stop_starts_and_stops_it()
    {
        var services = new ServiceCollection();
        services.AddScripted(new ScriptedTree()).AsHostedService();
        await using var provider = services.BuildServiceProvider();
        var service = provider.GetServices<IHostedService>().Single();

        await service.StartAsync(TestContext.Current.CancellationToken);
        provider.GetRequiredService<FileSystemMonitor>().GetHealth().State.Should().Be(MonitorState.Running);
        await service.StopAsync(TestContext.Current.CancellationToken);
        provider.GetRequiredService<FileSystemMonitor>().GetHealth().State.Should().Be(MonitorState.Stopped);
    }

    [Fact]
    public async Task Bad_options_fail_the_start_also_where_a_service_asks_for_the_monitor_first()
    {
        var builder = TestHost.Create();
        builder.Services.AddFileMonitor(options => options.Queue.Capacity = 0).AsHostedService();
        builder.Services.AddHostedService<Reader>();
        using var host = builder.Build();

        (await host.Awaiting(one => one.StartWithinAsync()).Should().ThrowAsync<OptionsValidationException>()).Which.Failures.Should().HaveCount(2);
    }

    [Theory]
    [InlineData("a", "b")]
    [InlineData("b", "a")]
    public async Task All_monitors_stop_at_the_same_time(string held, string free)
    {
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var trees = new Dictionary<string, ScriptedTree> { ["a"] = new(), ["b"] = new() };
        var sinks = new Dictionary<string, CapturingSink> { [held] = new() { HoldUntil = released.Task }, [free] = new() };
        var builder = TestHost.Create();
        builder.Services.AddScripted(trees["a"], "a", sinks["a"]).AsHostedService();
        builder.Services.AddScripted(trees["b"], "b", sinks["b"]).AsHostedService();
        using var host = builder.Build();
        await host.StartWithinAsync();
        trees["a"].WriteFile("x", "1");
        trees["b"].WriteFile("x", "1");

        // One takes its event only once the other has its own, which it gets by being stopped.
        var stopping = host.StopWithinAsync();
        await sinks[free].WaitForAsync(events => events.Count == 1, TestContext.Current.CancellationToken).WaitAsync(TestHost.Deadline, TestContext.Current.CancellationToken);
        released.SetResult();
        await stopping;

        sinks[held].Events.Should().ContainSingle();
    }

    [Fact]
    public async Task The_hosts_shutdown_timeout_cuts_the_stop_short_and_what_is_cut_off_is_counted()
    {
        var tree = new ScriptedTree();
        var sink = new CapturingSink { HoldUntil = new TaskCompletionSource().Task };
        var builder = TestHost.Create();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromMilliseconds(100));
        builder.Services.AddScripted(tree, sink: sink).AsHostedService();
        using var host = builder.Build();
        await host.StartWithinAsync();
        tree.WriteFile("x", "1");

        // The monitor itself would wait for a minute. What the host makes of its own timeout is its affair.
        await host.StopAsync(TestContext.Current.CancellationToken).WaitAsync(TestHost.Deadline, TestContext.Current.CancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

        var health = host.Monitor().GetHealth();
        health.State.Should().Be(MonitorState.Stopped);
        health.Counters.Balances.Should().BeTrue();
        health.Sinks.Should().ContainSingle().Which.Dropped.Should().BePositive();
        host.Log().Entries.Should().Contain((LogLevel.Warning, "ShutdownTimeout"));
    }

    [Fact]
    public async Task A_monitor_that_cannot_start_fails_the_start_of_the_host()
    {
        using var home = new TemporaryDirectory();
        var builder = TestHost.Create();
        builder.Services.AddScripted(new ScriptedTree(), "first").AsHostedService();
        builder.Services.AddFileMonitor("uploads", options => options.AddRoot(home.PathOf("missing")).RootsMustExist = true).AsHostedService();
        var host = builder.Build();
        var first = host.Monitor("first");

        await host.Awaiting(one => one.StartWithinAsync()).Should().ThrowAsync<DirectoryNotFoundException>();

        await ((IAsyncDisposable)host).DisposeAsync().AsTask().WaitAsync(TestHost.Deadline, TestContext.Current.CancellationToken);
        first.GetHealth().State.Should().Be(MonitorState.Stopped);
    }

    [Fact]
    public async Task A_host_that_stops_without_having_started_stops()
    {
        var builder = TestHost.Create();
        builder.Services.AddScripted(new ScriptedTree()).AsHostedService();
        using var host = builder.Build();
        await host.StopWithinAsync();
        host.State().Should().Be(MonitorState.Created);
    }

    [Fact]
    public async Task A_fault_leaves_the_host_running_and_is_logged()
    {
        var (tree, clock) = (new ScriptedTree(), new BreakableClock());
        var builder = TestHost.Create();
        builder.Services.AddSingleton<TimeProvider>(clock);
        builder.Services.AddScripted(tree).AsHostedService();
        using var host = builder.Build();
        await host.StartWithinAsync();

        await BreakAsync(host, clock, tree);

        host.Log().Entries.Should().Contain((LogLevel.Critical, "MonitorFaulted"));
        host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested.Should().BeFalse();
        await host.StopWithinAsync();
    }

    [Theory]
    [InlineData("uploads", "uploads")]
    [InlineData("", "(unnamed)")]
    public async Task A_fault_ends_the_host_with_an_error_where_that_was_asked_for(string name, string inLog)
    {
        var (tree, clock) = (new ScriptedTree(), new BreakableClock());
        var builder = TestHost.Create();
        builder.Services.AddSingleton<TimeProvider>(clock);
        builder.Services.AddScripted(tree, name).AsHostedService(options => options.StopHostOnFault = true);
        var host = builder.Build();
        var log = host.Log();
        await host.StartWithinAsync();

        await BreakAsync(host, clock, tree, name);
        var run = () => host.WaitForShutdownAsync(TestContext.Current.CancellationToken).WaitAsync(TestHost.Deadline, TestContext.Current.CancellationToken);

        (await run.Should().ThrowAsync<InvalidOperationException>().WithMessage($"File monitor \"{name}\" has ended by an error: The clock is broken.")).WithInnerException<InvalidTimeZoneException>();
        log.Entries.Should().Contain((LogLevel.Critical, "HostStopping"));
        log.Messages.Should().Contain($"Monitor {inLog} has ended by an error; the host is stopped, as StopHostOnFault says");
        await ((IAsyncDisposable)host).DisposeAsync();
    }

    [Fact]
    public async Task Without_a_fault_the_host_ends_in_peace_where_it_would_have_stopped()
    {
        var builder = TestHost.Create();
        builder.Services.AddScripted(new ScriptedTree()).AsHostedService(options => options.StopHostOnFault = true);
        using var host = builder.Build();
        await host.StartWithinAsync();
        await host.StopWithinAsync();
        host.Log().Entries.Select(entry => entry.Name).Should().NotContain("HostStopping");
    }

    [Fact]
    public async Task A_real_directory_is_watched_from_start_to_stop()
    {
        using var home = new TemporaryDirectory();
        var sink = new CapturingSink();
        var builder = TestHost.Create();
        builder.Services.AddFileMonitor("uploads", options => options.AddRoot(home.Root).Debounce.QuietPeriod = TimeSpan.FromMilliseconds(10))
            .AddSink(_ => sink, SinkPromise.Required)
            .AsHostedService();
        using var host = builder.Build();
        await host.StartWithinAsync();

        await File.WriteAllTextAsync(home.PathOf("first"), "1", TestContext.Current.CancellationToken);
        await host.Monitor("uploads").FlushAsync(TestContext.Current.CancellationToken).WaitAsync(TestHost.Deadline, TestContext.Current.CancellationToken);
        sink.Events.Should().ContainSingle().Which.RelativePath.Should().Be("first");

        await host.StopWithinAsync();
        await File.WriteAllTextAsync(home.PathOf("second"), "2", TestContext.Current.CancellationToken);
        sink.Events.Should().ContainSingle();
    }

    [Fact]
    public void Null_is_refused_at_the_call()
    {
        var call = () => FileMonitorHostingExtensions.AsHostedService(null!);
        call.Should().Throw<ArgumentNullException>();
    }

    private static async Task BreakAsync(IHost host, BreakableClock clock, ScriptedTree tree, string name = "")
    {
        var reading = Task.Run(async () =>
        {
            await foreach (var _ in host.Monitor(name).ReadAllAsync())
            {
            }
        });
        clock.IsBroken = true;
        tree.Source.Lose("", GapCause.SourceOverflow, "a gap has a time");
        await reading.Awaiting(task => task.WaitAsync(TestHost.Deadline, TestContext.Current.CancellationToken)).Should().ThrowAsync<InvalidTimeZoneException>();
        clock.IsBroken = false;
        host.State(name).Should().Be(MonitorState.Faulted);
    }

    /// <summary>A clock with a defect, which no pipeline survives.</summary>
    internal sealed class BreakableClock : TimeProvider
    {
        public bool IsBroken { get; set; }

        public override DateTimeOffset GetUtcNow() => IsBroken ? throw new InvalidTimeZoneException("The clock is broken.") : base.GetUtcNow();
    }

    private class Reader(FileSystemMonitor monitor) : BackgroundService
    {
        private readonly IAsyncEnumerable<AuditEvent> _events = monitor.ReadAllAsync();

        public List<string> Read { get; } = [];

        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await foreach (var auditEvent in _events)
            {
                Read.Add($"{auditEvent.Kind} {auditEvent.RelativePath}");
            }
        }
    }

    private sealed class SecondReader(FileSystemMonitor monitor) : Reader(monitor);

    /// <summary>A service that has nothing to do with the monitor but its place in the order.</summary>
    private sealed class Witness(IServiceProvider provider, string name) : IHostedService
    {
        public MonitorState AtStart { get; private set; }

        public MonitorState AtStop { get; private set; }

        public override string ToString() => name;

        public Task StartAsync(CancellationToken cancellationToken)
        {
            AtStart = provider.GetRequiredService<FileSystemMonitor>().GetHealth().State;
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken)
        {
            AtStop = provider.GetRequiredService<FileSystemMonitor>().GetHealth().State;
            return Task.CompletedTask;
        }
    }
}
