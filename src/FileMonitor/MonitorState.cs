using System.Text.Json.Serialization;

namespace FileMonitor;

/// <summary>The lifecycle of a monitor. It only goes forward: a stopped monitor cannot be started again.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MonitorState>))]
public enum MonitorState
{
    /// <summary>Not started yet.</summary>
    Created,

    /// <summary>Arming its roots and taking the baseline.</summary>
    Starting,

    /// <summary>Watching.</summary>
    Running,

    /// <summary>Delivering the accepted changes; accepting no new ones.</summary>
    Stopping,

    /// <summary>Stopped normally.</summary>
    Stopped,

    /// <summary>Ended by an error: the start failed, or a defect ended the pipeline. <see cref="MonitorHealth.Fault"/> has the error.</summary>
    Faulted,
}
