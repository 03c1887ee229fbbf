namespace FileMonitor.Agent.Events;

/// <summary>What a reader gets at once. Empty when it was only woken.</summary>
/// <param name="Missed">How many events before these were no longer in the buffer.</param>
/// <param name="IsAfterOtherRun">Whether the reader asked to go on after an event of another run: how many it missed is not known.</param>
/// <param name="Events">In order, without holes. Valid until the next read.</param>
/// <param name="Last">The position up to which the reader has now got everything, or was told that it missed it.</param>
/// <param name="IsEnd">Whether nothing will follow.</param>
internal readonly record struct EventBatch(long Missed, bool IsAfterOtherRun, IReadOnlyList<BufferedEvent> Events, long Last, bool IsEnd);
