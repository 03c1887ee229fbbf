using System.Collections.Concurrent;
using FileMonitor.Delivery;
using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using FileMonitor.Settling;
using FileMonitor.Sources.Files;
using FileMonitor.Tree;
using FileMonitor.Values;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Running;

/// <summary>
/// Watches the directories that symbolic links below the roots lead to, each as a root of its own under its real path, as long as a link leads there from what is
/// watched. So a directory is reported once however many links lead to it, and links in a circle end.
/// </summary>
/// <remarks>
/// Owner of the links: the task, which runs from when there is a root below which links are followed. Notes come from the pump. The links of a root are collected from its snapshot when the root is seen first and when a directory with
/// links is renamed; after that each change of a link is noted.
/// </remarks>
internal sealed class FollowedLinks : IAsyncDisposable
{
    private const int MostFollowed = 1_000;
    private const int MostNoted = 1_024;

    private readonly string _monitor;
    private readonly Upkeep _upkeep;
    private readonly RootChanges _changes;
    private readonly PumpInbox _inbox;
    private readonly TimeProvider _time;
    private readonly TimeSpan _interval;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopped = new();
    private readonly ConcurrentQueue<AuditEvent> _noted = new();
    private readonly Wakeup _wake = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<MonitoredRoot, HashSet<string>> _links = [];
    private readonly HashSet<(string Link, string Reason)> _refused = [];
    private volatile bool _isFollowing;
    private bool _hasMissed;
    private Task _running = Task.CompletedTask;

    public FollowedLinks(FileMonitorComponents components, FileMonitorOptions options, Upkeep upkeep, RootChanges changes, PumpInbox inbox, ILogger logger)
    {
        (_monitor, _time, _interval) = (components.NameInLogs, components.TimeProvider, options.Recovery.RootCheckInterval);
        (_upkeep, _changes, _inbox, _logger) = (upkeep, changes, inbox, logger);
    }

    /// <summary>Roots were added: looks for their links at once, and begins with the first root below which links are followed. Any thread.</summary>
    public void RootsAdded()
    {
        lock (_lock)
        {
            if (!_isFollowing && _upkeep.Roots.Started.Any(static watch => watch.Root.Settings.FollowLinksInto.Count > 0))
            {
                _isFollowing = true;
                _running = Task.Run(RunAsync);
            }
        }

        _wake.Tell();
    }

    /// <summary>Notes what an event says of links. Called by the pump for every event.</summary>
    public void Note(AuditEvent? auditEvent)
    {
        if (!_isFollowing || auditEvent is not ({ ItemType: ItemType.SymbolicLink } or { ItemType: ItemType.Directory, Kind: AuditEventKind.Renamed }))
        {
            return;
        }

        if (_noted.Count >= MostNoted)
        {
            Volatile.Write(ref _hasMissed, true);
        }
        else
        {
            _noted.Enqueue(auditEvent);
        }

        _wake.Tell();
    }

    public async ValueTask DisposeAsync()
    {
        Task running;
        lock (_lock)
        {
            // No root begins it any more.
            _isFollowing = true;
            running = _running;
        }

        await _stopped.CancelAsync().ConfigureAwait(false);
        _wake.Tell();
        await running.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        using var timer = _time.CreateTimer(static wake => ((Wakeup)wake!).Tell(), _wake, _interval, _interval);
        while (!_stopped.IsCancellationRequested)
        {
            try
            {
                await ReviewAsync().ConfigureAwait(false);
            }
            catch (Exception failed)
            {
                if (_stopped.IsCancellationRequested)
                {
                    return;
                }

                // A path that came in the way, or a defect; the next round tries again.
                _logger.LinksNotReviewed(failed, _monitor);
            }

            await _wake.WaitAsync().ConfigureAwait(false);
        }
    }

    private async Task ReviewAsync()
    {
        var roots = _upkeep.Roots.Started.Select(static watch => watch.Root).ToList();
        await CollectAsync(roots).ConfigureAwait(false);
        var wanted = Wanted(roots);
        foreach (var root in roots.Where(root => root.Settings.FollowedFrom is not null && !wanted.ContainsKey(root.Path)))
        {
            await _changes.RemoveAsync(root.Path, _stopped.Token).ConfigureAwait(false);
            _logger.LinkLeft(root.Path, _monitor);
        }

        foreach (var (path, (from, link)) in wanted.Where(one => roots.TrueForAll(root => root.Path != one.Key)))
        {
            await FollowAsync(path, from, link).ConfigureAwait(false);
        }
    }

