using FileMonitor.Testing;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Tests;

/// <summary>A monitor that nobody starts is said to be one: to whoever waits for its events, and when it ends.</summary>
public sealed class NeverStartedTests : IDisposable
{
    private const string Waits = "ReaderWaitsForStart";
    private const string NeverStarted = "NeverStarted";

    private readonly FakeTimeProvider _clock = new();
    private readonly CapturingLog _log = new();
    private readonly ScriptedTree _tree;

    public NeverStartedTests() => _tree = new ScriptedTree(_clock);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _log.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whoever_reads_it_for_long_is_told_once_and_gets_its_events_when_it_is_started(bool isSubscription)
    {
        await using var monitor = Create();
        await using var first = Read(monitor, isSubscription).GetAsyncEnumerator(Token);
        var next = first.MoveNextAsync();

        _clock.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        _log.Names.Should().BeEmpty();
        _clock.Advance(TimeSpan.FromTicks(1));
        _log.Names.Should().Equal(Waits);
        await using var second = monitor.ReadAllAsync(Token).GetAsyncEnumerator(Token);
        var other = second.MoveNextAsync();
        _clock.Advance(TimeSpan.FromHours(1));
        _log.Names.Should().Equal(Waits);

        await monitor.StartAsync(Token);
        _tree.CreateDirectory("d");
        await monitor.FlushAsync(Token);
        (await next).Should().BeTrue();
        (await other).Should().BeTrue();
        await monitor.StopAsync(Token);
        _log.Names.Should().NotContain(NeverStarted);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nobody_is_told_when_it_is_started_in_time_or_not_read(bool isSubscription)
    {
        await using var monitor = Create();
        var events = Read(monitor, isSubscription);

        // Before, only asked for: a host that subscribes while it is built reads later.
        _clock.Advance(TimeSpan.FromMinutes(1));
        await using var reader = events.GetAsyncEnumerator(Token);
        var next = reader.MoveNextAsync();
        _clock.Advance(TimeSpan.FromSeconds(9));
        await monitor.StartAsync(Token);
        _clock.Advance(TimeSpan.FromMinutes(1));
        await monitor.StopAsync(Token);

        (await next).Should().BeFalse();
        _log.Names.Should().NotContain(Waits).And.NotContain(NeverStarted);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_is_said_once_when_it_ends_and_whoever_reads_is_released(bool asynchronously)
    {
        var monitor = Create();
        await using var reader = monitor.ReadAllAsync(Token).GetAsyncEnumerator(Token);
        var next = reader.MoveNextAsync();

        for (var time = 0; time < 2; time++)
        {
            if (asynchronously)
            {
                await monitor.DisposeAsync();
            }
            else
            {
                monitor.Dispose();
            }
        }

        (await next).Should().BeFalse();
        _clock.Advance(TimeSpan.FromMinutes(1));
        _log.Names.Where(name => name is NeverStarted or Waits).Should().Equal(NeverStarted);
    }

    [Fact]
    public async Task A_start_that_failed_is_another_matter()
    {
        _tree.Starting = () => throw new IOException();
        var monitor = Create();

        await monitor.Invoking(one => one.StartAsync(Token)).Should().ThrowAsync<IOException>();
        await monitor.DisposeAsync();

        _log.Names.Should().NotContain(NeverStarted);
    }

    [Fact]
    public async Task A_container_says_it_of_every_monitor_that_it_has()
    {
        var services = new ServiceCollection();
        services.AddSingleton<ILoggerFactory>(_log).AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        services.AddFileMonitor(options => options.AddRoot(_tree.Root)).UseScriptedTree(_tree);
        services.AddFileMonitor("made", options => options.AddRoot(_tree.Root));
        services.AddFileMonitor("made", _ => { });
        services.AddFileMonitor("forgotten", options => options.AddRoot(_tree.Root));
        var provider = services.BuildServiceProvider();
        await provider.GetRequiredService<FileSystemMonitor>().StartAsync(Token);
        provider.GetRequiredKeyedService<FileSystemMonitor>("made");

        await provider.DisposeAsync();

        _log.Names.Count(name => name == NeverStarted).Should().Be(2);
    }

    [Fact]
    public async Task A_container_says_nothing_of_a_monitor_that_the_host_makes_itself()
    {
        var services = new ServiceCollection();
        services.AddSingleton<ILoggerFactory>(_log).AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        services.AddSingleton(Create());
        services.AddFileMonitor(options => options.AddRoot(_tree.Root));
        services.AddFileMonitor("there", options => options.AddRoot(_tree.Root)).UseScriptedTree(_tree);
        var provider = services.BuildServiceProvider();
        await provider.GetRequiredKeyedService<FileSystemMonitor>("there").StartAsync(Token);

        await provider.DisposeAsync();

        _log.Names.Should().NotContain(NeverStarted);
    }

    private static IAsyncEnumerable<AuditEvent> Read(FileSystemMonitor monitor, bool isSubscription) => isSubscription ? monitor.Subscribe("ingest") : monitor.ReadAllAsync(Token);

    private FileSystemMonitor Create() => FileSystemMonitor.Create(
        options => options.AddRoot(_tree.Root),
        components => _tree.Use(components).LoggerFactory = _log);
}
