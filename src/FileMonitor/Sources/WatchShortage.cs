using FileMonitor.Extending;
using FileMonitor.Sources.Files;

namespace FileMonitor.Sources;

/// <summary>
/// Waits for watches after a watcher was refused some: counts once how many the root needs, for the person on call, and checks now and then
/// whether there are more.
/// </summary>
/// <param name="root">The root.</param>
/// <param name="readLimit">Reads the limit.</param>
/// <param name="hasRoom">Tries whether one more directory can be watched: other processes may have freed watches.</param>
/// <param name="time">The clock.</param>
/// <param name="watchesIgnored">Whether the source also watches directories that patterns leave out.</param>
internal sealed class WatchShortage(MonitoredRoot root, Func<WatchLimit?> readLimit, Func<bool> hasRoom, TimeProvider time, bool watchesIgnored)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    /// <summary>The sentence for the person on call until the number of needed watches is known.</summary>
    public static string Describe(MonitoredRoot root, string refusal, bool watchesIgnored) =>
        $"Some directories below '{root.Path}' cannot be watched, and are compared with the disk instead: {refusal} {WayOut(WatchLimit.Read()?.Setting ?? "fs.inotify.max_user_watches", watchesIgnored)}";

    /// <summary>Returns when the limit was raised, when watches became free, or when cancelled.</summary>
    /// <param name="describe">Receives the sentence for the person on call.</param>
    /// <param name="cancellationToken">Cancelled when the watcher is disposed.</param>
    /// <returns>Whether to try again.</returns>
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
