using System.Text.Json.Serialization;

namespace FileMonitor;

/// <summary>How the monitor came to know of a change.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AuditEventOrigin>))]
public enum AuditEventOrigin
{
    /// <summary>The source named the path while the monitor was running.</summary>
    Live,

    /// <summary>Found by looking into a directory that had just appeared or moved; no source names what is in it.</summary>
    Discovered,

    /// <summary>Found by comparing the disk with the snapshot: after hints were lost, when a root came back, or from time to time.</summary>
    Reconciled,

    /// <summary>Happened while the monitor was not running.</summary>
    Offline,

    /// <summary>Was there when the monitor started.</summary>
    Baseline,
}
