using System.Text.Json.Serialization;

namespace FileMonitor;

/// <summary>How the monitor found a change.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AuditEventOrigin>))]
public enum AuditEventOrigin
{
    /// <summary>The source reported the path while the monitor was running.</summary>
    Live,

    /// <summary>Found by listing a directory that was new or moved; no source reports its contents.</summary>
    Discovered,

    /// <summary>Found by comparing the disk with the snapshot: after hints were lost, when a root came back, or from time to time.</summary>
    Reconciled,

    /// <summary>Made while the monitor was not running, or after its start but before it had compared the item with what an earlier run knew: nobody saw it happen.</summary>
    Offline,

    /// <summary>Was there when the monitor started.</summary>
    Baseline,
}
