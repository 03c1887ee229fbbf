namespace FileMonitor.Diagnostics;

/// <summary>The values of a monitor's instruments at one time: its health, and further counts. Immutable.</summary>
internal sealed class MonitorReading
{
    public required MonitorHealth Health { get; init; }

    /// <summary>Hints by source; the monitor's own under <see cref="OwnHints"/>.</summary>
    public required IReadOnlyList<(string Source, long Hints)> Hints { get; init; }

    /// <summary>Called only for the instruments of watches, because the limits are read from the system each time.</summary>
    public required Func<IReadOnlyList<WatchUsage>> ReadWatches { private get; init; }

    public IReadOnlyList<WatchUsage> Watches => ReadWatches();

    /// <summary>Events by <see cref="AuditEventKind"/>.</summary>
    public required IReadOnlyList<long> Emitted { get; init; }

    /// <summary>Gaps in the stream by <see cref="GapCause"/>.</summary>
    public required IReadOnlyList<long> GapsOpened { get; init; }

    /// <summary>Gaps that are open now, by <see cref="GapCause"/>: all of them, while health shows the first thousand.</summary>
    public required IReadOnlyList<long> GapsOpen { get; init; }

    public required ReconcileTotals Reconciled { get; init; }

    /// <summary>About how much memory the snapshots take, in bytes.</summary>
    public required long SnapshotBytes { get; init; }

    /// <summary>Events that readers missed, readers that have ended included.</summary>
    public required long ReadersSkipped { get; init; }

    /// <summary>The name in place of a source for hints that the monitor gives itself.</summary>
    public const string OwnHints = "monitor";
}

/// <summary>How many of a limited number of watches a source uses.</summary>
/// <param name="Source">The name of the source.</param>
/// <param name="Used">How many it uses.</param>
/// <param name="Limit">The limit of the system for all processes of this user together; null when it is not known.</param>
internal readonly record struct WatchUsage(string Source, long Used, long? Limit);

/// <summary>Why a directory is compared with the snapshot.</summary>
internal enum ReconcileReason
{
    /// <summary>It is new or was moved in.</summary>
    NewDirectory,

    /// <summary>Hints were lost.</summary>
    Loss,

    /// <summary>A timer: polling, and the periodic comparison.</summary>
    Timer,
}

/// <summary>The totals of comparisons so far, by <see cref="ReconcileReason"/>. A value, so that a copy has numbers that belong together.</summary>
internal struct ReconcileTotals
{
    public const int Reasons = 3;

    private ByReason _entries;
    private ByReason _discrepancies;

    /// <summary>Directory entries read.</summary>
    public readonly long Entries(ReconcileReason reason) => _entries[(int)reason];

    /// <summary>Items that differed from the snapshot.</summary>
    public readonly long Discrepancies(ReconcileReason reason) => _discrepancies[(int)reason];

    public void AddEntries(ReconcileReason reason, int count) => _entries[(int)reason] += count;

    public void AddDiscrepancy(ReconcileReason reason) => _discrepancies[(int)reason]++;

    [System.Runtime.CompilerServices.InlineArray(Reasons)]
    private struct ByReason
    {
        private long _first;
    }
}

/// <summary>A monitor whose measurements are read on collection.</summary>
/// <param name="Name">The tag with the name of the monitor.</param>
/// <param name="Read">Reads the values; any thread.</param>
internal sealed record MeasuredMonitor(KeyValuePair<string, object?> Name, Func<MonitorReading> Read);
