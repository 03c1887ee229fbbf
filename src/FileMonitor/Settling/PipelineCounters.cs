using FileMonitor.Diagnostics;

namespace FileMonitor.Settling;

/// <summary>
/// Counts what became of the hints. The pump counts in fields that only it touches and publishes them together, so that a reader of
/// <see cref="Read"/> gets numbers that belong together (G2: the counters always balance).
/// </summary>
internal sealed class PipelineCounters
{
    private readonly Lock _gate = new();
    private Totals _published;

    /// <summary>The pump's own copy.</summary>
    public Totals Current;

    public void Publish()
    {
        lock (_gate)
        {
            _published = Current;
        }
    }

    public Totals Read()
    {
        lock (_gate)
        {
            return _published;
        }
    }

    internal struct Totals
    {
        /// <summary>Hints taken out of the queue.</summary>
        public long Taken;

        /// <summary>Hints that the monitor gave itself; they did not pass the queue.</summary>
        public long Own;

        public long Coalesced;
        public long Ignored;
        public long Suppressed;
        public long Emitted;
        public long CutOff;
        public long Transient;

        /// <summary>Hints in the debouncer, parked, or in work. Counted and not derived, so that the balance can fail.</summary>
        public long Pending;

        public int PendingPaths;
        public int HeldFiles;
        public int WaitingForPermit;
        public int DirectoriesToLook;
        public int KnownItems;
        public long SnapshotBytes;
        public ReconcileTotals Reconciled;

        /// <summary>When the next debounced path is due, or was; null when none is pending.</summary>
        public long? DueSince;

        /// <summary>Since when the oldest waiting file waits for a permit; null when none waits.</summary>
        public long? WaitingSince;

        /// <summary>Counts what became of the hints of a settled change.</summary>
        public void Settle(PendingChange change)
        {
            Pending -= change.Hints;
            Coalesced += change.Hints - 1;
            if (change.HasEmitted)
            {
                Emitted++;
            }
            else if (change.WasIgnored)
            {
                Ignored++;
            }
            else
            {
                Suppressed++;
                Transient += change.WasTransient ? 1 : 0;
            }
        }
    }
}
