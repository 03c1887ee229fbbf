using FileMonitor.Delivery;
using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using FileMonitor.Scanning;
using FileMonitor.Tree;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Settling;

/// <summary>
/// Opens a gap for each loss and each condition, has the directory compared, and closes the gap afterwards (docs/guarantees.md). Owner: the
/// pump.
/// </summary>
internal sealed class GapTracker(SettleContext context, UncoveredDirectories uncovered, ILogger logger, long lastNumber)
{
    private const int MaxGapsShown = 1_000;

    private readonly GapLedger _gaps = new(context.Ticks(context.Rules.QuietPeriod), lastNumber);
    private readonly List<Gap> _unreported = [];
    private IReadOnlyList<OpenGap> _openGaps = [];
    private long[] _gapsByCause = new long[Enum.GetValues<GapCause>().Length];
    private bool _areGapsStale;
    private long _closedGapsAt;

    /// <summary>How many gaps are open, by <see cref="GapCause"/>, as of the end of the latest turn; any thread.</summary>
    public IReadOnlyList<long> GapsByCause => Volatile.Read(ref _gapsByCause);

    /// <summary>The gaps that are open, as of the end of the latest turn; any thread.</summary>
    public IReadOnlyList<OpenGap> OpenGaps => Volatile.Read(ref _openGaps);

    /// <summary>Whether a gap is open whose event was not emitted yet.</summary>
    public bool HasUnreported => _unreported.Count > 0;

    /// <summary>
    /// When the next gap may be closed. Counted from the latest look at the gaps and not from now: a gap that came due in between has not been
    /// looked at.
    /// </summary>
    public long? NextClosing => _gaps.NextDueAfter(_closedGapsAt);

    /// <summary>A source reports a directory as uncovered, or as covered again.</summary>
    public void NoteCoverage(PumpOrder.ReportCoverage condition)
    {
        if (condition.Detail is { } detail)
        {
            AddCondition(condition.Root, condition.Directory, condition.Cause, detail);
        }
        else if (EndCondition(condition.Root, condition.Directory, condition.Cause))
        {
            Heal(context.Snapshots[condition.Root], condition.Directory, isTree: true);
            LookAtItself(context.Snapshots[condition.Root], condition.Directory);
        }
    }

    /// <summary>A directory is uncovered from now on.</summary>
    /// <param name="root">The root.</param>
    /// <param name="directory">The directory below it.</param>
    /// <param name="cause">Why.</param>
    /// <param name="detail">The cause as a sentence for the person on call.</param>
    /// <param name="lost">How many hints were lost.</param>
    public void AddCondition(MonitoredRoot root, string directory, GapCause cause, string detail, int lost = 0)
    {
        Queue(_gaps.AddCondition(root, directory, cause, detail, context.Time.GetUtcNow()));
        _gaps.AddTo(root, directory, cause, lost);
    }

    /// <summary>A root is lost.</summary>
    public void AddLostRoot(MonitoredRoot root, string problem) => Queue(_gaps.AddLostRoot(root, problem, context.Time.GetUtcNow()));

    /// <summary>A condition is over; its gap is closed once the comparison that follows is done.</summary>
    /// <returns>Whether there was one.</returns>
    public bool EndCondition(MonitoredRoot root, string directory, GapCause cause) => _gaps.EndCondition(root, directory, cause);

    public void NoteLoss(in LostHints loss)
    {
        var snapshot = context.Snapshots[loss.Root];
        if (loss.Cause != GapCause.SourceRestarted || !(_gaps.IsSourceDown(loss.Root) || snapshot.IsLost))
        {
            // A restart that ends a gap opens no second gap. Nor does a restart while the root is lost: the gap of the root is closed after a
            // full comparison.
            Queue(_gaps.AddLoss(loss, context.Time.GetTimestamp(), context.Time.GetUtcNow()));
        }

        var directory = snapshot.FindClosestDirectory(loss.Directory);

        // The directory may be unknown because it was renamed or its name was garbled: compare the whole tree below the closest known one.
        Heal(snapshot, directory, loss.IsTree || Snapshot.PathOf(directory) != loss.Directory);
        if (loss.IsTree)
        {
            LookAtItself(snapshot, loss.Directory);
        }

        if (loss.Item is not null && snapshot.Find(loss.Item) is { Type: ItemType.Directory } renamed)
        {
            Heal(snapshot, renamed, isTree: true);
        }
    }

