using FileMonitor.JsonLines;

namespace FileMonitor.Agent;

/// <summary>What the section <c>Agent</c> says, checked.</summary>
internal sealed class AgentOptions
{
    /// <summary>Where it listens.</summary>
    public IReadOnlyList<BindingAddress> Addresses { get; set; } = [BindingAddress.Parse("http://127.0.0.1:9090")];

    /// <summary>What a caller has to know; null when everybody who gets here may ask.</summary>
    public string? BearerToken { get; set; }

    /// <summary>Names by which it may be called, beside those of the loopback interface.</summary>
    public IReadOnlyList<string> AllowedHosts { get; set; } = [];

    /// <summary>How many events are kept for readers. Range 16 to 1,000,000.</summary>
    public int EventBuffer { get; set; } = 16_384;

    /// <summary>How many bytes these may take. Range 1 MiB to 1 GiB. Names may be long, and each is there twice.</summary>
    public int EventBufferBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>
    /// How long a reader that does not read may hold up the others. Range 0 to 4 seconds: monitors wait for their readers, and that is the
    /// agent, for 5 seconds, and it must not be the one that is left behind.
    /// </summary>
    public TimeSpan ReaderPatience { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How many may read the stream of events at once. Range 1 to 1,000.</summary>
    public int MaxReaders { get; set; } = 64;

    /// <summary>The files that monitors write their events to, by the monitor's name.</summary>
    public IReadOnlyDictionary<string, JsonLinesFileOptions> JsonLinesFiles { get; set; } = new Dictionary<string, JsonLinesFileOptions>();

    /// <summary>Whether it can be reached from this machine only.</summary>
    public bool IsLoopbackOnly => Addresses.All(Loopback.Is);
}

/// <summary>A file of events.</summary>
internal sealed record JsonLinesFileOptions(string Path, JsonLinesFileSinkOptions Sink);
