using System.Security.Cryptography.X509Certificates;
using FileMonitor.Durable;

namespace FileMonitor.Agent;

/// <summary>Where the checkpoints of the journals are kept besides the journals, and who says when they existed.</summary>
/// <param name="Directory">The directory of the files, each of the name of its monitor. Absolute.</param>
/// <param name="Timestamps">The authority; null for none.</param>
internal sealed record AnchorOptions(string Directory, TimestampOptions? Timestamps)
{
    public string CheckpointsOf(string monitor) => Path.Join(Directory, monitor + ".checkpoints");

    public string TimestampsOf(string monitor) => Path.Join(Directory, monitor + ".timestamps");

    /// <summary>The anchors of a monitor.</summary>
    public IEnumerable<ICheckpointAnchor> For(string monitor)
    {
        yield return new FileCheckpointAnchor(CheckpointsOf(monitor));
        if (Timestamps is { } timestamps)
        {
            yield return new TimestampAnchor(timestamps.For(TimestampsOf(monitor)));
        }
    }
}

/// <summary>A time-stamping authority.</summary>
/// <param name="Uri">Where it answers.</param>
/// <param name="Trusted">Its certificate or roots; empty for those of the system.</param>
/// <param name="AuthorizationFile">The file with what it is sent as <c>Authorization</c>; null for nothing.</param>
/// <param name="Interval">How long at least from one time stamp to the next.</param>
/// <param name="Timeout">How long it may take.</param>
internal sealed record TimestampOptions(Uri Uri, X509Certificate2Collection Trusted, string? AuthorizationFile, TimeSpan Interval, TimeSpan Timeout)
{
    /// <summary>With a file for its time stamps. What it is sent is read for each: it may be replaced while the agent runs.</summary>
    public TimestampAnchorOptions For(string path) => new()
    {
        Uri = Uri,
        Path = path,
        TrustedCertificates = Trusted,
        Interval = Interval,
        Timeout = Timeout,
        GetAuthorization = AuthorizationFile is not { } file ? null : async cancellationToken => (await File.ReadAllTextAsync(file, cancellationToken)).Trim(),
    };

    // A record writes all its properties; an address may have a secret in it.
    public override string ToString() => "a time-stamping authority";
}
