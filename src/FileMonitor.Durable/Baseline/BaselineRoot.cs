namespace FileMonitor.Durable.Baseline;

/// <summary>What is known of a root as a whole.</summary>
/// <param name="Path">Its full path.</param>
/// <param name="IsComplete">Whether its first baseline was written to the end. Where it was not, what is stored is not all that was there.</param>
/// <param name="IsLost">Whether it could not be looked at.</param>
/// <param name="Items">How many items are known, the root itself not counted.</param>
internal sealed record BaselineRoot(string Path, bool IsComplete, bool IsLost, long Items);
