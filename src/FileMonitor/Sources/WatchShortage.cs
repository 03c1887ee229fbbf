namespace FileMonitor.Sources;

/// <summary>
/// What a watcher does while it was refused watches: counts once how many the root needs, for the person on call, and looks now and then
/// whether the limit was raised.
/// </summary>
internal sealed class WatchShortage(MonitoredRoot root, Func<WatchLimit?> readLimit, TimeProvider time)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    /// <summary>The way out, as long as it is not known how many are needed.</summary>
    public static string Describe(MonitoredRoot root, string refusal) =>
        $"Some directories below '{root.Path}' cannot be watched, and are compared with the disk instead: {refusal} {WayOut("fs.inotify.max_user_watches")}";

    /// <summary>Returns when the limit was raised, or when cancelled.</summary>
    /// <param name="describe">Given the sentence for the person on call.</param>
    /// <param name="cancellationToken">The watcher is given up.</param>
    /// <returns>Whether the limit was raised.</returns>
    public async Task<bool> WaitForHigherLimitAsync(Action<string> describe, CancellationToken cancellationToken)
    {
        var limit = readLimit();
        if (limit is { } known && CountDirectories(cancellationToken) is { } needed)
        {
            describe(
                $"'{root.Path}' needs {needed} inotify watches, one for each directory, and {known.Setting} allows {known.Value} for all processes of this user: "
                + $"some directories cannot be watched, and are compared with the disk instead. {WayOut(known.Setting)}");
        }

        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            await DetachedTask.PauseAsync(pause, time, cancellationToken).ConfigureAwait(false);
            if (cancellationToken.IsCancellationRequested)
            {
                return false;
            }

            if (readLimit()?.Value > (limit?.Value ?? 0))
            {
                return true;
            }
        }
    }

    private static string WayOut(string setting) => $"Raise {setting}, or watch a root with fewer directories; ignored ones count, too.";

    /// <summary>Null when given up while counting.</summary>
    private long? CountDirectories(CancellationToken cancellationToken)
    {
        var count = 1L;
        var disk = new DiskFileView();
        var open = new Stack<string>(root.Recursive ? [""] : []);
        while (open.TryPop(out var directory))
        {
            if (cancellationToken.IsCancellationRequested)
            {
                return null;
            }

            // What cannot be listed is not watched either; what was counted so far is the least that the root needs.
            disk.List(root.PhysicalPath, directory, (name, status) =>
            {
                if (status.ItemType == ItemType.Directory)
                {
                    count++;
                    open.Push(PathText.Join(directory, name));
                }
            });
        }

        return count;
    }
}
