using System.Collections.Concurrent;
using System.Threading.Channels;
using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Sources.SingleFiles;

/// <summary>
/// Watches roots that are files, beside a source for those that are directories. For each file it watches the directories in which a link stands that its
/// path leads through, and the one where it ends. When a name there changes, it follows the path again, watches what is on the way now, and then hints at
/// the file: what happened before the hint, the look that follows finds.
/// </summary>
/// <remarks>
/// One loop owns the ways and the directories. Hints, comparisons and the check of each <see cref="RecoveryOptions.RootCheckInterval"/> ask it; a flush waits
/// for it.
/// </remarks>
internal sealed class FileRootSource : IRootSource
{
    // A path whose links change all the time is watched as it was found last; each change asks for the next look.
    private const int MostLooks = 8;

    private readonly IRootSource _directories;
    private readonly IRootSource _onTheWay;
    private readonly IFileView _disk;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Channel<(FileWatch File, TaskCompletionSource? Done)> _asked = Channel.CreateUnbounded<(FileWatch, TaskCompletionSource?)>();
    private readonly CancellationTokenSource _stopped = new();

    // One caller at a time adds and removes roots.
    private readonly ConcurrentDictionary<MonitoredRoot, FileWatch> _files = new();
    private TrailDirectories? _trails;
    private IChangeWriter? _changes;
    private bool _hasDirectories;
    private Task _loop = Task.CompletedTask;

    /// <param name="directories">Watches the roots that are directories.</param>
    /// <param name="onTheWay">Watches the directories on the way to files. Another instance than the first, so that both may watch one directory.</param>
    /// <param name="disk">The disk.</param>
    /// <param name="interval">The pause between two comparisons of what cannot be watched.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Logs defects.</param>
    public FileRootSource(IRootSource directories, IRootSource onTheWay, IFileView disk, TimeSpan interval, TimeProvider time, ILogger logger) =>
        (_directories, _onTheWay, _disk, _interval, _time, _logger) = (directories, onTheWay, disk, interval, time, logger);

    /// <summary>The sources in use.</summary>
    public string Name => _files.IsEmpty ? _directories.Name
        : string.Join('+', (_hasDirectories ? _directories.Name.Split('+') : []).Concat(_onTheWay.Name.Split('+')).Distinct().Order(StringComparer.Ordinal));

    public IReadOnlyList<string> Problems =>
    [
        .. _hasDirectories ? _directories.Problems : [],
        .. _onTheWay.Problems,
        .. (_trails?.All ?? []).Select(static directory => directory.Unwatched?.Problem).OfType<string>(),
        .. _files.Values.OrderBy(static file => file.Root.Index).Select(static file => file.Trail?.Problem).OfType<string>(),
    ];

    long IChangeSource.HintedUpTo => Math.Min(_directories.HintedUpTo, _onTheWay.HintedUpTo);

    public IReadOnlyList<WatchUsage> Watches => [.. _hasDirectories ? _directories.Watches : [], .. _onTheWay.Watches];

