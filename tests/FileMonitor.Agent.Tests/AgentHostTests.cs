using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace FileMonitor.Agent.Tests;

public sealed class AgentHostTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("agent-");

    [Fact]
    public async Task It_says_that_it_lives_while_it_starts()
    {
        var slow = new SlowToStart();
        await using var agent = Create(services => services.AddSingleton<IHostedService>(slow));
        var starting = agent.StartAsync(TestContext.Current.CancellationToken);
        Assert.False(starting.IsCompleted);
        await Wait.UntilAsync(() => !agent.Urls.All(address => address.EndsWith(":0", StringComparison.Ordinal)));

        using var client = new HttpClient { BaseAddress = new Uri(agent.Urls.Single()) };
        Assert.Equal("Live\n", await client.GetStringAsync(new Uri("/healthz/live", UriKind.Relative), TestContext.Current.CancellationToken));
        Assert.False(starting.IsCompleted);

        slow.Started.SetResult();
        await starting;
        await agent.StopAsync(TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Told_to_end_while_it_starts_it_ends_without_an_error(int services)
    {
        await using var agent = Create(all =>
        {
            for (var service = 0; service < services; service++)
            {
                all.AddSingleton<IHostedService, ToldToEndWhileItStarts>();
            }
        });

        await AgentHost.RunAsync(agent);
    }

    [Fact]
    public async Task What_goes_wrong_while_it_starts_is_an_error()
    {
        await using var agent = Create(services => services.AddHostedService<CannotStart>());

        await Assert.ThrowsAsync<TimeoutException>(() => AgentHost.RunAsync(agent));
    }

    public void Dispose() => _root.Delete(recursive: true);

    private WebApplication Create(Action<IServiceCollection> configure) => AgentHost.Create(new AgentCommandLine([]), builder =>
    {
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["urls"] = "http://127.0.0.1:0",
            ["FileMonitor:Monitors:default:Roots:0:Path"] = _root.FullName,
            ["Logging:LogLevel:Default"] = "Warning",
        });
        configure(builder.Services);
    });

    /// <summary>As a monitor does whose baseline is not yet taken when the signal comes.</summary>
    private sealed class ToldToEndWhileItStarts(IHostApplicationLifetime lifetime) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            lifetime.StopApplication();
            return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class SlowToStart : IHostedService
    {
        public TaskCompletionSource Started { get; } = new();

        public Task StartAsync(CancellationToken cancellationToken) => Started.Task.WaitAsync(cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class CannotStart : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => throw new TimeoutException();

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
