namespace FileMonitor.Durable.Baseline;

/// <summary>The stored state of a root as a whole.</summary>
/// <param name="Path">The full path.</param>
/// <param name="IsComplete">Whether its first baseline was completed. If not, stored items are missing.</param>
/// <param name="IsLost">Whether the root was lost.</param>
/// <param name="Items">The number of known items without the root.</param>
internal sealed record BaselineRoot(string Path, bool IsComplete, bool IsLost, long Items);
