using FileMonitor.Testing;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Hosting.Tests;

public sealed class FileMonitorHealthCheckTests
{
    [Fact]
    public void It_is_registered_as_AddCheck_does()
    {
        var services = new ServiceCollection();
        services.AddHealthChecks()
            .AddFileMonitor()
            .AddFileMonitor("other", HealthStatus.Degraded, ["ready"], TimeSpan.FromSeconds(3))
            .AddNamedFileMonitor("uploads")
            .AddNamedFileMonitor("uploads", "inbox", HealthStatus.Degraded, ["ready"], TimeSpan.FromSeconds(4))
            .AddNamedFileMonitor("", "unnamed");
        using var provider = services.BuildServiceProvider();

        provider.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations
            .Select(one => (one.Name, one.FailureStatus, string.Join(' ', one.Tags), one.Timeout)).Should().Equal(
                ("filemonitor", HealthStatus.Unhealthy, "", Timeout.InfiniteTimeSpan),
                ("other", HealthStatus.Degraded, "ready", TimeSpan.FromSeconds(3)),
                ("filemonitor:uploads", HealthStatus.Unhealthy, "", Timeout.InfiniteTimeSpan),
                ("inbox", HealthStatus.Degraded, "ready", TimeSpan.FromSeconds(4)),
                ("unnamed", HealthStatus.Unhealthy, "", Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public async Task It_follows_the_monitor_through_its_life()
    {
        var builder = TestHost.Create();
        builder.Services.AddScripted(new ScriptedTree()).AsHostedService();
        builder.Services.AddHealthChecks().AddFileMonitor();
        using var host = builder.Build();

        (await CheckAsync(host)).Should().BeEquivalentTo(new { Status = HealthStatus.Unhealthy, Description = "The monitor was not started: call AsHostedService on its builder, or StartAsync." });
        await host.StartWithinAsync();
        (await CheckAsync(host)).Should().BeEquivalentTo(new { Status = HealthStatus.Healthy, Description = "1 root is watched, 0 items are known." });
        await host.StopWithinAsync();
        (await CheckAsync(host)).Should().BeEquivalentTo(new { Status = HealthStatus.Unhealthy, Description = "The monitor has stopped. Start the program again." });
    }

    [Theory]
    [InlineData(null, HealthStatus.Unhealthy)]
    [InlineData(HealthStatus.Unhealthy, HealthStatus.Unhealthy)]
    [InlineData(HealthStatus.Degraded, HealthStatus.Degraded)]
    public async Task Unhealthy_is_what_the_registration_says(HealthStatus? failureStatus, HealthStatus reported)
    {
        var builder = TestHost.Create();
        builder.Services.AddScripted(new ScriptedTree(), "a");
        builder.Services.AddHealthChecks().AddFileMonitor("all", failureStatus).AddNamedFileMonitor("a", "one", failureStatus);
        using var host = builder.Build();

        (await CheckAsync(host, "all")).Status.Should().Be(reported);
        (await CheckAsync(host, "one")).Status.Should().Be(reported);
    }

    [Fact]
    public async Task A_monitor_that_faulted_is_unhealthy_and_the_reason_is_said()
    {
        var tree = new ScriptedTree { Starting = () => throw new IOException("no watches left") };
        var builder = TestHost.Create();
        builder.Services.AddScripted(tree, "uploads");
        builder.Services.AddHealthChecks().AddFileMonitor();
        using var host = builder.Build();
        await host.Monitor("uploads").Awaiting(monitor => monitor.StartAsync()).Should().ThrowAsync<IOException>();

        var entry = await CheckAsync(host);

        entry.Status.Should().Be(HealthStatus.Unhealthy);
        entry.Description.Should().StartWith("uploads: The monitor has ended by an error and watches nothing any more: IOException: no watches left.");
    }

    [Fact]
    public async Task All_monitors_are_as_well_as_the_worst_of_them_and_it_is_named_first()
    {
        var lost = new ScriptedTree();
        var builder = TestHost.Create();
        builder.Services.AddScripted(new ScriptedTree()).AsHostedService();
        builder.Services.AddScripted(new ScriptedTree(), "well").AsHostedService();
        builder.Services.AddScripted(lost, "gap").AsHostedService();
        builder.Services.AddScripted(new ScriptedTree(), "idle");
        builder.Services.AddHealthChecks().AddFileMonitor().AddNamedFileMonitor("gap").AddNamedFileMonitor("well").AddNamedFileMonitor("", "unnamed");
        using var host = builder.Build();
        await host.StartWithinAsync();
        lost.Source.Uncover("", GapCause.PartialCoverage, "No watches are left; raise the limit.");
        await UntilAsync(() => host.Monitor("gap").GetHealth().OpenGaps.Count == 1);

        var all = await CheckAsync(host);

        all.Status.Should().Be(HealthStatus.Unhealthy);
        all.Description.Should().Match("idle: The monitor was not started*gap: Changes below '/scripted' may be missing or late (PartialCoverage*raise the limit.").And.NotContain("well: ");
        all.Data.Should().Contain("state", "Running").And.Contain("idle.state", "Created").And.Contain("gap.openGaps", 1).And.Contain("well.openGaps", 0);

        (await CheckAsync(host, "filemonitor:gap")).Status.Should().Be(HealthStatus.Degraded);
        (await CheckAsync(host, "filemonitor:gap")).Data.Should().Contain("openGaps", 1);
        (await CheckAsync(host, "filemonitor:well")).Status.Should().Be(HealthStatus.Healthy);
        (await CheckAsync(host, "unnamed")).Status.Should().Be(HealthStatus.Healthy);
        await host.StopWithinAsync();
    }

    [Fact]
    public async Task When_all_are_well_each_is_named()
    {
        var builder = TestHost.Create();
        builder.Services.AddScripted(new ScriptedTree(), "a").AsHostedService();
        builder.Services.AddScripted(new ScriptedTree(), "b").AsHostedService();
        builder.Services.AddHealthChecks().AddFileMonitor();
        using var host = builder.Build();
        await host.StartWithinAsync();

        (await CheckAsync(host)).Should().BeEquivalentTo(new { Status = HealthStatus.Healthy, Description = "a: 1 root is watched, 0 items are known. b: 1 root is watched, 0 items are known." });
        await host.StopWithinAsync();
    }

    [Fact]
    public async Task A_host_without_monitors_is_told_so()
    {
        var builder = TestHost.Create();
        builder.Services.AddHealthChecks().AddFileMonitor();
        using var host = builder.Build();

        (await CheckAsync(host)).Should().BeEquivalentTo(
            new { Status = HealthStatus.Unhealthy, Description = "The host has no file monitor: call AddFileMonitor or AddFileMonitors on its services." });
    }

    [Fact]
    public async Task The_clock_is_the_hosts_and_thresholds_are_those_of_the_check()
    {
        var (tree, clock) = (new ScriptedTree(), new FakeTimeProvider());
        var builder = TestHost.Create();
        builder.Services.AddSingleton<TimeProvider>(clock);
        builder.Services.AddScripted(tree).AsHostedService();
        builder.Services.AddHealthChecks()
            .AddFileMonitor("late", configure: options => options.SourceDeadAfter = TimeSpan.FromMinutes(30))
            .AddNamedFileMonitor("", "early", configure: options => options.SourceDeadAfter = TimeSpan.FromMinutes(10));
        using var host = builder.Build();
        await host.StartWithinAsync();
        tree.Source.Uncover("", GapCause.SourceError, "The watcher cannot be made.");
        await UntilAsync(() => host.Monitor().GetHealth().OpenGaps.Count == 1);
        (await CheckAsync(host, "early")).Status.Should().Be(HealthStatus.Degraded);

        clock.Advance(TimeSpan.FromMinutes(10));

        (await CheckAsync(host, "early")).Status.Should().Be(HealthStatus.Unhealthy);
        (await CheckAsync(host, "late")).Status.Should().Be(HealthStatus.Degraded);
        await host.StopWithinAsync();
    }

    [Fact]
    public async Task Thresholds_that_make_no_sense_fail_the_start()
    {
        var builder = TestHost.Create();
        builder.Services.AddScripted(new ScriptedTree()).AsHostedService();
        builder.Services.AddHealthChecks().AddFileMonitor(configure: options =>
        {
            options.QueueFill = double.NaN;
            options.RootLostAfter = TimeSpan.FromSeconds(-1);
            options.SourceDeadAfter = TimeSpan.FromDays(8);
            options.StalledAfter = TimeSpan.Zero;
        });
        using var host = builder.Build();

        (await host.Awaiting(one => one.StartWithinAsync()).Should().ThrowAsync<OptionsValidationException>()).Which.Failures.Should().Equal(
            "Health check \"filemonitor\": QueueFill (NaN) is out of range: use more than 0, and at most 1.",
            "Health check \"filemonitor\": RootLostAfter (-00:00:01) is out of range: use 00:00:00 to 7.00:00:00.",
            "Health check \"filemonitor\": SourceDeadAfter (8.00:00:00) is out of range: use 00:00:00 to 7.00:00:00.",
            "Health check \"filemonitor\": StalledAfter is 0, and something always waits a moment: use more.");
    }

    [Fact]
    public async Task A_root_that_is_removed_makes_it_unhealthy_and_one_that_is_back_healthy()
    {
        using var home = new TemporaryDirectory();
        var root = Directory.CreateDirectory(home.PathOf("inbox"));
        await File.WriteAllTextAsync(home.PathOf("inbox/there"), "1", TestContext.Current.CancellationToken);
        var builder = TestHost.Create();
        builder.Services.AddFileMonitor("uploads", options =>
        {
            options.AddRoot(root.FullName);
            options.Debounce.QuietPeriod = TimeSpan.FromMilliseconds(10);
            options.Recovery.RootCheckInterval = TimeSpan.FromMilliseconds(50);
        }).AsHostedService();
        builder.Services.AddHealthChecks()
            .AddFileMonitor(configure: options => options.RootLostAfter = TimeSpan.Zero)
            .AddNamedFileMonitor("uploads", "patient", configure: options => options.RootLostAfter = TimeSpan.FromDays(1));
        using var host = builder.Build();
        await host.StartWithinAsync();
        (await CheckAsync(host)).Status.Should().Be(HealthStatus.Healthy);

        root.Delete(recursive: true);
        await UntilStatusAsync(host, HealthStatus.Unhealthy);
        (await CheckAsync(host)).Description.Should().StartWith($"uploads: Root '{root.FullName}' has not been watched for ");
        (await CheckAsync(host)).Data.Should().Contain("uploads.rootsUnavailable", 1);
        (await CheckAsync(host, "patient")).Status.Should().Be(HealthStatus.Degraded);

        root.Create();
        await UntilStatusAsync(host, HealthStatus.Healthy);
        await host.StopWithinAsync();
    }

    [Fact]
    public void Null_is_refused_at_the_call()
    {
        var checks = new ServiceCollection().AddHealthChecks();
        Action[] calls =
        [
            () => FileMonitorHealthChecksExtensions.AddFileMonitor(null!),
            () => FileMonitorHealthChecksExtensions.AddNamedFileMonitor(null!, "a"),
            () => checks.AddNamedFileMonitor(null!),
        ];

        foreach (var call in calls)
        {
            call.Should().Throw<ArgumentNullException>();
        }
    }

    private static async Task<HealthReportEntry> CheckAsync(IHost host, string name = "filemonitor") =>
        (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(one => one.Name == name, TestContext.Current.CancellationToken)).Entries[name];

    private static Task UntilStatusAsync(IHost host, HealthStatus status) => UntilAsync(async () => (await CheckAsync(host)).Status == status);

    private static Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    /// <summary>Asks again and again: nothing tells when the answer of a check changes.</summary>
    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TestHost.Deadline);
        while (!await condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
