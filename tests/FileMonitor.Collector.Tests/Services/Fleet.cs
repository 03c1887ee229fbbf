using Xunit;

namespace FileMonitor.Collector.Tests.Services;

/// <summary>All tests with a broker and a database: one after the other, with the same two.</summary>
[CollectionDefinition(nameof(Services))]
public sealed class AllOfTheServices : ICollectionFixture<Fleet>;

/// <summary>A broker and a database. Where one of them is not installed the tests are skipped, and say what to install.</summary>
public sealed class Fleet : IAsyncLifetime
{
    private const string WhatToInstall = "PostgreSQL or RabbitMQ is missing: install the packages postgresql and rabbitmq-server.";

    private PostgresServer? _postgres;
    private RabbitNode? _rabbit;
    private int _databases;

    internal PostgresServer Postgres => _postgres!;

    internal RabbitNode Rabbit => _rabbit!;

    public async ValueTask InitializeAsync()
    {
        if (PostgresServer.FindPrograms() is { } programs && RabbitNode.IsInstalled)
        {
            _postgres = await PostgresServer.StartAsync(programs);
            _rabbit = await RabbitNode.StartAsync();
        }
    }

    /// <summary>A database and an exchange that nobody else uses.</summary>
    internal async Task<FleetPlace> PrepareAsync()
    {
        Assert.SkipWhen(_postgres is null, WhatToInstall);
        var name = $"fleet_{Interlocked.Increment(ref _databases)}";
        await Postgres.CreateDatabaseAsync(name);
        return new(Postgres, Rabbit, name);
    }

    public async ValueTask DisposeAsync()
    {
        if (_rabbit is not null)
        {
            await _rabbit.DisposeAsync();
        }

        if (_postgres is not null)
        {
            await _postgres.DisposeAsync();
        }
    }
}

/// <summary>What one test has for itself.</summary>
internal sealed record FleetPlace(PostgresServer Postgres, RabbitNode Rabbit, string Name)
{
    public string ConnectionString => Postgres.ConnectionString(Name);

    /// <summary>The settings of a collector here.</summary>
    public Dictionary<string, string?> Settings => new()
    {
        ["Collector:Urls"] = "http://127.0.0.1:0",
        ["Collector:ConnectionString"] = ConnectionString,
        ["Collector:Broker:Endpoints:0"] = Rabbit.Address.ToString(),
        ["Collector:Broker:Exchange"] = Name,
        ["Collector:Broker:Queues"] = "2",
        ["Logging:LogLevel:Default"] = "Warning",
    };
}
