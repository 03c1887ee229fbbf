namespace FileMonitor.Settling;

/// <summary>The values that health and metrics read, copied at the end of a turn. Owner: the pump.</summary>
internal sealed class PumpReadings(SettleContext context, ChecksumGate gate, GapTracker gaps, HeldFiles held)
{
    public void Publish()
    {
        ref var totals = ref context.Counters.Current;
        totals.PendingPaths = context.Debouncer.Count;
        totals.HeldFiles = held.Count;
        totals.WaitingForPermit = gate.Waiting;
        totals.DirectoriesToLook = context.Reconciler.Count;
        totals.DueSince = context.Debouncer.NextDue;
        totals.WaitingSince = gate.WaitingSince;
        gaps.PublishGaps();
        totals.KnownItems = 0;
        totals.SnapshotBytes = 0;
        totals.Reconciled = context.Reconciler.Totals;
        foreach (var snapshot in context.Snapshots.All)
        {
            totals.KnownItems += snapshot.Count;
            totals.SnapshotBytes += snapshot.Bytes;
        }

        context.Counters.Publish();
    }
}