    private void Heal(Snapshot snapshot, string directory, bool isTree) => Heal(snapshot, snapshot.FindClosestDirectory(directory), isTree);

    public void Heal(Snapshot snapshot, SnapshotEntry directory, bool isTree) =>
        context.Reconciler.Request(snapshot, directory, DirectoryLook.Reconcile | (isTree ? DirectoryLook.Tree : DirectoryLook.None));

    private void Queue(Gap? gap)
    {
        if (gap is not null)
        {
            gap.FoundBefore = context.Progress.Found(gap.Root);
            _unreported.Add(gap);
        }

        _areGapsStale = true;
    }

    /// <summary>Emits the events of gaps that were opened, before events that were found because of them.</summary>
    public void EmitOpened()
    {
        if (_unreported.Count > 0)
        {
            // A reader that gets the gap event and asks health must find the gap there.
            PublishGaps();
            _areGapsStale = true;
        }

        for (var i = 0; i < _unreported.Count; i++)
        {
            var gap = _unreported[i];
            logger.GapOpened(gap.Cause, gap.Lost, gap.Root.Path, gap.Number, gap.Detail);
            var opening = context.Events.Opened(gap);
            gap.Opening = opening.Gap;
            context.Outbox.Add(opening);
        }

        _unreported.Clear();
    }

    /// <summary>Closes the gaps whose comparison is done.</summary>
    /// <param name="atOnce">A flush or a stop is under way: do not wait for a quiet period.</param>
    public void CloseGaps(bool atOnce)
    {
        _closedGapsAt = context.Time.GetTimestamp();
        if (_gaps.Count == 0)
        {
            return;
        }

        foreach (var gap in _gaps.TakeHealed(_closedGapsAt, atOnce, IsHealed))
        {
            var found = context.Progress.Found(gap.Root) - gap.FoundBefore;
            if (gap.Cause == GapCause.InternalError)
            {
                uncovered.Remove(context.Snapshots[gap.Root].Top, gap.Cause);
            }

            Close(gap, found);
        }
    }

    /// <summary>A root is removed: closes its gaps, which nothing will heal, and says so.</summary>
    public void Remove(MonitoredRoot root)
    {
        EmitOpened();
        foreach (var gap in _gaps.Remove(root))
        {
            Close(gap, context.Progress.Found(root) - gap.FoundBefore);
        }
    }

    private void Close(Gap gap, long found)
    {
        logger.GapClosed(gap.Cause, found, gap.Root.Path, gap.Number);
        context.Outbox.Add(context.Events.Closed(gap, found, context.Time.GetUtcNow()));
        _areGapsStale = true;
    }

    private bool IsHealed(MonitoredRoot root) =>
        context.Reconciler.HasHealed(root) && context.Progress.Healing(root) == 0 && !context.Snapshots[root].IsLost;

    /// <summary>
    /// Gives a hint about the directory itself: a volume may have been mounted on it or unmounted from it. Only its parent's listing would show
    /// that, and the parent is not compared.
    /// </summary>
    public void LookAtItself(Snapshot snapshot, string directory)
    {
        if (directory.Length > 0 && !snapshot.IsLost && snapshot.Find(directory) is not null)
        {
            context.AddOwnHint(snapshot.Root, directory, FileChangeKind.Look, AuditEventOrigin.Reconciled, isAwaited: false, isHealing: true);
        }
    }

    public void PublishGaps()
    {
        if (!_areGapsStale)
        {
            return;
        }

        _areGapsStale = false;
        Volatile.Write(ref _gapsByCause, _gaps.CountByCause());
        Volatile.Write(ref _openGaps, [.. _gaps.Open.OrderBy(gap => gap.Number).Take(MaxGapsShown).Select(gap => new OpenGap
        {
            Number = gap.Number,
            Cause = gap.Cause,
            Root = gap.Root.Path,
            RelativePath = gap.Directory,
            Since = gap.Since,
            Detail = gap.Detail,
        })]);
    }
}
