using FileMonitor.Agent;
using FileMonitor.Agent.Security;

namespace FileMonitor.Collector.Configuration;

/// <summary>The validated section <c>Collector</c>.</summary>
internal sealed class CollectorOptions
{
    /// <summary>The addresses to listen on.</summary>
    public IReadOnlyList<BindingAddress> Addresses { get; set; } = [BindingAddress.Parse("http://127.0.0.1:9091")];

    /// <summary>The token that callers must send; null when none is needed.</summary>
    public string? BearerToken { get; set; }

    /// <summary>Allowed host names, besides those of the loopback interface.</summary>
    public IReadOnlyList<string> AllowedHosts { get; set; } = [];

    /// <summary>How the database is reached, as Npgsql reads it. May hold a password: never in a log.</summary>
    public string ConnectionString { get; set; } = "";

    public BrokerOptions Broker { get; } = new();

    /// <summary>How many messages are stored in one transaction at most. Range 1 to 5,000.</summary>
    public int BatchSize { get; set; } = 500;

    /// <summary>How long a search may take before the caller is told that there is no answer. Range 100 ms to 5 min.</summary>
    public TimeSpan QueryTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>A journal of which nothing comes for so long is silent. Range 10 s to 30 d.</summary>
    public TimeSpan SilentAfter { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>A record that is missing for so long while later ones are there is a hole. Range 1 s to 1 d.</summary>
    public TimeSpan HoleAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>First public keys that were kept elsewhere, as PEM by the journal's origin.</summary>
    public IReadOnlyDictionary<string, string> FirstKeys { get; set; } = new Dictionary<string, string>();

    /// <summary>What requests are asked for.</summary>
    public GateSettings Gate => new("collector", "Collector", Addresses.All(Loopback.Is), AllowedHosts, BearerToken);
}

/// <summary>How the broker is reached.</summary>
internal sealed class BrokerOptions
{
    /// <summary>The nodes, tried in turn: amqp or amqps, without credentials.</summary>
    public IReadOnlyList<Uri> Endpoints { get; set; } = [new("amqp://localhost:5672")];

    public string UserName { get; set; } = "guest";

    public string Password { get; set; } = "guest";

    public string VirtualHost { get; set; } = "/";

    /// <summary>The exchange; the queues have its name and a number.</summary>
    public string Exchange { get; set; } = "filemonitor";

    /// <summary>How many queues there are. Range 1 to 1,024. The publishers must have the same number.</summary>
    public int Queues { get; set; } = 4;

    /// <summary>How many messages of each queue may be on the way at once. Range 1 to 10,000.</summary>
    public int Prefetch { get; set; } = 1000;
}
