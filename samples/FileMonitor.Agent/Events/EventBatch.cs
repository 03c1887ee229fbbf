namespace FileMonitor.Agent.Events;

/// <summary>One batch for a reader. Empty when the reader was only woken.</summary>
/// <param name="Missed">How many events before these were no longer in the buffer.</param>
/// <param name="IsAfterOtherRun">Whether the reader asked to continue after an event of another run: how many it missed is not known.</param>
/// <param name="Events">In order, without holes. Valid until the next read.</param>
/// <param name="Last">The position up to which the reader now has everything, or knows what it missed.</param>
/// <param name="IsEnd">Whether nothing will follow.</param>
/// <param name="Before">How far a reader is in each monitor that has all before these.</param>
/// <param name="After">How far it is with these.</param>
internal readonly record struct EventBatch(
    long Missed, bool IsAfterOtherRun, IReadOnlyList<BufferedEvent> Events, long Last, bool IsEnd, StreamPlace Before, StreamPlace After);
