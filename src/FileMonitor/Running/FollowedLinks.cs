using System.Collections.Concurrent;
using FileMonitor.Delivery;
using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using FileMonitor.Settling;
using FileMonitor.Sources.Files;
using FileMonitor.Tree;
using FileMonitor.Values;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FileMonitor.Running;

/// <summary>
/// Watches the directories that symbolic links below the roots lead to, each as a root of its own under its real path, as long as a link leads there from what is
/// watched. So a directory is reported once however many links lead to it, and links in a circle end.
/// </summary>
/// <remarks>
/// Owner of the links: the task, which runs from when there is a root below which links are followed. Notes come from the pump. The links of a root are collected from its snapshot
/// when the root is seen first and when a directory with links is renamed; after that each change of a link is noted. The ways of a link are that on which it leads now, and those on
/// which it led to a followed root and of which no link has changed: what is missing at their ends may come back.
/// </remarks>
internal sealed class FollowedLinks : IAsyncDisposable
{
    private const int MostFollowed = 1_000;
    private const int MostNoted = 1_024;
    private const int MostProblems = 10;

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
    private readonly Dictionary<MonitoredRoot, Dictionary<string, List<LinkWay>>> _links = [];
    private readonly HashSet<(string Link, string Reason)> _refused = [];
    private readonly List<string> _found = [];
    private volatile IReadOnlyList<string> _problems = [];
    private volatile bool _isFollowing;
    private bool _hasMissed;
    private Task _running = Task.CompletedTask;

    public FollowedLinks(FileMonitorComponents components, FileMonitorOptions options, Upkeep upkeep, RootChanges changes, PumpInbox inbox, ILogger logger)
    {
        (_monitor, _time, _interval) = (components.NameInLogs, components.TimeProvider, options.Recovery.RootCheckInterval);
        (_upkeep, _changes, _inbox, _logger) = (upkeep, changes, inbox, logger);
    }

    /// <summary>Links that may be followed and cannot be, a sentence each; the first ten, and how many more. Any thread.</summary>
    public IReadOnlyList<string> Problems => _problems;

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
        _found.Clear();
        var (kept, reached) = Reach(roots);
        foreach (var root in roots.Where(root => root.Settings.FollowedFrom is not null && !kept.Contains(root)))
        {
            await _changes.RemoveFollowedAsync(root, _stopped.Token).ConfigureAwait(false);
            _links.Remove(root);
            _logger.LinkLeft(QuotedText.Quote(root.Path), _monitor);
        }

        var chosen = Choose(reached, kept);
        foreach (var (path, from, link) in chosen)
        {
            await FollowAsync(path, from, link).ConfigureAwait(false);
        }

        if (chosen.Count == 0)
        {
            await _changes.ForgetFollowedAsync(MayLead, _stopped.Token).ConfigureAwait(false);
        }

