using System.Globalization;
using FileMonitor.RabbitMq.Tests.Brokers;
using RabbitMQ.Client;
using Xunit;

namespace FileMonitor.Collector.Tests.Services;

/// <summary>All tests with a broker and a database: one after the other, with the same two.</summary>
[CollectionDefinition(nameof(Services))]
public sealed class AllOfTheServices : ICollectionFixture<Fleet>;

/// <summary>A broker and a database. Where one of them is not installed the tests are skipped, and say what to install.</summary>
public sealed class Fleet : IAsyncLifetime
{
    private const string WhatToInstall = "PostgreSQL or RabbitMQ is missing: install the packages postgresql and rabbitmq-server.";

    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("fm-mq-");
    private readonly int _tlsPort = Ports.Free();
    private PostgresServer? _postgres;
    private PortMapper? _mapper;
    private Node? _broker;
    private int _databases;

    internal PostgresServer Postgres => _postgres!;

    internal Node Broker => _broker!;

    /// <summary>Where the broker takes connections with TLS.</summary>
    internal Uri TlsAddress => new(string.Create(CultureInfo.InvariantCulture, $"amqps://127.0.0.1:{_tlsPort}"));

    /// <summary>The authority that signed the broker's certificate, and one that did not, as PEM.</summary>
    internal (string Signed, string Other) AuthorityFiles => (Path.Join(_home.FullName, "ca.pem"), Path.Join(_home.FullName, "other-ca.pem"));

    public async ValueTask InitializeAsync()
    {
        if (PostgresServer.FindPrograms() is { } programs && Node.IsHere)
        {
            _postgres = await PostgresServer.StartAsync(programs);
            TestCertificates.Write(_home.FullName);
            _mapper = PortMapper.Start();
            string[] lines =
            [
                "vm_memory_high_watermark.absolute = 512MB",
                string.Create(CultureInfo.InvariantCulture, $"listeners.ssl.1 = 127.0.0.1:{_tlsPort}"),
                $"ssl_options.cacertfile = {AuthorityFiles.Signed}",
                $"ssl_options.certfile = {Path.Join(_home.FullName, "server.pem")}",
                $"ssl_options.keyfile = {Path.Join(_home.FullName, "server.key")}",
                "ssl_options.verify = verify_none",
            ];
            _broker = new Node(_home.FullName, "fm", _mapper, lines);
            await _broker.StartAsync();
        }
    }

    /// <summary>A database and an exchange that nobody else uses, at the one broker or at another one.</summary>
    internal async Task<FleetPlace> PrepareAsync(params IReadOnlyList<Uri> brokers)
    {
        Assert.SkipWhen(_postgres is null, WhatToInstall);
        var name = $"fleet_{Interlocked.Increment(ref _databases)}";
        await Postgres.CreateDatabaseAsync(name);
        return new(Postgres, brokers.Count > 0 ? brokers : [AddressOf(Broker)], name);
    }

    internal static Uri AddressOf(Node node) => new(string.Create(CultureInfo.InvariantCulture, $"amqp://127.0.0.1:{node.Port}"));

    public async ValueTask DisposeAsync()
    {
        await (_broker?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_mapper?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_postgres?.DisposeAsync() ?? ValueTask.CompletedTask);
        _home.Delete(recursive: true);
    }
}

/// <summary>What one test has for itself.</summary>
internal sealed record FleetPlace(PostgresServer Postgres, IReadOnlyList<Uri> Brokers, string Name)
{
    public string ConnectionString => Postgres.ConnectionString(Name);

    /// <summary>The settings of a collector here.</summary>
    public Dictionary<string, string?> Settings => new(
    [
        new("Collector:Urls", "http://127.0.0.1:0"),
        new("Collector:ConnectionString", ConnectionString),
        .. Brokers.Select((broker, at) => KeyValuePair.Create($"Collector:Broker:Endpoints:{at}", (string?)broker.ToString())),
        new("Collector:Broker:Exchange", Name),
        new("Collector:Broker:Queues", "2"),
        new("Logging:LogLevel:Default", "Warning"),
    ]);

    public Task<IConnection> ConnectAsync() =>
        new ConnectionFactory { Uri = Brokers[0], AutomaticRecoveryEnabled = false, RequestedConnectionTimeout = TimeSpan.FromSeconds(20) }.CreateConnectionAsync();
}
