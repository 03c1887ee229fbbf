using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace FileMonitor.Agent.Tests;

/// <summary>The agent in this process, on a free port of the loopback interface, over a directory of its own.</summary>
internal sealed class RunningAgent : IAsyncDisposable
{
    private readonly WebApplication _agent;

    private RunningAgent(WebApplication agent, string root)
    {
        _agent = agent;
        Root = root;
        Address = new Uri(agent.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First());
        Client = new HttpClient { BaseAddress = Address };
    }

    /// <summary>The directory that the monitor called <c>default</c> watches.</summary>
    public string Root { get; }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    public HttpClient Client { get; }

    public IServiceProvider Services => _agent.Services;

    /// <param name="settings">Configuration beside the root and the address, such as <c>Agent:EventBuffer</c>.</param>
    /// <param name="configure">The last word on services.</param>
    public static async Task<RunningAgent> StartAsync(
        IReadOnlyDictionary<string, string?>? settings = null,
        Action<WebApplicationBuilder>? configure = null)
    {
        var root = Directory.CreateTempSubdirectory("agent").FullName;
        var agent = AgentHost.Create(new AgentCommandLine([]), builder =>
        {
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["urls"] = "http://127.0.0.1:0",
                ["FileMonitor:Monitors:default:Roots:0:Path"] = root,
            });
            builder.Configuration.AddInMemoryCollection(settings);
            configure?.Invoke(builder);
        });
        await agent.StartAsync(TestContext.Current.CancellationToken);
        return new RunningAgent(agent, root);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _agent.StopAsync(CancellationToken.None);
        await _agent.DisposeAsync();
        Directory.Delete(Root, recursive: true);
    }
}
