using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using FileMonitor.Settling;
using FileMonitor.Sources;
using FileMonitor.Sources.Mounts;
using FileMonitor.Sources.Polling;
using FileMonitor.Sources.SingleFiles;
using FileMonitor.Tree;
using FileMonitor.Values;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Running;

/// <summary>The background work of a running monitor: the supervision of roots, mounts and the clock, and the periodic comparison.</summary>
internal sealed class Upkeep : IAsyncDisposable
{
    private readonly FileMonitorOptions _options;
    private readonly FileMonitorComponents _components;
    private readonly IChangeSource _source;
    private readonly PumpInbox _inbox;
    private readonly ILogger _logger;
    private readonly MountWatch? _mounts;
    private readonly SilentMounts? _silent;
    private RootRound? _round;
    private PeriodicComparison? _periodic;
    private ClockWatch? _clock;

    /// <remarks>Called before the source is armed, so that mounts made while it is being armed are detected.</remarks>
    public Upkeep(FileMonitorOptions options, FileMonitorComponents components, IChangeSource source, PumpInbox inbox, ILogger logger)
    {
        (_options, _components, _source, _inbox, _logger) = (options, components, source, inbox, logger);
        if (components.FileView is not null)
        {
            return;
        }

        if (components.Source is null)
        {
            _silent = new SilentMounts(RootsOfAuto, root => source.NameFor(root) == PollingSource.SourceName, inbox, options.Polling.Interval, components.TimeProvider);
        }

        _mounts = MountWatch.TryOpen(() => Roots.All.Select(static watch => watch.Root), RemountedAsync, table => _silent?.Hear(table), MountWatch.TablePath, out var obstacle);
        NoMounts = obstacle;
    }

    /// <summary>The roots.</summary>
    public RootWatches Roots { get; } = new();

    /// <summary>Why mounts below the roots are not detected; null when they are.</summary>
    public string? NoMounts { get; }

    /// <summary>Completes when everything mounted before the call is watched.</summary>
    public Task MountsSeenAsync() => _mounts?.SeenAsync() ?? Task.CompletedTask;

    /// <summary>Adds a root that is to be armed. <see cref="RootWatch.Start"/> begins to supervise it, once the pump has it.</summary>
    public RootWatch Add(ResolvedRoot resolved)
    {
        var (_, root, probe, first) = resolved;
        var watch = new RootWatch(
            root,
            first,
            new RootCare(
                probe is null ? () => first : probe.Look,
                probe is null ? () => ((FileRootSource)_source).Check(root) : probe.IsAsBefore,
                token => _source.RearmAsync(root, token),
                problem => _inbox.Order(new PumpOrder.MarkRootLost(root, problem)),
                status => _inbox.Order(new PumpOrder.RestoreRoot(root, status))),
            _options.Recovery.RootCheckInterval,
            _components.TimeProvider,
            _logger);
        Roots.Add(watch);
        return watch;
    }

    /// <summary>Ends the supervision of a root.</summary>
    public async Task RemoveAsync(RootWatch watch)
    {
        Roots.Remove(watch);
        await watch.DisposeAsync().ConfigureAwait(false);
        _mounts?.LookAgain();
    }

    /// <summary>A root was added while the monitor runs: looks for mounts below it.</summary>
    public void LookAtMounts() => _mounts?.LookAgain();

    /// <summary>Starts timers and loops. The pump is running.</summary>
    public void Start()
    {
        foreach (var watch in Roots.All)
        {
            watch.Start();
        }

        _mounts?.Start();
        _round = new RootRound(() => Roots.Started, _options.Recovery.RootCheckInterval, _components.TimeProvider);
        _round.Start();
        _periodic = new PeriodicComparison(
            _options.Recovery.ReconcileInterval,
            () => Task.WhenAll(Roots.Started.Select(watch => _inbox.CompareAsync(watch.Root, "", DirectoryLook.Periodic | DirectoryLook.Tree))),
            _components.TimeProvider);
        _periodic.Start();
        _clock = new ClockWatch(_components.TimeProvider, _options.Recovery.RootCheckInterval, jump =>
        {
            _logger.ClockJumped(_components.NameInLogs, jump);
            foreach (var watch in Roots.Started)
            {
                _inbox.ReportLoss(watch.Root, "", GapCause.ClockJump, $"The clock jumped by {jump}, as after a suspension; everything is compared with the disk.");
            }
        });
        _clock.Start();
    }

    private IEnumerable<MonitoredRoot> RootsOfAuto() => Roots.All.Select(static watch => watch.Root).Where(static root => root.Settings.Source == ChangeSourceKind.Auto);

    private Task RemountedAsync(MonitoredRoot root, string path)
    {
        if (path.Length == 0)
        {
            // Not awaited here: a flush waits for the RootWatch.
            Roots.Find(root)?.AskToRearm();
            return Task.CompletedTask;
        }

        if (_source is IRootSource builtIn && root.Enters(path))
        {
            return builtIn.RemountedAsync(root, path);
        }

        // A host's own source may do anything here; our sources watch nothing there.
        _inbox.ReportLoss(
            root, path, GapCause.SourceRestarted, $"Something was mounted or unmounted at '{PathText.Absolute(root.Path, path)}'; it is compared with the disk.");
        return Task.CompletedTask;
    }

    /// <summary>Ends timers and loops. Safe to call again.</summary>
    public async ValueTask DisposeAsync()
    {
        _clock?.Dispose();
        _round?.Dispose();
        if (_periodic is { } periodic)
        {
            await periodic.DisposeAsync().ConfigureAwait(false);
        }

        foreach (var watch in Roots.All)
        {
            await watch.DisposeAsync().ConfigureAwait(false);
        }

        if (_mounts is { } mounts)
        {
            await mounts.DisposeAsync().ConfigureAwait(false);
        }

        if (_silent is { } silent)
        {
            await silent.DisposeAsync().ConfigureAwait(false);
        }
    }
}