    /// <summary>Brings the known links up to date.</summary>
    private async Task CollectAsync(List<MonitoredRoot> roots)
    {
        var hasMissed = Interlocked.Exchange(ref _hasMissed, false);
        var again = new HashSet<MonitoredRoot>(roots.Where(root => root.Settings.FollowLinksInto.Count > 0 && (hasMissed || !_links.ContainsKey(root))));
        while (_noted.TryDequeue(out var noted))
        {
            if (roots.Find(root => root.Path == noted.Root) is not { } root || !_links.TryGetValue(root, out var links))
            {
                continue;
            }

            if (noted.ItemType == ItemType.Directory)
            {
                _ = links.Any(link => PathText.IsAtOrBelow(link, noted.OldRelativePath)) && again.Add(root);
                continue;
            }

            _ = noted.OldRelativePath is { } old && links.Remove(old);
            _ = noted.Kind == AuditEventKind.Deleted ? links.Remove(noted.RelativePath) : links.Add(noted.RelativePath);
        }

        foreach (var gone in _links.Keys.Except(roots).ToList())
        {
            _links.Remove(gone);
        }

        if (again.Count > 0)
        {
            var found = new Dictionary<MonitoredRoot, HashSet<string>>();
            await _inbox.InspectAsync(snapshots =>
            {
                foreach (var root in again.Where(static root => !root.IsRemoved))
                {
                    found[root] = [.. snapshots[root].All().Where(static entry => entry.Type == ItemType.SymbolicLink && entry.IsAnnounced).Select(Snapshot.PathOf)];
                }
            }).WaitAsync(_stopped.Token).ConfigureAwait(false);
            foreach (var (root, links) in found)
            {
                _links[root] = links;
            }
        }
    }

    /// <summary>
    /// The directories to watch, each with the root and the link that lead there first: those that links lead to from the roots of the host, then from those, and so on.
    /// A directory within another one of these is not one itself.
    /// </summary>
    private Dictionary<string, (MonitoredRoot From, string Link)> Wanted(List<MonitoredRoot> roots)
    {
        var own = roots.Where(static root => root.Settings.FollowedFrom is null).ToList();
        var wanted = new Dictionary<string, (MonitoredRoot From, string Link)>();
        var open = new Queue<MonitoredRoot>(own);
        var reached = new HashSet<MonitoredRoot>(own);
        while (open.TryDequeue(out var root))
        {
            foreach (var link in _links.GetValueOrDefault(root, []))
            {
                if (TargetOf(root, link) is not { } target || own.Exists(one => RootResolver.IsWithin(target, one.PhysicalPath)))
                {
                    continue;
                }

                if (Refusal(root, target, own, wanted.Count) is { } reason)
                {
                    Refuse(root, link, reason);
                    continue;
                }

                if (!wanted.Keys.Any(other => RootResolver.IsWithin(target, other)))
                {
                    foreach (var inner in wanted.Keys.Where(other => RootResolver.IsWithin(other, target)).ToList())
                    {
                        wanted.Remove(inner);
                    }

                    wanted[target] = (root, link);
                }

                foreach (var next in roots.Where(next => (RootResolver.IsWithin(target, next.Path) || RootResolver.IsWithin(next.Path, target)) && reached.Add(next)))
                {
                    open.Enqueue(next);
                }
            }
        }

        return wanted;
    }

    private static string? Refusal(MonitoredRoot root, string target, List<MonitoredRoot> own, int followed) =>
        !root.Settings.FollowLinksInto.Any(allowed => RootResolver.IsWithin(target, DiskFileView.PhysicalTarget(allowed))) ? $"it leads to {QuotedText.Quote(target)}, which is in no directory of FollowLinksInto."
        : own.Exists(one => RootResolver.IsWithin(one.PhysicalPath, target)) ? $"it leads to {QuotedText.Quote(target)}, in which a root of the monitor is."
        : followed >= MostFollowed ? $"{MostFollowed} links are followed already."
        : null;

    /// <summary>The directory that a link leads to, with all links on the way resolved; null when it leads to none.</summary>
    private static string? TargetOf(MonitoredRoot root, string link)
    {
        var path = PathText.Absolute(root.PhysicalPath, link);
        var target = Path.TrimEndingDirectorySeparator(DiskFileView.PhysicalTarget(path));
        return target != path && DiskFileView.IsDirectory(target, "") ? target : null;
    }

    private async Task FollowAsync(string path, MonitoredRoot from, string link)
    {
        if (_changes.OptionsOf(from)?.Copy() is not { } options)
        {
            return;
        }

        try
        {
            (options.Path, options.FollowedFrom) = (path, from.PathOf(link));
            await _changes.AddAsync(_monitor, options, _stopped.Token).ConfigureAwait(false);
            _logger.LinkFollowed(QuotedText.Quote(from.PathOf(link)), QuotedText.Quote(path), _monitor);
        }
        catch (Exception failed) when (!_stopped.IsCancellationRequested)
        {
            Refuse(from, link, failed.Message);
        }
    }

    /// <summary>Says once why a link is not followed.</summary>
    private void Refuse(MonitoredRoot root, string link, string reason)
    {
        if (_refused.Count >= MostNoted)
        {
            _refused.Clear();
        }

        if (_refused.Add((root.PathOf(link), reason)))
        {
            _logger.LinkNotFollowed(QuotedText.Quote(root.PathOf(link)), _monitor, reason);
        }
    }
}
