// Over 300 lines because it is one idea: the life of one watcher, from arming to what it hears, its errors and its successor.
using FileMonitor.Diagnostics;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Sources;

/// <summary>
/// One root and the FileSystemWatcher that stands for it now: replaced whenever one reports an error, for it may be dead without saying so.
/// </summary>
/// <remarks>
/// Owners: <c>_watcher</c>, <c>_error</c> and <c>_isRestarting</c> belong to whoever holds the lock, the delay to the one restart that runs. Handlers of
/// changes take no lock; they compare the generation they were
/// made for with the current one, so that a watcher that was given up is not heard any more (its handlers still run after Dispose).
/// </remarks>
internal sealed class RootWatcher(MonitoredRoot root, NotifyFilters filters, IChangeWriter changes, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private const int NoSpaceLeft = 28; // ENOSPC: the limit of inotify watches.
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _disposed = new();
    private FileSystemWatcher? _watcher;
    private Task _restarting = Task.CompletedTask;
    private Exception? _error;
    private bool _isRestarting;
    private TimeSpan _delay = FirstDelay;
    private long _restartedAt;
    private int _generation;
    private int _unwatched;
    private volatile string? _problem;

    /// <summary>What is wrong for longer than a moment; null when nothing is.</summary>
    public string? Problem => _problem;

    /// <summary>Completes once the watcher is armed. Off the caller's thread: arming is synchronous and visits every directory.</summary>
    public Task StartAsync() => RunDetached(() =>
    {
        lock (_gate)
        {
            ArmUnsynchronized();
        }

        return Task.CompletedTask;
    });

    public async ValueTask DisposeAsync()
    {
        // A start that failed and the stop that follows both end here.
        if (_disposed.IsCancellationRequested)
        {
            return;
        }

        Task restarting;
        await _disposed.CancelAsync().ConfigureAwait(false);
        lock (_gate)
        {
            Interlocked.Increment(ref _generation);
            _watcher?.Dispose();
            _watcher = null;
            restarting = _restarting;
        }

        await restarting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _disposed.Dispose();
    }

    private void ArmUnsynchronized()
    {
        // A watcher started inside a request would keep that request's context alive as long as it lives.
        var generation = Interlocked.Increment(ref _generation);
        _watcher?.Dispose();
        _unwatched = 0;
        var watcher = new FileSystemWatcher(root.PhysicalPath)
        {
            IncludeSubdirectories = root.Recursive,
            NotifyFilter = filters,

            // Only Windows uses it: the most that also works over the network.
            InternalBufferSize = 64 * 1024,
        };
        watcher.Created += (_, e) => Hear(generation, FileChangeKind.Created, e.Name);
        watcher.Changed += (_, e) => Hear(generation, FileChangeKind.Modified, e.Name);
        watcher.Deleted += (_, e) => Hear(generation, FileChangeKind.Deleted, e.Name);
        watcher.Renamed += (_, e) => HearRename(generation, e.Name, e.OldName);
        watcher.Error += (_, e) => HearError(generation, e.GetException());
        try
        {
            watcher.EnableRaisingEvents = true;
        }
        catch
        {
            watcher.Dispose();
            throw;
        }

        _watcher = watcher;
    }

    private void Hear(int generation, FileChangeKind kind, string? name)
    {
        try
        {
            if (generation != Volatile.Read(ref _generation))
            {
                return;
            }

            if (string.IsNullOrEmpty(name) || IsGarbled(name))
            {
                HearIncomplete(name);
                return;
            }

            changes.Write(new FileChange(kind, root, Relative(name)));
        }
        catch (Exception)
        {
            // On Windows an exception here ends the process, on Linux the watcher. The queue does not throw; if it did, there is nobody to tell.
        }
    }

    private void HearRename(int generation, string? name, string? oldName)
    {
        if (string.IsNullOrEmpty(name) || string.IsNullOrEmpty(oldName) || IsGarbled(name) || IsGarbled(oldName))
        {
            // Windows splits a rename over two buffers; each half alone says only that its directory changed.
            Hear(generation, FileChangeKind.Look, oldName);
            Hear(generation, FileChangeKind.Look, name);
            return;
        }

        try
        {
            if (generation == Volatile.Read(ref _generation))
            {
                changes.Write(new FileChange(FileChangeKind.Renamed, root, Relative(name), Relative(oldName)));
            }
        }
        catch (Exception)
        {
            // As above.
        }
    }

    private void HearIncomplete(string? name)
    {
        var directory = name is null ? "" : PathText.DirectoryOf(Relative(name)).ToString();
        changes.ReportLoss(root, directory, GapCause.IncompleteHint, "A notification came without a usable name; its directory is compared with the disk.");
    }

    /// <summary>The name on disk is not UTF-8: the watcher put a replacement character where bytes were lost.</summary>
    private static bool IsGarbled(string name) => name.Contains('\uFFFD', StringComparison.Ordinal);

    private static string Relative(string name) => Path.DirectorySeparatorChar == '/' ? name : name.Replace(Path.DirectorySeparatorChar, '/');

    private void HearError(int generation, Exception error)
    {
        try
        {
            if (generation != Volatile.Read(ref _generation))
            {
                return;
            }

            if (OperatingSystem.IsLinux() && WayOutOfUnwatched(error) is { } wayOut)
            {
                HearUnwatched(error, wayOut);
                return;
            }

            changes.ReportLoss(
                root,
                "",
                error is InternalBufferOverflowException ? GapCause.SourceOverflow : GapCause.SourceError,
                $"The watcher reported {error.GetType().Name}: {error.Message}");
            _problem = $"The watcher of '{root.Path}' reported an error and is being restarted: {error.Message}";
            RequestRestart(generation, error);
        }
        catch (Exception)
        {
            // As above.
        }
    }

    /// <summary>Never restarted inside its own callback: that recursed without end in more than one product.</summary>
    private void RequestRestart(int generation, Exception error)
    {
        lock (_gate)
        {
            if (generation != _generation || _disposed.IsCancellationRequested)
            {
                return;
            }

            _error = error;
            if (!_isRestarting)
            {
                _isRestarting = true;
                _restarting = RunDetached(RestartAsync);
            }
        }
    }

    /// <summary>One error comes for each directory; it is one condition, and the watcher goes on with what it has.</summary>
    private void HearUnwatched(Exception error, string wayOut)
    {
        var unwatched = Interlocked.Increment(ref _unwatched);
        var problem = $"{unwatched} directories below '{root.Path}' cannot be watched: {error.Message} {wayOut}";
        _problem = problem;
        if (unwatched == 1)
        {
            changes.ReportLoss(root, "", GapCause.PartialCoverage, problem);

            // Elsewhere: a logger is the host's code, and this is the watcher's thread.
            _ = RunDetached(() =>
            {
                logger.PartialCoverage(root.Path, error.Message);
                return Task.CompletedTask;
            });
        }
    }

    /// <summary>Null for an error of the watcher itself. A restart would find the same directories again, and restart for ever.</summary>
    private static string? WayOutOfUnwatched(Exception error) => error switch
    {
        IOException { HResult: NoSpaceLeft } => "Raise fs.inotify.max_user_watches, or ignore directories.",
        UnauthorizedAccessException => "Give the process read permission.",
        _ => null,
    };

    private async Task RestartAsync()
    {
        if (time.GetElapsedTime(_restartedAt) > LongestDelay)
        {
            _delay = FirstDelay;
        }

        while (TakeError() is { } error)
        {
            // Jitter, so that many roots on one device that comes back do not all ask at once.
            var delay = _delay * (0.75 + (Random.Shared.NextDouble() / 2));
            _delay = TimeSpan.FromTicks(Math.Min(_delay.Ticks * 2, LongestDelay.Ticks));
            logger.SourceRestarting(error, root.Path, delay);
            await Task.Delay(delay, time, _disposed.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Rearm();
        }
    }

    /// <summary>The error to restart for; null when there is none any more, and then the next one begins a new restart.</summary>
    private Exception? TakeError()
    {
        lock (_gate)
        {
            var error = _disposed.IsCancellationRequested ? null : _error;
            _error = null;
            _isRestarting = error is not null;
            return error;
        }
    }

    private void Rearm()
    {
        try
        {
            lock (_gate)
            {
                if (_disposed.IsCancellationRequested)
                {
                    return;
                }

                _error = null;
                _problem = null;
                ArmUnsynchronized();
            }

            _restartedAt = time.GetTimestamp();

            // Armed first, then compared: what happened in between is on the disk, what happens now is hinted at.
            changes.ReportLoss(root, "", GapCause.SourceRestarted, "The watcher was restarted; what happened meanwhile is compared with the disk.");
            logger.SourceRestarted(root.Path);
        }
        catch (Exception failed)
        {
            logger.SourceRestartFailed(failed, root.Path, _delay);
            _problem = $"The watcher of '{root.Path}' cannot be restarted: {failed.Message}";
            lock (_gate)
            {
                _error ??= failed;
            }
        }
    }

    private static Task RunDetached(Func<Task> work)
    {
        using IDisposable? flow = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
        return Task.Run(work);
    }
}
