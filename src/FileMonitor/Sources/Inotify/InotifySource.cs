using System.Collections.Concurrent;
using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using FileMonitor.Values;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Sources.Inotify;

/// <summary>
/// Watches with inotify directly, without FileSystemWatcher: one instance and one thread for all roots of a monitor. It turns events into hints
/// as fast as they come, and watches a new directory before it gives the hint about it. This class has the calls of other threads;
/// <see cref="InotifyThread"/> carries them out.
/// </summary>
/// <remarks>
/// The source's thread owns the tree, the reader and each <see cref="InotifyRoot"/>. Other threads send requests through
/// <see cref="InotifyInbox"/>; what they read directly is volatile or a concurrent dictionary.
/// </remarks>
internal sealed class InotifySource(TimeSpan pollInterval, Func<WatchLimit?> readLimit, TimeProvider time, ILogger logger) : IRootSource
{
    public const string SourceName = "Inotify";

    private readonly ConcurrentDictionary<MonitoredRoot, InotifyRoot> _roots = new();
    private IChangeWriter? _changes;
    private InotifyInbox? _inbox;
    private InotifyCoverage? _coverage;
    private InotifyThread? _thread;
    private bool _isDisposed;

    public string Name => SourceName;

    /// <summary>It does not say who made a change, so nobody asks.</summary>
    long IChangeSource.HintedUpTo => long.MaxValue;

    public IReadOnlyList<string> Problems => [.. _roots.Values.OrderBy(root => root.Root.Index).SelectMany(root => root.Problems)];

    public IReadOnlyList<WatchUsage> Watches => [new(Name, Volatile.Read(ref _coverage)?.Watches ?? 0, readLimit()?.Value)];

    /// <summary>Watches roots; may be called again for more. Completes once every directory is watched, or the reason why not was reported.</summary>
    public async Task StartAsync(IReadOnlyList<MonitoredRoot> roots, IChangeWriter changes, CancellationToken cancellationToken)
    {
        if (_thread is null)
        {
            _changes = changes;
            _inbox = new InotifyInbox();
            _coverage = new InotifyCoverage(_roots, changes, _inbox, readLimit, time, logger);
            _thread = new InotifyThread(_roots, _coverage, changes, _inbox);
            _thread.Start();
        }

        var walks = roots.Select(root =>
        {
            var owner = _roots.GetOrAdd(root, _ => Supervise(root));

            // A root may be missing: the monitor waits for it and calls RearmAsync.
            return _inbox!.AskAsync<string?>(done => _coverage!.Walk(owner, done, isOptional: true));
        });
        await Task.WhenAll(walks).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async Task RearmAsync(MonitoredRoot root, CancellationToken cancellationToken)
    {
        var owner = _roots[root];
        var obstacle = await _inbox!.AskAsync<string?>(done => _coverage!.Walk(owner, done, isOptional: false)).WaitAsync(cancellationToken).ConfigureAwait(false);
        if (obstacle is not null)
        {
            throw new IOException(obstacle);
        }
    }

    /// <summary>
    /// Needs no sentinel: the kernel queues an event before the call that caused it returns. Reads what is in the queue now, and the directories
    /// that those events lead to.
    /// </summary>
    public async ValueTask<string?> FlushAsync(MonitoredRoot root, CancellationToken cancellationToken)
    {
        if (!_roots.TryGetValue(root, out var owner))
        {
            return $"'{root.Path}' is not watched.";
        }

        if (owner.Uncovered.Problem is { } uncovered)
        {
            return uncovered;
        }

        var problem = await _inbox!.AskAsync<string?>(done => _thread!.Flush(owner, done)).WaitAsync(cancellationToken).ConfigureAwait(false);
        return owner.Uncovered.Problem ?? problem;
    }

    /// <summary>The kernel reports no mounts, and unmounts only for some volumes.</summary>
    public Task RemountedAsync(MonitoredRoot root, string relativePath) => !_roots.TryGetValue(root, out var owner)
        ? Task.CompletedTask
        : _inbox!.AskAsync<bool>(done =>
        {
            if (_coverage!.Tree is { } tree && tree.Remounted(owner.Watched, relativePath))
            {
                _changes!.ReportLoss(
                    root, relativePath, GapCause.SourceRestarted, $"Something was mounted or unmounted at '{PathText.Absolute(root.Path, relativePath)}'; it is compared with the disk.");
            }

            done.TrySetResult(true);
        });

    public async Task HandOverAsync(MonitoredRoot root)
    {
        if (_roots.TryRemove(root, out var owner))
        {
            await _inbox!.AskAsync<bool>(done =>
            {
                _coverage!.Tree?.Forget(owner.Watched);
                owner.EndShortage();
                owner.Uncovered.Close();
                owner.Answer(null);
                done.TrySetResult(true);
            }).ConfigureAwait(false);
            await owner.Supervisor.DisposeAsync().ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Called twice after a failed start: by the start and by the stop.
        if (_isDisposed || _thread is not { } thread)
        {
            return;
        }

        _isDisposed = true;
        await thread.StopAsync().ConfigureAwait(false);
        foreach (var owner in _roots.Values)
        {
            owner.EndShortage();
            await owner.Supervisor.DisposeAsync().ConfigureAwait(false);
        }

        _inbox!.Dispose();
    }

    private InotifyRoot Supervise(MonitoredRoot root)
    {
        InotifyRoot? owner = null;
        var supervisor = new SourceSupervisor(new UncoveredRoot(root, _changes!, pollInterval, time), RestartAsync, time, logger);
        return owner = new InotifyRoot(supervisor);

        Task<bool> RestartAsync(CancellationToken cancelled)
        {
            // The thread knows whether the root is covered only when every directory was read.
            _inbox!.Ask(() => _coverage!.Restart(owner!));
            return Task.FromResult(false);
        }
    }
}
