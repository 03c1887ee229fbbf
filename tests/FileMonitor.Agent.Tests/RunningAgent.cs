using System.Globalization;
using System.Text.Json;
using FileMonitor.Agent.Events;
using FileMonitor.Agent.Tests.Page;
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
    private readonly bool _keepsRoot;

    private RunningAgent(WebApplication agent, string root, bool keepsRoot)
    {
        (_agent, _keepsRoot) = (agent, keepsRoot);
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

    /// <summary>The monitor that watches <see cref="Root"/>.</summary>
    public FileSystemMonitor Monitor => Services.GetRequiredKeyedService<FileSystemMonitor>("default");

    /// <param name="settings">Configuration beside the root and the address, such as <c>Agent:EventBuffer</c>.</param>
    /// <param name="configure">The last word on services.</param>
    /// <param name="root">A directory to watch that is there already; deleted at the end too, unless it is kept.</param>
    /// <param name="keepsRoot">Whether the directory stays, for another run.</param>
    public static async Task<RunningAgent> StartAsync(
        IReadOnlyDictionary<string, string?>? settings = null,
        Action<WebApplicationBuilder>? configure = null,
        string? root = null,
        bool keepsRoot = false)
    {
        root ??= Directory.CreateTempSubdirectory("agent-").FullName;
        var agent = AgentHost.Create(new AgentCommandLine([]), builder =>
        {
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["urls"] = "http://127.0.0.1:0",
                ["FileMonitor:Monitors:default:Roots:0:Path"] = root,
                ["Logging:LogLevel:Default"] = "Warning",
            });
            builder.Configuration.AddInMemoryCollection(settings);
            configure?.Invoke(builder);
        });
        await agent.StartAsync(TestContext.Current.CancellationToken);
        return new RunningAgent(agent, root, keepsRoot);
    }

    /// <summary>What it answers to a GET.</summary>
    public Task<HttpResponseMessage> GetAsync(string path) =>
        Client.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);

    /// <summary>The JSON it answers to a GET, whatever its status.</summary>
    public async Task<JsonElement> GetJsonAsync(string path)
    {
        using var response = await GetAsync(path);
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return document.RootElement.Clone();
    }

    /// <summary>Writes files one after the other, one event each; when this completes, the agent's stream has what happened.</summary>
    public async Task WriteAsync(params string[] names)
    {
        foreach (var name in names)
        {
            this.Put(name, name);
            var flushed = await Monitor.FlushAsync(TestContext.Current.CancellationToken);

            // Delivered means in the monitor's buffer for the agent. Without state the position is the number, as long as nobody else has events.
            var buffer = Services.GetRequiredService<EventBuffer>();
            await Wait.UntilAsync(() => NumberIn(buffer.GetState().LatestId) >= flushed.Sequence);
        }
    }

    /// <summary>Stops it as a signal would; it can still be disposed.</summary>
    public Task StopAsync() => _agent.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _agent.StopAsync(CancellationToken.None);
        await _agent.DisposeAsync();
        if (!_keepsRoot && Directory.Exists(Root))
        {
            Directory.Delete(Root, recursive: true);
        }
    }

    private static long NumberIn(string id) => long.Parse(id.Split('~') is [_, "default", var sequence, ..] ? sequence : id.Split('-')[1], CultureInfo.InvariantCulture);
}
