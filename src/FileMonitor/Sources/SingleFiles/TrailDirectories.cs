using FileMonitor.Extending;
using FileMonitor.Patterns;

namespace FileMonitor.Sources.SingleFiles;

/// <summary>The directories that are watched for files that are roots: exactly those that the ways to the files lead through by a link or end in.</summary>
/// <remarks>Owner: the loop of <see cref="FileRootSource"/>; health reads <see cref="All"/>, which is replaced as a whole.</remarks>
/// <param name="source">Watches them. A source of their own: another root of the same source may be one of them.</param>
/// <param name="writer">Gets what the source says.</param>
/// <param name="disk">The disk.</param>
/// <param name="interval">How often a directory that cannot be watched is compared.</param>
/// <param name="time">The clock.</param>
internal sealed class TrailDirectories(IRootSource source, TrailWriter writer, IFileView disk, TimeSpan interval, TimeProvider time) : IAsyncDisposable
{
    private volatile IReadOnlyList<TrailDirectory> _all = [];

    public IReadOnlyList<TrailDirectory> All => _all;

    /// <summary>Watches the directories on the way to a file, and no longer those that are not on any way.</summary>
    /// <exception cref="SourceUnavailableException">A directory cannot be watched with the source that is required.</exception>
    public async Task FitAsync(FileWatch file, FileTrail trail, CancellationToken cancellationToken)
    {
        var wanted = new Dictionary<TrailDirectory, List<TrailName>>();
        foreach (var stop in trail.Stops)
        {
            var directory = wanted.Keys.Concat(_all).FirstOrDefault(known => known.Is(stop)) ?? Make(file, stop);
            directory.Root.MoveTo(stop.Directory);
            wanted.TryAdd(directory, []);
            wanted[directory].Add(new TrailName(file, stop.Name, trail.EndsAtFile && stop == trail.End));
        }

        // What is not on the way any more is given up first: it may be deleted, which a source would report.
        await LeaveAsync(file, known => !wanted.ContainsKey(known)).ConfigureAwait(false);
        foreach (var (directory, names) in wanted)
        {
            writer.SetNames(directory, [.. directory.Names.Where(name => name.File != file), .. names]);
            await WatchAsync(directory, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Watches nothing any more for a file, which is no root any more.</summary>
    public Task ForgetAsync(FileWatch file) => LeaveAsync(file, static _ => true);

    /// <summary>Ends the comparisons. The source is disposed by its owner.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var unwatched in _all.Select(static directory => directory.Unwatched).OfType<UncoveredRoot>())
        {
            await unwatched.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task LeaveAsync(FileWatch file, Func<TrailDirectory, bool> isLeft)
    {
        foreach (var directory in _all.Where(isLeft).ToArray())
        {
            writer.SetNames(directory, [.. directory.Names.Where(name => name.File != file)]);
            if (directory.Names.Length == 0)
            {
                await GiveUpAsync(directory).ConfigureAwait(false);
            }
        }
    }

    private TrailDirectory Make(FileWatch file, in TrailStop stop)
    {
        var root = new MonitoredRoot(file.Root.Index, stop.Directory, stop.Directory, IgnoreRules.None, file.Root.Settings with { Recursive = false });
        var directory = new TrailDirectory(root, stop.Identity);
        writer.Add(directory);
        _all = [.. _all, directory];
        return directory;
    }

    private async Task WatchAsync(TrailDirectory directory, CancellationToken cancellationToken)
    {
        if (directory.IsWatched)
        {
            return;
        }

        string refusal;
        if (directory.CanBeWatched())
        {
            try
            {
                await source.StartAsync([directory.Root], writer, cancellationToken).ConfigureAwait(false);
                directory.IsWatched = true;
                directory.Unwatched?.Close();
                return;
            }
            catch (Exception failed) when (failed is (IOException or UnauthorizedAccessException) and not SourceUnavailableException)
            {
                await source.HandOverAsync(directory.Root).ConfigureAwait(false);
                refusal = failed.Message;
            }
        }
        else if (!disk.GetStatus(directory.Root.PhysicalPath, "").IsFound)
        {
            // It went away: the next look finds another way.
            return;
        }
        else
        {
            refusal = "Permission denied. Give the process read permission.";
        }

        directory.Unwatched ??= new UncoveredRoot(directory.Root, writer, interval, time);
        directory.Unwatched.Open(GapCause.PartialCoverage, $"The directory '{directory.Root.Path}', through which the path leads, cannot be watched, and the file is compared with the disk from time to time: {refusal}");
    }

    private async Task GiveUpAsync(TrailDirectory directory)
    {
        writer.Remove(directory);
        _all = [.. _all.Where(known => known != directory)];
        if (directory.IsWatched)
        {
            await source.HandOverAsync(directory.Root).ConfigureAwait(false);
        }

        if (directory.Unwatched is { } unwatched)
        {
            unwatched.Close();
            await unwatched.DisposeAsync().ConfigureAwait(false);
        }
    }
}
