using System.Globalization;

namespace FileMonitor.RabbitMq.Tests.Brokers;

/// <summary>Three nodes of RabbitMQ that are one broker. Compiled into the tests of the collector, too.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("filemonitor-mq-");
    private readonly PortMapper _mapper = PortMapper.Start();

    private Cluster()
    {
        string[] names = ["fm1", "fm2", "fm3"];
        string[] formation =
        [
            "cluster_formation.peer_discovery_backend = classic_config",
            .. names.Select((name, at) => string.Create(CultureInfo.InvariantCulture, $"cluster_formation.classic_config.nodes.{at + 1} = {name}@localhost")),
        ];
        Nodes = [.. names.Select(name => new Node(_home.FullName, name, _mapper, formation))];
    }

    public IReadOnlyList<Node> Nodes { get; }

    public static async Task<Cluster> StartAsync()
    {
        var cluster = new Cluster();
        await Task.WhenAll(cluster.Nodes.Select(node => node.StartAsync()));
        await cluster.UntilWholeAsync();
        return cluster;
    }

    /// <summary>Completes when all nodes know each other.</summary>
    public Task UntilWholeAsync() => Nodes[0].ControlAsync("await_online_nodes", Nodes.Count.ToString(CultureInfo.InvariantCulture));

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
        {
            await node.DisposeAsync();
        }

        await _mapper.DisposeAsync();
        _home.Delete(recursive: true);
    }
}
