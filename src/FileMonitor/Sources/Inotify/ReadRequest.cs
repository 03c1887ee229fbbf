namespace FileMonitor.Sources.Inotify;

/// <summary>A request to read a directory for its subdirectories.</summary>
/// <param name="Directory">The directory; it is watched already.</param>
/// <param name="Round">The round (<see cref="ReadQueue"/>).</param>
/// <param name="IsWalk">Whether subdirectories that are watched already are read, too.</param>
/// <param name="Announces">Whether to give a hint for each new subdirectory; false where everything is compared afterwards.</param>
/// <param name="QuietTries">How often it was tried while no event came.</param>
internal readonly record struct ReadRequest(WatchedDirectory Directory, long Round, bool IsWalk, bool Announces, int QuietTries = 0);
