namespace FileMonitor.Diagnostics;

/// <summary>What a monitor's instruments show when somebody looks: its health, and what is counted for nobody else. Never changed once made.</summary>
internal sealed class MonitorReading
{
    public required MonitorHealth Health { get; init; }

    /// <summary>Hints by who gave them; the monitor's own under <see cref="OwnHints"/>.</summary>
    public required IReadOnlyList<(string Source, long Hints)> Hints { get; init; }

    /// <summary>Asked only for the instruments that show it: the limits are read from the system each time.</summary>
    public required Func<IReadOnlyList<WatchUsage>> ReadWatches { private get; init; }

    public IReadOnlyList<WatchUsage> Watches => ReadWatches();

    /// <summary>Events by <see cref="AuditEventKind"/>.</summary>
    public required IReadOnlyList<long> Emitted { get; init; }

    /// <summary>Gaps in the stream by <see cref="GapCause"/>.</summary>
    public required IReadOnlyList<long> GapsOpened { get; init; }

    /// <summary>Gaps that are open now, by <see cref="GapCause"/>: all of them, where health shows the first thousand.</summary>
    public required IReadOnlyList<long> GapsOpen { get; init; }

    public required ReconcileTotals Reconciled { get; init; }

    /// <summary>About how much memory the snapshots take, in bytes.</summary>
    public required long SnapshotBytes { get; init; }

    /// <summary>Events that readers were not given, those that have left included.</summary>
    public required long ReadersSkipped { get; init; }

    /// <summary>The name in the place of a source for what a monitor finds by looking into directories.</summary>
    public const string OwnHints = "monitor";
}

/// <summary>How many of a limited number of watches a source uses.</summary>
/// <param name="Source">Its name.</param>
/// <param name="Used">How many it uses.</param>
/// <param name="Limit">How many the system allows to all processes of this user together; null when it does not say.</param>
internal readonly record struct WatchUsage(string Source, long Used, long? Limit);

/// <summary>Why a directory is compared with what is known of it.</summary>
internal enum ReconcileReason
{
    /// <summary>It is new or was moved in.</summary>
    NewDirectory,

    /// <summary>Hints were lost.</summary>
    Loss,

    /// <summary>It is time to: polling, and the periodic comparison.</summary>
    Timer,
}

/// <summary>What comparisons came to so far, by <see cref="ReconcileReason"/>. A value: whoever has one has numbers that belong together.</summary>
internal struct ReconcileTotals
{
    public const int Reasons = 3;

    private ByReason _entries;
    private ByReason _discrepancies;

    /// <summary>Directory entries read.</summary>
    public readonly long Entries(ReconcileReason reason) => _entries[(int)reason];

    /// <summary>Items that were not as known.</summary>
    public readonly long Discrepancies(ReconcileReason reason) => _discrepancies[(int)reason];

    public void AddEntries(ReconcileReason reason, int count) => _entries[(int)reason] += count;

    public void AddDiscrepancy(ReconcileReason reason) => _discrepancies[(int)reason]++;

    [System.Runtime.CompilerServices.InlineArray(Reasons)]
    private struct ByReason
    {
        private long _first;
    }
}

/// <summary>A monitor whose measurements are read when somebody collects them.</summary>
/// <param name="Name">The tag that tells them from those of others.</param>
/// <param name="Read">Reads them; any thread.</param>
internal sealed record MeasuredMonitor(KeyValuePair<string, object?> Name, Func<MonitorReading> Read);
