namespace FileMonitor.Sources.Inotify;

/// <summary>A directory that is to be read for the directories in it.</summary>
/// <param name="Directory">It is watched already.</param>
/// <param name="Round">Who waits for a round waits for all that is found by it.</param>
/// <param name="IsWalk">Whether directories in it that are watched are read, too.</param>
/// <param name="Announces">Whether a hint is given for each that was not watched; not where everything is compared afterwards.</param>
/// <param name="QuietTries">How often it was tried while no event came.</param>
internal readonly record struct Reading(WatchedDirectory Directory, long Round, bool IsWalk, bool Announces, int QuietTries = 0);