    public async Task StartAsync(IReadOnlyList<MonitoredRoot> roots, IChangeWriter changes, CancellationToken cancellationToken)
    {
        _changes = changes;
        var directories = roots.Where(static root => !root.IsFile).ToList();
        if (directories.Count > 0)
        {
            _hasDirectories = true;
            await _directories.StartAsync(directories, changes, cancellationToken).ConfigureAwait(false);
        }

        foreach (var root in roots.Where(static root => root.IsFile))
        {
            if (_trails is null)
            {
                _trails = new TrailDirectories(_onTheWay, new TrailWriter(changes, Ask, Follow), _disk, _interval, _time);
                _loop = DetachedTask.Run(RunAsync);
            }

            await LookedAtAsync(_files.GetOrAdd(root, static root => new FileWatch(root)), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Whether the path of a file leads where it led; if not, has it watched. The check that needs no hint, for the directories on the way without a link.</summary>
    public bool Check(MonitoredRoot root)
    {
        if (_files.TryGetValue(root, out var file) && !(file.Trail is { } trail && trail.IsSame(FileTrail.Of(root.Path, _disk))))
        {
            Ask(file);
        }

        // The monitor need not do anything: the file is no lost root.
        return true;
    }

    public Task RearmAsync(MonitoredRoot root, CancellationToken cancellationToken) =>
        _files.TryGetValue(root, out var file) ? LookedAtAsync(file, cancellationToken) : _directories.RearmAsync(root, cancellationToken);

    /// <summary>For a file: completes when its way was followed and watched, and it was compared, which finds everything that happened before.</summary>
    public async ValueTask<string?> FlushAsync(MonitoredRoot root, CancellationToken cancellationToken)
    {
        if (!_files.TryGetValue(root, out var file))
        {
            return await _directories.FlushAsync(root, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            await LookedAtAsync(file, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The look goes on, and nobody compares the file after it.
            Ask(file);
            throw;
        }

        await _changes!.CompareAsync(root, "").WaitAsync(cancellationToken).ConfigureAwait(false);
        return null;
    }

    public string NameFor(MonitoredRoot root) =>
        !_files.TryGetValue(root, out var file) ? _directories.NameFor(root)
        : string.Join('+', OnTheWayTo(file).Select(directory => _onTheWay.NameFor(directory.Root)).DefaultIfEmpty(_onTheWay.Name).Distinct().Order(StringComparer.Ordinal));

    public string? ReasonFor(MonitoredRoot root) =>
        !_files.TryGetValue(root, out var file) ? _directories.ReasonFor(root)
        : OnTheWayTo(file).Select(directory => _onTheWay.ReasonFor(directory.Root)).FirstOrDefault(static reason => reason is not null);

    public Task RemountedAsync(MonitoredRoot root, string relativePath) => _directories.RemountedAsync(root, relativePath);

    public Task HandOverAsync(MonitoredRoot root)
    {
        if (!_files.TryRemove(root, out var file))
        {
            return _directories.HandOverAsync(root);
        }

        // By the loop, which owns the ways.
        file.IsGivenUp = true;
        return LookedAtAsync(file, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        // The loop first: it starts watches. What the sources still report is hinted at without it.
        await _stopped.CancelAsync().ConfigureAwait(false);
        _asked.Writer.TryComplete();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_trails is { } trails)
        {
            await trails.DisposeAsync().ConfigureAwait(false);
        }

        await _onTheWay.DisposeAsync().ConfigureAwait(false);
        await _directories.DisposeAsync().ConfigureAwait(false);
    }

    private IEnumerable<TrailDirectory> OnTheWayTo(FileWatch file) => (_trails?.All ?? []).Where(directory => directory.IsWatched && directory.Names.Any(name => name.File == file));

    private void Ask(FileWatch file)
    {
        file.AskForHint();
        Follow(file);
    }

    /// <summary>Asks without a hint, for who compares the file as well: a hint for each comparison of each directory on the way would be taken for writing, and the file never be quiet.</summary>
    private void Follow(FileWatch file)
    {
        if (file.TryAsk())
        {
            _asked.Writer.TryWrite((file, null));
        }
    }

    private Task LookedAtAsync(FileWatch file, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_asked.Writer.TryWrite((file, done)))
        {
            done.TrySetCanceled(_stopped.Token);
        }

        return done.Task.WaitAsync(cancellationToken);
    }

    private async Task RunAsync()
    {
        await foreach (var (file, done) in _asked.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            try
            {
                _stopped.Token.ThrowIfCancellationRequested();
                var isSameWay = await LookAsync(file).ConfigureAwait(false);
                if (done is null && (file.TakeHint() || !isSameWay) && !file.IsGivenUp)
                {
                    _changes!.Write(new FileChange(FileChangeKind.Look, file.Root, file.Root.FileName!));
                }

                // Whoever waits compares the file next: the baseline, the monitor after it armed a root again, or a flush.
                done?.TrySetResult();
            }
            catch (OperationCanceledException) when (_stopped.IsCancellationRequested)
            {
                done?.TrySetCanceled(_stopped.Token);
            }
            catch (Exception failed)
            {
                // The check of each interval asks again, because the way is not known as watched.
                file.Trail = null;
                _logger.RootCheckFailed(failed, file.Root.Path);
                done?.TrySetException(failed);
            }
        }
    }

    /// <returns>Whether the way is the one that was known.</returns>
    private async Task<bool> LookAsync(FileWatch file)
    {
        if (file.IsGivenUp)
        {
            await _trails!.ForgetAsync(file).ConfigureAwait(false);
            return true;
        }

        file.BeginLook();
        for (var looks = 0; looks < MostLooks; looks++)
        {
            // Watched first, then followed again: what changed in between leads another way, or is found by the comparison that follows.
            var trail = FileTrail.Of(file.Root.Path, _disk);
            var isWatched = file.Trail is { } before && before.IsSame(trail);
            await _trails!.FitAsync(file, trail, _stopped.Token).ConfigureAwait(false);
            file.Trail = trail;
            if (isWatched)
            {
                return looks == 0;
            }
        }

        return false;
    }
}
