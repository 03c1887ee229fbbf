namespace FileMonitor.Agent.Events;

/// <summary>What the buffer holds, at one moment.</summary>
/// <param name="Capacity">How many events it can hold.</param>
/// <param name="Buffered">How many it holds.</param>
/// <param name="LatestId">The id of the latest event; position 0 before the first.</param>
/// <param name="Readers">How many read.</param>
/// <param name="Missed">How many events readers missed so far, all readers together.</param>
/// <param name="Interruptions">How often a reader was told that it misses some.</param>
internal readonly record struct EventBufferState(int Capacity, int Buffered, string LatestId, int Readers, long Missed, long Interruptions);