        _problems = _found.Count <= MostProblems ? [.. _found] : [.. _found.Take(MostProblems), FormattableString.Invariant($"{_found.Count - MostProblems} more links are not followed.")];
    }

    /// <summary>Whether a link is there that leads nowhere at the moment, or whose root is lost.</summary>
    private bool MayLead(string link) => _links.Any(root => root.Value.Any(one => one.Value.Count == 0 && root.Key.PathOf(one.Key) == link));

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
                _ = links.Keys.Any(link => PathText.IsAtOrBelow(link, noted.OldRelativePath)) && again.Add(root);
                continue;
            }

            _ = noted.OldRelativePath is { } old && links.Remove(old);
            _ = noted.Kind == AuditEventKind.Deleted ? links.Remove(noted.RelativePath) : links.TryAdd(noted.RelativePath, []);
        }

        foreach (var gone in _links.Keys.Except(roots).ToList())
        {
            _links.Remove(gone);
            if (gone.Settings.FollowedFrom is not null)
            {
                _logger.FollowedRootGaveWay(QuotedText.Quote(gone.Path), _monitor);
            }
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
                var before = _links.GetValueOrDefault(root, []);
                _links[root] = links.ToDictionary(static link => link, link => before.GetValueOrDefault(link, []));
            }
        }
    }

    /// <summary>
    /// Follows the links from the roots of the host on, and on from the roots that they lead to. So two directories that link to each other do not keep each other.
    /// </summary>
    /// <returns>The roots that stay: the host's, and those to which a link leads. And the other directories to which a link leads.</returns>
    private (HashSet<MonitoredRoot> Kept, List<FoundTarget> Reached) Reach(List<MonitoredRoot> roots)
    {
        HashSet<MonitoredRoot> kept = [.. roots.Where(static root => root.Settings.FollowedFrom is null)];
        var (open, seen, reached) = (new Queue<MonitoredRoot>(kept), new HashSet<MonitoredRoot>(kept), new List<FoundTarget>());
        while (open.TryDequeue(out var root))
        {
            // The links of a root that is lost are what they were: nothing can be said of them.
            var isLost = _upkeep.Roots.Find(root)?.Problem is not null;
            foreach (var (link, ways) in _links.GetValueOrDefault(root, []))
            {
                if (!isLost)
                {
                    Resolve(root, link, ways, roots);
                }

                foreach (var target in ways.Select(static way => way.Target))
                {
                    if (roots.Find(one => one.Settings.FollowedFrom is not null && one.Path == target) is { } followed)
                    {
                        kept.Add(followed);
                    }
                    else
                    {
                        reached.Add(new(target, root, link));
                    }

                    foreach (var next in roots.Where(next => RootResolver.IsWithin(target, next.Path) && seen.Add(next)))
                    {
                        open.Enqueue(next);
                    }
                }
            }
        }

        return (kept, reached);
    }

    /// <summary>Brings the ways of a link up to date.</summary>
    private void Resolve(MonitoredRoot root, string link, List<LinkWay> ways, List<MonitoredRoot> roots)
    {
        var now = LinkWay.Of(PathText.Absolute(root.PhysicalPath, link));
        if (now is not null && !root.Settings.FollowLinksInto.Any(allowed => RootResolver.IsWithin(now.Target, DiskFileView.PhysicalTarget(allowed))))
        {
            if (!roots.Exists(one => one.Settings.FollowedFrom is null && RootResolver.IsWithin(now.Target, one.PhysicalPath)))
            {
                Refuse(root, link, $"it leads to {QuotedText.Quote(now.Target)}, which is in no directory of FollowLinksInto.");
            }

            ways.RemoveAll(way => way.Target == now.Target);
            now = null;
        }

        if (now is null || ways is not [var only] || !only.IsSame(now))
        {
            ways.RemoveAll(way => way.Target == now?.Target || way.HasChanged || !roots.Exists(one => one.Settings.FollowedFrom is not null && one.Path == way.Target));
            ways.AddRange(now is null ? [] : [now]);
        }
    }

    /// <summary>
    /// The directories to follow: those in no other one of these or of the roots, and in which no root is. What is watched already stays as it is, because a further link, which
    /// anybody may make, must not interrupt it. Of those that are new the outermost are taken, whatever the order of the links.
    /// </summary>
    private List<FoundTarget> Choose(List<FoundTarget> reached, HashSet<MonitoredRoot> kept)
    {
        var chosen = new List<FoundTarget>();
        var count = kept.Count(static root => root.Settings.FollowedFrom is not null);
        foreach (var target in reached.OrderBy(static one => one.Path.Length).ThenBy(static one => one.Path, StringComparer.Ordinal).ThenBy(static one => one.From.PathOf(one.Link), StringComparer.Ordinal))
        {
            if (kept.Any(root => RootResolver.IsWithin(target.Path, root.PhysicalPath)) || chosen.Exists(one => RootResolver.IsWithin(target.Path, one.Path)))
            {
                continue;
            }

            if (kept.FirstOrDefault(root => RootResolver.IsWithin(root.PhysicalPath, target.Path)) is { } inner)
            {
                Refuse(target.From, target.Link, $"it leads to {QuotedText.Quote(target.Path)}, in which {QuotedText.Quote(inner.Path)} is, which is watched already.", isProblem: true);
            }
            else if (count + chosen.Count >= MostFollowed)
            {
                Refuse(target.From, target.Link, $"{MostFollowed} links are followed already.", isProblem: true);
            }
            else
            {
                chosen.Add(target);
            }
        }

        return chosen;
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
        catch (Exception overtaken) when (overtaken is OverlappingRootsException or OptionsValidationException)
        {
            // The host added a root there in between, which the next review sees.
        }
        catch (Exception failed) when (!_stopped.IsCancellationRequested)
        {
            Refuse(from, link, failed.Message, isProblem: true);
        }
    }

    /// <summary>Says once why a link is not followed.</summary>
    private void Refuse(MonitoredRoot root, string link, string reason, bool isProblem = false)
    {
        var quoted = QuotedText.Quote(root.PathOf(link));
        if (isProblem)
        {
            _found.Add($"Link {quoted} is not followed: {reason}");
        }

        if (_refused.Count >= MostNoted)
        {
            _refused.Clear();
        }

        if (_refused.Add((root.PathOf(link), reason)))
        {
            _logger.LinkNotFollowed(quoted, _monitor, reason);
        }
    }

    /// <summary>A directory that is no root, and to which a link leads.</summary>
    private readonly record struct FoundTarget(string Path, MonitoredRoot From, string Link);
}
