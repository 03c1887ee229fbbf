using System.Text.Json.Serialization;

namespace FileMonitor;

/// <summary>Why something may be missing from the stream (see <see cref="AuditEventKind.Gap"/>).</summary>
[JsonConverter(typeof(JsonStringEnumConverter<GapCause>))]
public enum GapCause
{
    /// <summary>Hints arrived faster than the monitor took them: its own queue was full.</summary>
    QueueFull,

    /// <summary>The operating system's queue was full and it dropped notifications.</summary>
    SourceOverflow,

    /// <summary>The source reported an error.</summary>
    SourceError,

    /// <summary>The source was restarted; it did not see changes in between.</summary>
    SourceRestarted,

    /// <summary>Some directories cannot be watched, for example because the watch limit is reached.</summary>
    PartialCoverage,

    /// <summary>A notification came without a usable path (a rename with a half missing, or a name that cannot be expressed).</summary>
    IncompleteHint,

    /// <summary>The root was missing, or another directory was in its place; <see cref="AuditEventKind.RootLost"/> reported it.</summary>
    RootLost,

    /// <summary>The clock jumped, as after the machine was suspended: sources may have missed changes in that time.</summary>
    ClockJump,

    /// <summary>A directory could not be read; the items below it are unknown, not deleted.</summary>
    Inaccessible,

    /// <summary>This reader did not read fast enough and skipped the sequence numbers given. Only this reader sees the event.</summary>
    ReaderTooSlow,

    /// <summary>A sink did not accept events; <see cref="AuditEvent.Detail"/> names it.</summary>
    SinkFailed,

    /// <summary>The monitor was stopped and its deadline passed before the work was done.</summary>
    ShutdownTimeout,

    /// <summary>A defect in the monitor: one change could not be handled. The log has the exception.</summary>
    InternalError,

    /// <summary>Durable state of an earlier run was damaged or incomplete: what changed while the monitor was not running is not known. Watching is not affected.</summary>
    StateLost,
}

/// <summary>Whether a <see cref="AuditEventKind.Gap"/> begins or ends.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<GapPhase>))]
public enum GapPhase
{
    /// <summary>Something may be missing from here on. A gap that no comparison can close (a stop that was cut short) stays open.</summary>
    Opened,

    /// <summary>
    /// The disk was compared, and everything missing was reported before this event. For a reader that was too slow, or a sink that failed: it
    /// gets events again.
    /// </summary>
    Closed,
}
