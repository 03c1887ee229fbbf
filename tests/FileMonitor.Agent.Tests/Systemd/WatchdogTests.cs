using System.Globalization;
using System.Net.Sockets;
using System.Text;
using FileMonitor.Agent.Status;
using FileMonitor.Agent.Systemd;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Agent.Tests.Systemd;

public sealed class WatchdogTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task It_is_told_twice_in_the_time_that_systemd_allows_until_the_stop()
    {
        await using var agent = await RunningAgent.StartAsync();
        var (time, notifier) = (new FakeTimeProvider(), new CapturingNotifier());
        using var watchdog = new Watchdog(notifier, agent.Services.GetRequiredService<StatusReport>(), time, new WatchdogLimit(Limit));

        await watchdog.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["WATCHDOG=1"], notifier.Told);
        time.Advance(Limit * 0.49);
        Assert.Single(notifier.Told);
        time.Advance(Limit * 0.01);
        Assert.Equal(2, notifier.Told.Count);
        time.Advance(Limit);
        Assert.Equal(4, notifier.Told.Count);

        await watchdog.StopAsync(TestContext.Current.CancellationToken);
        time.Advance(Limit);
        Assert.Equal(4, notifier.Told.Count);
    }

    [Fact]
    public async Task Once_a_monitor_has_ended_by_a_defect_nothing_is_told_and_live_says_so()
    {
        var clock = new BreakableClock();
        await using var agent = await RunningAgent.StartAsync(configure: builder => builder.Services.AddSingleton<TimeProvider>(clock));
        var (time, notifier) = (new FakeTimeProvider(), new CapturingNotifier());
        using var watchdog = new Watchdog(notifier, agent.Services.GetRequiredService<StatusReport>(), time, new WatchdogLimit(Limit));
        await watchdog.StartAsync(TestContext.Current.CancellationToken);
        var before = notifier.Told.Count;

        clock.IsBroken = true;
        await File.WriteAllTextAsync(Path.Join(agent.Root, "a"), "a", TestContext.Current.CancellationToken);
        await Wait.UntilAsync(() => agent.Monitor.GetHealth().State == MonitorState.Faulted);

        clock.IsBroken = false;
        time.Advance(Limit * 10);
        Assert.Equal(before, notifier.Told.Count);
        using var live = await agent.GetAsync("/healthz/live");
        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, live.StatusCode);
        using var ready = await agent.GetAsync("/healthz/ready");
        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Equal("Unhealthy", (await agent.GetJsonAsync("/api/status")).GetProperty("status").GetString());
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData("", "", null)]
    [InlineData("0", null, null)]
    [InlineData("-1", null, null)]
    [InlineData("soon", null, null)]
    [InlineData("20000000", null, 20.0)]
    [InlineData("20000000", "", 20.0)]
    [InlineData("20000000", "this", 20.0)]
    [InlineData("20000000", "1", null)]
    public void The_limit_is_what_systemd_says_to_this_process(string? microseconds, string? processId, double? seconds)
    {
        var own = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);

        Assert.Equal(seconds, WatchdogLimit.Read(microseconds, processId == "this" ? own : processId).Within?.TotalSeconds);
    }

    [Fact]
    public async Task A_process_below_systemd_says_when_it_is_ready_that_it_lives_and_that_it_stops()
    {
        var directory = Directory.CreateTempSubdirectory("agent-");
        try
        {
            var root = directory.CreateSubdirectory("root").FullName;
            var path = Path.Join(directory.FullName, "notify");
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            socket.Bind(new UnixDomainSocketEndPoint(path));

            // What is asked is the name of the parent; a shell of that name is as good as the real thing.
            var systemd = Path.Join(directory.FullName, "systemd");
            File.Copy("/bin/sh", systemd);
            using var manager = AgentProcess.Start(
                ["-c", "\"$0\" \"$@\" & child=$!; trap 'kill -TERM $child' TERM; wait $child; wait $child", AgentProcess.Program, "--root", root, "--urls", "http://127.0.0.1:0"],
                new Dictionary<string, string> { ["NOTIFY_SOCKET"] = path, ["WATCHDOG_USEC"] = "200000" },
                systemd);

            var told = new HashSet<string>();
            await ReceiveUntilAsync(socket, told, "WATCHDOG=1");
            await ReceiveUntilAsync(socket, told, "READY=1");
            manager.Terminate();
            await ReceiveUntilAsync(socket, told, "STOPPING=1");
            Assert.Equal(0, await manager.EndAsync());
            Assert.Contains("<6>FileMonitor", manager.Output, StringComparison.Ordinal);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task ReceiveUntilAsync(Socket socket, HashSet<string> told, string word)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var buffer = new byte[256];
        while (!told.Contains(word))
        {
            var length = await socket.ReceiveAsync(buffer, deadline.Token);
            told.UnionWith(Encoding.ASCII.GetString(buffer, 0, length).Split('\n'));
        }
    }

    private sealed class CapturingNotifier : ISystemdNotifier
    {
        public bool IsEnabled => true;

        public List<string> Told { get; } = [];

        public void Notify(ServiceState state) => Told.Add(state.ToString());
    }

    /// <summary>A monitor that asks it for the time while it is broken ends by that.</summary>
    private sealed class BreakableClock : TimeProvider
    {
        public bool IsBroken { get; set; }

        public override long GetTimestamp() => IsBroken ? throw new InvalidTimeZoneException("The clock is broken.") : base.GetTimestamp();

        public override DateTimeOffset GetUtcNow() => IsBroken ? throw new InvalidTimeZoneException("The clock is broken.") : base.GetUtcNow();
    }
}
