using FileMonitor.Extending;
using FileMonitor.Sources.Files;
using FileMonitor.Sources.Native;
using FileMonitor.Values;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Sources.FileSystemWatchers;

/// <summary>
/// One root and the <see cref="ArmedWatcher"/> that stands for it now: replaced whenever one reports an error or is found dead. This file is
/// its life, RootWatcher.Errors.cs what goes wrong with it.
/// </summary>
/// <remarks>
/// All fields belong to whoever holds the lock. Two may be read without: <c>_armed</c> and <c>_unreadable</c>. The lock is held while a
/// watcher is armed, however long that takes; the watcher's thread waits for it only to report an error. No host code runs under it.
/// </remarks>
internal sealed partial class RootWatcher : IAsyncDisposable
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(1);

    // Until dotnet/runtime#133420 is mended: a directory that was moved out of the tree, followed within 5 ms by anything else, ends the
    // watcher. A sentinel must not be that.
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

        // A watcher that dies as soon as it is armed is not armed ten times a second.
        _supervisor = new SourceSupervisor(new UncoveredRoot(root, changes, pollInterval, time), RestartAsync, time, logger, steadyAfter: SourceSupervisor.LongestPause);
    }

    /// <summary>What is wrong for longer than a moment.</summary>
    public IEnumerable<string> Problems => new[] { _supervisor.Uncovered.Problem, _unreadable }.OfType<string>();

    internal ArmedWatcher? Armed => _armed;

    /// <summary>
    /// Completes once the watcher is armed, or the first attempt failed and was reported. Off the caller's thread: arming is synchronous and
    /// visits every directory.
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

            // Missing, or closed to us: the monitor says so, waits for it, and calls RearmAsync.
            if (DirectoryOnDisk.CanBeListed(_root.PhysicalPath) && TryArmUnsynchronized() is { } failed)
            {
                _supervisor.Fail(GapCause.SourceError, CannotWatch(failed), failed);
            }
        }
    });

    /// <summary>Arms another watcher, where the root is now.</summary>
    /// <exception cref="IOException">It cannot be watched.</exception>
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

    /// <summary>Whether a watch can be had in a directory; for tests of what is done when none can.</summary>
    internal Func<string, bool> HasRoom { get; init; } = WatchLimit.HasRoom;

    /// <summary>
    /// Something was mounted or unmounted at a path below the root, of which a watcher hears nothing: another one is armed, which watches what
    /// is there now. Completes when it is.
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

    /// <summary>Null once every hint was written about what happened before; otherwise a sentence saying why that is not known.</summary>
    public async ValueTask<string?> FlushAsync(CancellationToken cancellationToken)
    {
        if (WhyDeaf() is { } known)
        {
            return known;
        }

        if (OperatingSystem.IsLinux())
        {
            await DetachedTask.PauseAsync(AfterMove, _time, cancellationToken).ConfigureAwait(false);
        }

        // One that is dead by now would not hear the sentinel, and only say so by silence.
        Check();
        if (WhyDeaf() is { } deaf)
        {
            return deaf;
        }

        var unheard = await Task.Run(() => SentinelFlush.RunAsync(_root, _time, cancellationToken), CancellationToken.None).ConfigureAwait(false);
        return unheard ?? WhyDeaf();
    }

    /// <summary>Gives the root to another source: what was not covered here is that one's business now.</summary>
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
            // A start that failed and the stop that follows both end here.
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

    /// <summary>Null when the watcher is armed; it is then the one that counts, and no restart is pending unless it asked for one already.</summary>
    private Exception? TryArmUnsynchronized()
    {
        GiveUpUnsynchronized();
        try
        {
            // Set first: errors about single directories are heard while it is armed.
            _armed = new ArmedWatcher(_root, _filters, _changes, HearError);
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

    /// <summary>A watcher was armed: what was missed until now can be compared with the disk, what happens from now on is hinted at.</summary>
    private bool CoverUnsynchronized()
    {
        // It failed again while it was armed.
        if (_supervisor.IsRestartPending)
        {
            return false;
        }

        _supervisor.Cover(except: _armed!.Unwatched > 0 ? GapCause.PartialCoverage : null);
        return true;
    }

    private string? WhyDeaf() => _supervisor.Uncovered.Problem ?? (_armed is null ? $"'{_root.Path}' is not watched." : null);

    private string CannotWatch(Exception failed)
    {
        var reason = OperatingSystem.IsLinux() && PathText.MayHoldBytes(_root.PhysicalPath)
            ? "its name is not UTF-8, and FileSystemWatcher knows names as text only. Rename it, or use the source Inotify."
            : OperatingSystem.IsLinux() && failed is IOException { HResult: LinuxErrors.EMFILE or LinuxErrors.ENFILE } ? WatchLimit.ExplainNoInstance(failed.HResult)
            : failed.Message;
        return $"'{_root.Path}' cannot be watched at the moment, and is compared with the disk instead: {reason}";
    }
}
