using System.Globalization;
using FileMonitor.RabbitMq.Tests.Brokers;
using FluentAssertions;
using Xunit;

namespace FileMonitor.RabbitMq.Tests;

/// <summary>Three nodes, and the leader of the queue is killed.</summary>
[Collection(BrokerCollection.Name)]
public sealed class ClusterTests : IAsyncLifetime
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("filemonitor-mq-");
    private readonly List<Node> _nodes = [];
    private PortMapper? _mapper;

    private static CancellationToken Token => Deadline.Token;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(Node.IsHere, "rabbitmq-server is not installed");
        _mapper = PortMapper.Start();
        string[] names = ["fm1", "fm2", "fm3"];
        string[] formation =
        [
            "cluster_formation.peer_discovery_backend = classic_config",
            .. names.Select((name, at) => string.Create(CultureInfo.InvariantCulture, $"cluster_formation.classic_config.nodes.{at + 1} = {name}@localhost")),
        ];
        _nodes.AddRange(names.Select(name => new Node(_home.FullName, name, _mapper, formation)));
        await Task.WhenAll(_nodes.Select(node => node.StartAsync()));
        await _nodes[0].ControlAsync("await_online_nodes", "3");
    }

    [Fact]
    public async Task When_the_leader_is_killed_the_others_get_the_rest()
    {
        using var host = new PublishingHost([.. _nodes.Select(node => node.Port)]);
        var survivor = _nodes[0];
        await using (var monitor = await host.StartAsync(Token))
        {
            await host.WriteAsync(monitor, "a", 300);
            await host.CaughtUpAsync(monitor, Token);
            var leader = (await _nodes[0].ControlAsync("list_queues", "--quiet", "--no-table-headers", "name", "leader"))
                .Split('\n').Single(line => line.StartsWith(host.Queue + "\t", StringComparison.Ordinal)).Split('\t')[1].Trim();
            var killed = _nodes.Single(node => node.Name == leader);
            survivor = _nodes.First(node => node != killed);

            var writing = host.WriteAsync(monitor, "b", 600);
            await killed.KillAsync();
            await writing;
            await host.CaughtUpAsync(monitor, Token);
        }

        await using var inbox = await Inbox.ConnectAsync(survivor.Port);
        await inbox.ConsumeAsync(host.Queue);
        var journal = host.Journal();
        var received = await inbox.ReadUntilAsync(message => message.Type == "checkpoint" && message.Sequence == journal.Count, Token);
        var records = received.Where(message => message.Type == "record").ToList();
        records.Select(message => message.Sequence).Distinct().Order().Should().Equal(journal.Keys);
        records.Should().OnlyContain(message => message.Text == journal[message.Sequence]);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        await (_mapper?.DisposeAsync() ?? ValueTask.CompletedTask);
        _home.Delete(recursive: true);
    }
}
