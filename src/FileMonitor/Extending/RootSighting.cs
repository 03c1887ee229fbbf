namespace FileMonitor.Extending;

/// <summary>The result of examining a root.</summary>
/// <param name="Problem">Why it cannot be watched; null when it can.</param>
/// <param name="PhysicalPath">The path without links.</param>
/// <param name="Status">Its metadata.</param>
internal readonly record struct RootSighting(string? Problem, string PhysicalPath, FileStatus Status);
