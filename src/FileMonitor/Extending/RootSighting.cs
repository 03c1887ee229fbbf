namespace FileMonitor.Extending;

/// <summary>What was seen when a root was looked at.</summary>
/// <param name="Problem">Why it cannot be watched; null when it can.</param>
/// <param name="PhysicalPath">The directory itself, without links.</param>
/// <param name="Status">Its metadata.</param>
internal readonly record struct RootSighting(string? Problem, string PhysicalPath, FileStatus Status);
