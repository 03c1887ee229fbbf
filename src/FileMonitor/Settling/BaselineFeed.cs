using FileMonitor.Tree;

namespace FileMonitor.Settling;

/// <summary>Reports and hashes the items of the baseline: after everything that is happening now, large files last. Owner: the pump.</summary>
internal sealed class BaselineFeed
{
    // The batch size: other work gets its turn in between.
    private const int MaxItemsPerTurn = 1024;

    private readonly SettleContext _context;
    private readonly ChecksumGate _gate;
    private readonly ContentResults _results;
    private readonly UnreadFiles _unread;
    private readonly Coverage _coverage;
    private readonly EventPace _pace;
    private readonly Queue<(Snapshot Snapshot, SnapshotEntry Entry)> _waiting = new();
    private readonly Queue<(Snapshot Snapshot, SnapshotEntry Entry)> _large = new();
    private bool _isAnyReported;

    public BaselineFeed(SettleContext context, ChecksumGate gate, ContentResults results, UnreadFiles unread, Coverage coverage, EventPace pace)
    {
        (_context, _gate, _results, _unread, _coverage, _pace) = (context, gate, results, unread, coverage, pace);
    }

    /// <summary>Queues the items of a root that is added.</summary>
    public void Add(Snapshot snapshot)
    {
        var isFed = snapshot.Root.Settings is not { ReportBaseline: false, HashesBaseline: false };
        if (!isFed && _context.Texts is null)
        {
            return;
        }

        _isAnyReported |= snapshot.Root.Settings.ReportBaseline;
        foreach (var entry in snapshot.All().Where(entry => (isFed && IsOwed(entry)) || _results.IsTextWanted(snapshot, entry)))
        {
            _waiting.Enqueue((snapshot, entry));
        }
    }

    private static bool IsReported((Snapshot Snapshot, SnapshotEntry Entry) item) => item.Snapshot.Root.Settings.ReportBaseline;

    /// <summary>Skips items that an earlier run reported and read.</summary>
    private static bool IsOwed(SnapshotEntry entry) => entry.IsBaselineDue || entry.ChecksumStatus == ChecksumStatus.NotComputed;

    /// <summary>Items that were not fed yet.</summary>
    public int Count => _waiting.Count + _large.Count;

    /// <summary>Whether the Baseline event of one of those was asked for. A flush asks at each turn, so the items are not counted.</summary>
    public bool IsOwing => _isAnyReported && _waiting.Concat(_large).Any(IsReported);

    /// <summary>How many of those have a Baseline event that was asked for.</summary>
    public int Owed => _isAnyReported ? _waiting.Concat(_large).Count(IsReported) : 0;

    /// <summary>Large files come last, and only when nothing else waits to be read.</summary>
    private bool HasRoom => !_gate.IsSmallWaiting && _gate.Waiting < _context.Rules.MaxPendingPaths
        && (_waiting.Count > 0 || (_large.Count > 0 && !_gate.IsLargeWaiting));

    /// <summary>A flush begins: queues the files again that were not at their path when their turn came.</summary>
    public void QueueUnread(long now) => _unread.Queue(_waiting, now, all: true);

    /// <summary>Feeds a batch.</summary>
    /// <returns>Whether more can be fed at once.</returns>
    public bool Feed()
    {
        var now = _context.Time.GetTimestamp();
        _unread.Queue(_waiting, now);
        for (var fed = 0; fed < MaxItemsPerTurn && HasRoom && _context.Outbox.IsEmpty; fed++)
        {
            // Without this limit the baseline would use up the event rate for hours and hold back live changes.
            if (!_pace.MayTell(now))
            {
                return false;
            }

            if (_waiting.TryDequeue(out var item))
            {
                if (ContentResults.IsSlowBaseline(item.Snapshot, item.Entry))
                {
                    _large.Enqueue(item);
                    continue;
                }
            }
            else if (!_large.TryDequeue(out item))
            {
                return false;
            }

            try
            {
                _results.ReportBaseline(item.Snapshot, item.Entry);
            }
            catch (Exception defect) when (!_context.IsGivenUp(defect))
            {
                _coverage.ReportDefect(change: null, item.Snapshot, defect);
            }

            _gate.Launch();
        }

        return HasRoom;
    }

    /// <summary>The stop ran out of time: gives up the rest.</summary>
    /// <returns>How many items.</returns>
    public int Abandon()
    {
        var left = Count;
        _waiting.Clear();
        _large.Clear();
        return left;
    }
}
