using FileMonitor.Agent.Security;
using FileMonitor.JsonLines;
using FileMonitor.RabbitMq;

namespace FileMonitor.Agent;

/// <summary>The validated section <c>Agent</c>.</summary>
internal sealed class AgentOptions
{
    /// <summary>The addresses to listen on.</summary>
    public IReadOnlyList<BindingAddress> Addresses { get; set; } = [BindingAddress.Parse("http://127.0.0.1:9090")];

    /// <summary>The token that callers must send; null when none is needed.</summary>
    public string? BearerToken { get; set; }

    /// <summary>Allowed host names, besides those of the loopback interface.</summary>
    public IReadOnlyList<string> AllowedHosts { get; set; } = [];

    /// <summary>How many events are kept for readers. Range 16 to 1,000,000.</summary>
    public int EventBuffer { get; set; } = 16_384;

    /// <summary>How many bytes the events may take. Range 1 MiB to 1 GiB. Names may be long, and each is stored twice.</summary>
    public int EventBufferBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>
    /// How long a slow reader may hold up the others. Range 0 to 4 seconds: monitors wait 5 seconds for their reader, which is the agent, and
    /// the agent must not be left behind.
    /// </summary>
    public TimeSpan ReaderPatience { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How many readers the stream of events may have at once. Range 1 to 1,000.</summary>
    public int MaxReaders { get; set; } = 64;

    /// <summary>The directory below which each monitor keeps its durable state, in one of its name; null when none is kept. Absolute.</summary>
    public string? StateDirectory { get; set; }

    /// <summary>Where the checkpoints of the journals are kept besides; null when nowhere.</summary>
    public AnchorOptions? Anchors { get; set; }

    /// <summary>How often each monitor verifies its journal. Range 1 second to 30 days, or <see cref="TimeSpan.MaxValue"/> for never.</summary>
    public TimeSpan VerificationInterval { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Sets where each monitor publishes its journal; null when nowhere.</summary>
    public Action<RabbitMqOptions>? RabbitMq { get; set; }

    /// <summary>The files that monitors write their events to, by the monitor's name.</summary>
    public IReadOnlyDictionary<string, JsonLinesFileOptions> JsonLinesFiles { get; set; } = new Dictionary<string, JsonLinesFileOptions>();

    /// <summary>Where the state of a monitor is; null when none is kept.</summary>
    public string? StateOf(string monitor) => StateDirectory is { } directory ? Path.Join(directory, monitor) : null;

    /// <summary>Whether the agent can be reached from this machine only.</summary>
    public bool IsLoopbackOnly => Addresses.All(Loopback.Is);

    /// <summary>What requests are asked for.</summary>
    public GateSettings Gate => new("agent", "Agent", IsLoopbackOnly, AllowedHosts, BearerToken);
}

/// <summary>A file of events.</summary>
internal sealed record JsonLinesFileOptions(string Path, JsonLinesFileSinkOptions Sink);
