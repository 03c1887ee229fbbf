using FileMonitor.Extending;
using FileMonitor.Sources.Files;
using FileMonitor.Sources.Native;
using FileMonitor.Values;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Sources.FileSystemWatchers;

/// <summary>
/// One root and its current <see cref="ArmedWatcher"/>, which is replaced when it reports an error or is found dead. This file has start, flush
/// and end, RootWatcher.Errors.cs the failures.
/// </summary>
/// <remarks>
/// Owner of the fields: whoever holds the lock; <c>_armed</c> and <c>_unreadable</c> may be read without it. The lock is held while a watcher is
/// armed, however long that takes; the watcher's thread takes it only to report an error. No host code runs under it.
/// </remarks>
internal sealed partial class RootWatcher : IAsyncDisposable
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(1);

    // Needed until dotnet/runtime#133420 is fixed: a directory moved out of the tree, followed by any event within 5 ms, ends the watcher. The
    // sentinel must not be that event.
    private static readonly TimeSpan AfterMove = TimeSpan.FromMilliseconds(20);

    private readonly Lock _gate = new();
    private readonly MonitoredRoot _root;
    private readonly NotifyFilters _filters;
    private readonly Func<WatchLimit?> _readLimit;
    private readonly IChangeWriter _changes;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SourceSupervisor _supervisor;
    private volatile ArmedWatcher? _armed;
    private ITimer? _check;
    private bool _isDisposed;

    public RootWatcher(
        MonitoredRoot root, NotifyFilters filters, TimeSpan pollInterval, Func<WatchLimit?> readLimit, IChangeWriter changes, TimeProvider time, ILogger logger)
    {
        (_root, _filters, _readLimit, _changes, _time, _logger) = (root, filters, readLimit, changes, time, logger);

        // Do not arm a watcher that dies at once ten times a second.
        _supervisor = new SourceSupervisor(new UncoveredRoot(root, changes, pollInterval, time), RestartAsync, time, logger, steadyAfter: SourceSupervisor.LongestPause);
    }

    /// <summary>The conditions of the root, as sentences.</summary>
    public IEnumerable<string> Problems => new[] { _supervisor.Uncovered.Problem, _unreadable }.OfType<string>();

    internal ArmedWatcher? Armed => _armed;

    /// <summary>
    /// Completes once the watcher is armed, or the first attempt failed and was reported. On the pool, because arming is synchronous and visits
    /// every directory.
    /// </summary>
    public Task StartAsync() => DetachedTask.Run(() =>
    {
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            _check = _time.CreateTimer(static watcher => ((RootWatcher)watcher!).Check(), this, CheckInterval, CheckInterval);

            // Skip a missing or unreadable root: the monitor reports it, waits and calls RearmAsync.
            if (DirectoryOnDisk.CanBeListed(_root.PhysicalPath) && TryArmUnsynchronized() is { } failed)
            {
                _supervisor.Fail(GapCause.SourceError, CannotWatch(failed), failed);
            }
        }
    });

    /// <summary>Arms a new watcher at the current path of the root.</summary>
    /// <exception cref="IOException">The root cannot be watched.</exception>
    public Task RearmAsync(CancellationToken cancellationToken) => DetachedTask.Run(() =>
    {
        lock (_gate)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_isDisposed)
            {
                return;
            }

            if (TryArmUnsynchronized() is { } failed)
            {
                throw new IOException(CannotWatch(failed), failed);
            }

            CoverUnsynchronized();
        }
    });

    /// <summary>Whether a watch is available for a directory; replaced by tests.</summary>
    internal Func<string, bool> HasRoom { get; init; } = WatchLimit.HasRoom;

    /// <summary>
    /// Handles a mount or unmount below the root, which a watcher does not report: arms a new watcher, which watches what is there now.
    /// Completes then.
    /// </summary>
    public async Task RemountedAsync(string path)
    {
        Task armed;
        lock (_gate)
        {
            if (_isDisposed || _armed is null)
            {
                return;
            }

            _supervisor.Uncovered.Open(GapCause.SourceError, $"Something was mounted or unmounted at '{PathText.Absolute(_root.Path, path)}', and the watcher is restarted to see it.");
            armed = _supervisor.RestartNow();
        }

        await armed.ConfigureAwait(false);
    }

    /// <summary>Completes with null once every hint about earlier changes was written; otherwise with a sentence saying why that is not known.</summary>
    public async ValueTask<string?> FlushAsync(CancellationToken cancellationToken)
    {
        if (WhyUncovered() is { } known)
        {
            return known;
        }

        if (OperatingSystem.IsLinux())
        {
            await DetachedTask.PauseAsync(AfterMove, _time, cancellationToken).ConfigureAwait(false);
        }

        // A dead watcher would not report the sentinel, so find that out first.
        Check();
        if (WhyUncovered() is { } uncovered)
        {
            return uncovered;
        }

        var unflushed = await Task.Run(() => SentinelFlush.RunAsync(_root, _time, cancellationToken), CancellationToken.None).ConfigureAwait(false);
        return unflushed ?? WhyUncovered();
    }

    /// <summary>Hands the root over to another source and ends its conditions.</summary>
    public async Task HandOverAsync()
    {
        await DisposeAsync().ConfigureAwait(false);
        lock (_gate)
        {
            _supervisor.Uncovered.Close();
        }
    }

    public async ValueTask DisposeAsync()
    {
        ITimer? check;
        Task ended;
        lock (_gate)
        {
            // Called twice after a failed start: by the start and by the stop.
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            GiveUpUnsynchronized();
            check = _check;
            ended = Task.WhenAll(_shortage, _supervisor.DisposeAsync().AsTask());
        }

        if (check is not null)
        {
            await check.DisposeAsync().ConfigureAwait(false);
        }

        await ended.ConfigureAwait(false);
    }

    /// <summary>
    /// Arms a new watcher in place of the old one. Null on success, otherwise the error. No restart is scheduled then, unless the new watcher
    /// has failed already.
    /// </summary>
    private Exception? TryArmUnsynchronized()
    {
        GiveUpUnsynchronized();
        try
        {
            // Set the field first: errors about single directories are reported during Enable.
            _armed = new ArmedWatcher(_root, _filters, _changes, HandleError);
            _armed.Enable();
            return null;
        }
        catch (Exception failed)
        {
            GiveUpUnsynchronized();
            return failed;
        }
    }

    private void GiveUpUnsynchronized()
    {
        _supervisor.CancelRestart();
        _armed?.Dispose();
        _armed = null;
        _unreadable = null;
    }

    /// <summary>A watcher is armed: ends the conditions, so that the root is compared with the disk. Later changes come as hints.</summary>
    private bool CoverUnsynchronized()
    {
        // It failed again while it was being armed.
        if (_supervisor.IsRestartPending)
        {
            return false;
        }

        _supervisor.Cover(except: _armed!.Unwatched > 0 ? GapCause.PartialCoverage : null);
        return true;
    }

    private string? WhyUncovered() => _supervisor.Uncovered.Problem ?? (_armed is null ? $"'{_root.Path}' is not watched." : null);

    private string CannotWatch(Exception failed)
    {
        var reason = OperatingSystem.IsLinux() && PathText.MayHoldBytes(_root.PhysicalPath)
            ? "its name is not UTF-8, and FileSystemWatcher handles names only as text. Rename it, or use the source Inotify."
            : OperatingSystem.IsLinux() && failed is IOException { HResult: LinuxErrors.EMFILE or LinuxErrors.ENFILE } ? WatchLimit.ExplainNoInstance(failed.HResult)
            : failed.Message;
        return $"'{_root.Path}' cannot be watched at the moment, and is compared with the disk instead: {reason}";
    }
}
