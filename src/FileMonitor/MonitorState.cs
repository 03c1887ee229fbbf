using System.Text.Json.Serialization;

namespace FileMonitor;

/// <summary>Where a monitor is in its life. It goes forward only: a stopped monitor is not started again.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MonitorState>))]
public enum MonitorState
{
    /// <summary>Not started yet.</summary>
    Created,

    /// <summary>Arming its roots and taking the baseline.</summary>
    Starting,

    /// <summary>Watching.</summary>
    Running,

    /// <summary>Delivering what it accepted; taking nothing new.</summary>
    Stopping,

    /// <summary>Ended in order.</summary>
    Stopped,

    /// <summary>Ended by an error: the start failed, or a defect ended the pipeline. <see cref="MonitorHealth.Fault"/> says which.</summary>
    Faulted,
}
