using System.Collections.Concurrent;
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
/// Owner of the links: the task. Notes come from the pump. The links of a root are collected from its snapshot when the root is seen first and when a directory with
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
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly Dictionary<MonitoredRoot, HashSet<string>> _links = [];
    private readonly HashSet<(string Link, string Reason)> _refused = [];
    private volatile bool _isFollowing;
    private volatile bool _hasMissed;
    private Task _running = Task.CompletedTask;

    public FollowedLinks(FileMonitorComponents components, FileMonitorOptions options, Upkeep upkeep, RootChanges changes, PumpInbox inbox, ILogger logger)
    {
        (_monitor, _time, _interval) = (components.NameInLogs, components.TimeProvider, options.Recovery.RootCheckInterval);
        (_upkeep, _changes, _inbox, _logger) = (upkeep, changes, inbox, logger);
    }

    public void Start() => _running = Task.Run(RunAsync);

    /// <summary>Notes what an event says of links. Called by the pump for every event.</summary>
    public void Note(AuditEvent? auditEvent)
    {
        if (!_isFollowing || auditEvent is not ({ ItemType: ItemType.SymbolicLink } or { ItemType: ItemType.Directory, Kind: AuditEventKind.Renamed }))
        {
            return;
        }

        if (_noted.Count >= MostNoted)
        {
            _hasMissed = true;
            return;
        }

        _noted.Enqueue(auditEvent);
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It wakes up anyway.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        while (!_stopped.IsCancellationRequested)
        {
            try
            {
                await ReviewAsync().ConfigureAwait(false);
                await Task.WhenAny(_wake.WaitAsync(_stopped.Token), Task.Delay(_interval, _time, _stopped.Token)).ConfigureAwait(false);
            }
            catch (Exception failed) when (!_stopped.IsCancellationRequested)
            {
                // A path that came in the way, or a defect; the next round tries again.
                _logger.LinksNotReviewed(failed, _monitor);
                await Task.Delay(_interval, _time, _stopped.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task ReviewAsync()
    {
        var roots = _upkeep.Roots.Started.Select(static watch => watch.Root).ToList();
        _isFollowing = roots.Any(static root => root.Settings.FollowLinksInto.Count > 0);
        if (!_isFollowing)
        {
            return;
        }

        await CollectAsync(roots).ConfigureAwait(false);
        var wanted = Wanted(roots);
        foreach (var root in roots.Where(root => root.Settings.FollowedFrom is not null && !wanted.ContainsKey(root.Path)))
        {
            await _changes.RemoveAsync(root.Path, _stopped.Token).ConfigureAwait(false);
            _links.Remove(root);
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
        var again = new HashSet<MonitoredRoot>(roots.Where(root => root.Settings.FollowLinksInto.Count > 0 && (_hasMissed || !_links.ContainsKey(root))));
        _hasMissed = false;
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
                if (TargetOf(root, link) is not { } target || own.Exists(one => IsWithin(target, one.PhysicalPath)))
                {
                    continue;
                }

                if (Refusal(root, target, own, wanted.Count) is { } reason)
                {
                    Refuse(root, link, reason);
                    continue;
                }

                if (!wanted.Keys.Any(other => IsWithin(target, other)))
                {
                    foreach (var inner in wanted.Keys.Where(other => IsWithin(other, target)).ToList())
                    {
                        wanted.Remove(inner);
                    }

                    wanted[target] = (root, link);
                }

                foreach (var next in roots.Where(next => (IsWithin(target, next.Path) || IsWithin(next.Path, target)) && reached.Add(next)))
                {
                    open.Enqueue(next);
                }
            }
        }

        return wanted;
    }

    private static string? Refusal(MonitoredRoot root, string target, List<MonitoredRoot> own, int followed) =>
        !root.Settings.FollowLinksInto.Any(allowed => IsWithin(target, DiskFileView.PhysicalTarget(allowed))) ? $"it leads to {QuotedText.Quote(target)}, which is in no directory of FollowLinksInto."
        : own.Exists(one => IsWithin(one.PhysicalPath, target)) ? $"it leads to {QuotedText.Quote(target)}, in which a root of the monitor is."
        : followed >= MostFollowed ? $"{MostFollowed} links are followed already."
        : null;

    /// <summary>The directory that a link leads to, with all links on the way resolved; null when it leads to none.</summary>
    private static string? TargetOf(MonitoredRoot root, string link)
    {
        var path = PathText.Absolute(root.PhysicalPath, link);
        var target = Path.TrimEndingDirectorySeparator(DiskFileView.PhysicalTarget(path));
        return target != path && DiskFileView.IsDirectory(target, "") ? target : null;
    }

    private static bool IsWithin(string path, string directory) =>
        path.StartsWith(directory, StringComparison.Ordinal)
        && (path.Length == directory.Length || Path.EndsInDirectorySeparator(directory) || path[directory.Length] == Path.DirectorySeparatorChar);

    private async Task FollowAsync(string path, MonitoredRoot from, string link)
    {
        try
        {
            var options = _upkeep.OptionsOf(from).Copy();
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
