using FileMonitor.Extending;
using FileMonitor.Sources.Files;

namespace FileMonitor.Sources;

/// <summary>
/// What a watcher does while it was refused watches: counts once how many the root needs, for the person on call, and looks now and then
/// whether there are more by now.
/// </summary>
/// <param name="root">The root.</param>
/// <param name="readLimit">Reads the limit.</param>
/// <param name="hasRoom">Tries whether one more directory could be watched: others may have given theirs back.</param>
/// <param name="time">The clock.</param>
/// <param name="watchesIgnored">Whether the source watches directories, too, that patterns leave out.</param>
internal sealed class WatchShortage(MonitoredRoot root, Func<WatchLimit?> readLimit, Func<bool> hasRoom, TimeProvider time, bool watchesIgnored)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    /// <summary>The way out, as long as it is not known how many are needed.</summary>
    public static string Describe(MonitoredRoot root, string refusal, bool watchesIgnored) =>
        $"Some directories below '{root.Path}' cannot be watched, and are compared with the disk instead: {refusal} {WayOut(WatchLimit.Read()?.Setting ?? "fs.inotify.max_user_watches", watchesIgnored)}";

    /// <summary>Returns when the limit was raised, when there is room for another reason, or when cancelled.</summary>
    /// <param name="describe">Given the sentence for the person on call.</param>
    /// <param name="cancellationToken">The watcher is given up.</param>
    /// <returns>Whether it is worth trying again.</returns>
    public async Task<bool> WaitForRoomAsync(Action<string> describe, CancellationToken cancellationToken)
    {
        var limit = readLimit();
        if (limit is { } known && DirectoryOnDisk.CountWatched(root, watchesIgnored, cancellationToken) is { } needed)
        {
            describe(
                $"'{root.Path}' needs {needed} inotify watches, one for each directory, and {known.Setting} allows {known.Value} for all processes of this user: "
                + $"some directories cannot be watched, and are compared with the disk instead. {WayOut(known.Setting, watchesIgnored)}");
        }

        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            await DetachedTask.PauseAsync(pause, time, cancellationToken).ConfigureAwait(false);
            if (cancellationToken.IsCancellationRequested)
            {
                return false;
            }

            if (readLimit()?.Value > (limit?.Value ?? 0) || hasRoom())
            {
                return true;
            }
        }
    }

    private static string WayOut(string setting, bool watchesIgnored) => watchesIgnored
        ? $"Raise {setting}, or watch a root with fewer directories; ignored ones count, too."
        : $"Raise {setting}, or ignore directories that need not be watched.";
}
