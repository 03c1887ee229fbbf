using System.Text.Json.Serialization;

namespace FileMonitor;

/// <summary>Why something may be missing from the stream (see <see cref="AuditEventKind.Gap"/>).</summary>
[JsonConverter(typeof(JsonStringEnumConverter<GapCause>))]
public enum GapCause
{
    /// <summary>Changes arrived faster than they could be taken: the monitor's own queue was full.</summary>
    QueueFull,

    /// <summary>The operating system's queue was full and it dropped notifications.</summary>
    SourceOverflow,

    /// <summary>The source reported an error.</summary>
    SourceError,

    /// <summary>The source was restarted; what happened in between was not seen by it.</summary>
    SourceRestarted,

    /// <summary>Some directories cannot be watched, for example because the watch limit is reached.</summary>
    PartialCoverage,

    /// <summary>A notification came without a usable path (a rename with a half missing, or a name that cannot be expressed).</summary>
    IncompleteHint,

    /// <summary>The root was gone, or another directory stood in its place; <see cref="AuditEventKind.RootLost"/> said so.</summary>
    RootLost,

    /// <summary>The clock jumped, as after a suspended machine wakes up: what sources say about that time is not complete.</summary>
    ClockJump,

    /// <summary>A directory could not be read; what is below it is unknown, not deleted.</summary>
    Inaccessible,

    /// <summary>This reader did not read fast enough and skipped the sequence numbers given. Only this reader sees the event.</summary>
    ReaderTooSlow,

    /// <summary>A sink did not accept events; <see cref="AuditEvent.Detail"/> names it.</summary>
    SinkFailed,

    /// <summary>The monitor was stopped and its deadline passed with work undone.</summary>
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
    /// <summary>Something may be missing from here on. A gap that nothing can heal (a stop that was cut short) stays so.</summary>
    Opened,

    /// <summary>
    /// It was healed: the disk was compared and what was missing was reported before this event. For a reader that was too slow, or a sink
    /// that failed: it is given events again.
    /// </summary>
    Closed,
}
