using System.Collections.Frozen;
using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using FileMonitor.Sources.Files;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Sources.Fanotify;

/// <summary>
/// Watches with fanotify and marks on whole file systems, on Linux: any number of directories, with the process of each change. This file has
/// start, flush and end, FanotifySource.Recovery.cs the failures; <see cref="FanotifySupport.WhyNot"/> checks beforehand whether it can be used.
/// </summary>
/// <remarks>
/// Owner of the fields: whoever holds the lock, which is held briefly. The semaphore lets one caller at a time arm a root. The listener belongs
/// to its own thread.
/// </remarks>
internal sealed partial class FanotifySource(TimeSpan interval, TimeProvider time, ILogger logger) : IRootSource
{
    public const string SourceName = "Fanotify";

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _arming = new(1, 1);
    private FrozenDictionary<MonitoredRoot, SourceSupervisor> _roots = FrozenDictionary<MonitoredRoot, SourceSupervisor>.Empty;
    private readonly HashSet<MonitoredRoot> _armed = [];
    private IChangeWriter? _changes;
    private FanotifyListener? _listener;
    private bool _isDisposed;

    public string Name => SourceName;

    public IReadOnlyList<string> Problems =>
    [
        .. _roots.OrderBy(root => root.Key.Index).Select(root => root.Value.Uncovered.Problem).OfType<string>(),
        .. (Listener?.Uncovered ?? []).OrderBy(place => place.Root.Index).Select(place => place.Problem),
    ];

    public IReadOnlyList<WatchUsage> Watches => [new(Name, Listener?.Marks ?? 0, WatchLimit.ReadMarks()?.Value)];

    long IChangeSource.HintedUpTo => Listener?.HintedUpTo ?? long.MaxValue;

    /// <summary>Whether to use <see cref="FanotifyGroup.NamesTargets"/>; tests switch it off.</summary>
    internal bool NamesTargets { get; init; } = true;

    internal FanotifyListener? Listener => Volatile.Read(ref _listener);

    public Task StartAsync(IReadOnlyList<MonitoredRoot> roots, IChangeWriter changes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _changes = changes;
        lock (_gate)
        {
            _roots = _roots.Concat(roots.Select(root => KeyValuePair.Create(root, Supervise(root)))).ToFrozenDictionary();
        }

        return DetachedTask.Run(async () =>
        {
            // Skip roots that are missing or unreadable: the monitor reports them, waits and calls RearmAsync.
            foreach (var root in roots.Where(root => DirectoryOnDisk.CanBeListed(root.PhysicalPath)))
            {
                if (await TryArmAsync(root).ConfigureAwait(false) is { } failed)
                {
                    Fail(root, failed);
                }
            }
        });
    }

    public Task RearmAsync(MonitoredRoot root, CancellationToken cancellationToken) => DetachedTask.Run(async () =>
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (await TryArmAsync(root).ConfigureAwait(false) is { } failed)
        {
            throw new IOException(CannotWatch(root, failed), failed);
        }
    });

    public async ValueTask<string?> FlushAsync(MonitoredRoot root, CancellationToken cancellationToken)
    {
        if (WhyUncovered(root) is { } uncovered)
        {
            return uncovered;
        }

        var unflushed = await Task.Run(() => SentinelFlush.RunAsync(root, time, cancellationToken), CancellationToken.None).ConfigureAwait(false);
        if (unflushed is not null || Listener is not { } listener)
        {
            return unflushed ?? WhyUncovered(root);
        }

        try
        {
            // The events of moved-in directories have been read by now; wait until what is below them is known.
            await listener.ScannedAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException ended)
        {
            return ended.Message;
        }

        // Compare the unwatched directories. Their gaps are open, which the result of the flush says.
        foreach (var place in listener.Uncovered.Where(place => place.Root == root))
        {
            await _changes!.CompareAsync(root, place.IsShared ? "" : place.Directory).WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return WhyUncovered(root);
    }

    public async Task HandOverAsync(MonitoredRoot root)
    {
        // First end the restarts, so that none arms the root again.
        SourceSupervisor? supervisor;
        var ended = Task.CompletedTask;
        lock (_gate)
        {
            supervisor = _roots.GetValueOrDefault(root);
            ended = supervisor?.DisposeAsync().AsTask() ?? ended;
        }

        await ended.ConfigureAwait(false);
        if (Listener is { } listener)
        {
            await listener.ForgetAsync(root).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        lock (_gate)
        {
            _armed.Remove(root);
            supervisor?.Uncovered.Close();
            _roots = _roots.Where(known => known.Key != root).ToFrozenDictionary();
        }
    }

    public async ValueTask DisposeAsync()
    {
        FanotifyListener? listener;
        Task ended;
        lock (_gate)
        {
            // Called twice after a failed start: by the start and by the stop.
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            listener = _listener;
            ended = Task.WhenAll(_roots.Values.Select(root => root.DisposeAsync().AsTask()));
        }

        // End the listener first, so that a restart under way ends, too.
        if (listener is not null)
        {
            await listener.DisposeAsync().ConfigureAwait(false);
        }

        await ended.ConfigureAwait(false);
    }

    private SourceSupervisor Supervise(MonitoredRoot root) =>
        new(new UncoveredRoot(root, _changes!, interval, time), cancelled => RestartAsync(root, cancelled), time, logger);

    /// <summary>Arms a root and ends its conditions. Null on success, otherwise the error.</summary>
    private async Task<Exception?> TryArmAsync(MonitoredRoot root, bool isRestart = false)
    {
        await _arming.WaitAsync().ConfigureAwait(false);
        try
        {
            if (Listen() is not { } listener)
            {
                return null;
            }

            await listener.ArmAsync(root).ConfigureAwait(false);
            lock (_gate)
            {
                if (listener != _listener || _isDisposed)
                {
                    return _isDisposed ? null : new IOException($"The watcher of '{root.Path}' ended while it was armed.");
                }

                _armed.Add(root);
                if (isRestart)
                {
                    // Armed first, then compared: changes from in between are on disk, later ones come as hints.
                    _changes!.ReportLoss(root, "", GapCause.SourceRestarted, "The watcher was restarted; the root is compared with the disk.");
                }

                _roots.GetValueOrDefault(root)?.Cover();
                return null;
            }
        }
        catch (IOException failed)
        {
            return failed;
        }
        finally
        {
            _arming.Release();
        }
    }

    /// <summary>The listener for all roots; created when there is none. Null when the source was disposed.</summary>
    private FanotifyListener? Listen()
    {
        lock (_gate)
        {
            return _isDisposed ? null : _listener ??= new FanotifyListener(_changes!, interval, HandleFailure, time, logger, NamesTargets);
        }
    }

    private string? WhyUncovered(MonitoredRoot root)
    {
        lock (_gate)
        {
            return _roots.GetValueOrDefault(root)?.Uncovered.Problem ?? (_armed.Contains(root) ? null : $"'{root.Path}' is not watched.");
        }
    }
}
