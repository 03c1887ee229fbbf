namespace FileMonitor.Benchmarks.Uploads;

/// <summary>What a watcher told of one file, and what the file was when it was told: a host would begin to read it then.</summary>
/// <param name="At">When.</param>
/// <param name="Name">The name of the file, below the directory.</param>
/// <param name="Sha256">The content at that moment.</param>
/// <param name="IsCalledOpen">Whether the watcher said that somebody is still writing it.</param>
internal sealed record Told(DateTimeOffset At, string Name, string Sha256, bool IsCalledOpen = false);
