namespace FileMonitor.Agent.Search;

/// <summary>An event that a search found.</summary>
/// <param name="Columns">What it was found by.</param>
/// <param name="Line">Its JSON; not made an event yet, since not everybody who searches needs it.</param>
/// <param name="Place">Where it stands in its source: the position in the buffer, or the index in the journal.</param>
internal readonly record struct FoundEvent(EventColumns Columns, ReadOnlyMemory<byte> Line, long Place);
