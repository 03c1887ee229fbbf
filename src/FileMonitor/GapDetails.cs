namespace FileMonitor;

/// <summary>
/// The details of an <see cref="AuditEvent"/> of kind <see cref="AuditEventKind.Gap"/>: why something may be missing, and how much, if known.
/// </summary>
/// <remarks>
/// Immutable once delivered. A gap of a root has two events: one opens it, another one with the same <see cref="Number"/> closes it. Events
/// without a number report what readers and sinks did not get, and what a stop cut off.
/// </remarks>
public sealed class GapDetails
{
    internal GapDetails()
    {
    }

    /// <summary>Why something may be missing.</summary>
    public GapCause Cause { get; internal init; }

    /// <summary>Whether the gap begins or ends with this event.</summary>
    public GapPhase Phase { get; internal init; }

    /// <summary>
    /// The number of the gap in its monitor, from 1; the event that closes it has the same one. Null for <see cref="GapCause.ReaderTooSlow"/>,
    /// <see cref="GapCause.SinkFailed"/> and <see cref="GapCause.ShutdownTimeout"/>, which have no second event.
    /// </summary>
    public long? Number { get; internal init; }

    /// <summary>
    /// How many changes comparisons with the disk found below the root while the gap was open; they are reported before this event. Null unless the
    /// gap has a <see cref="Number"/> and is closed.
    /// </summary>
    public long? Found { get; internal init; }

    /// <summary>How many hints, events, files or directories are missing; for a closed gap, all since it was opened. Null when that is not known.</summary>
    public long? Lost { get; internal init; }

    /// <summary>
    /// The first sequence number that may be affected; with a <see cref="Number"/>, that of the event that opened the gap. Null for
    /// <see cref="GapCause.ShutdownTimeout"/>.
    /// </summary>
    public long? FirstSequence { get; internal set; }

    /// <summary>
    /// The last sequence number that may be affected; with a <see cref="Number"/>, that of the event that closes the gap. Null while that is not
    /// known (for an open gap, except <see cref="GapCause.SinkFailed"/>), and for <see cref="GapCause.ShutdownTimeout"/>.
    /// </summary>
    public long? LastSequence { get; internal set; }

    /// <summary>In the event that closes a gap: the details of the event that opened it.</summary>
    internal GapDetails? Opening { get; init; }
}
