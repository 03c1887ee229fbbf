using FileMonitor.Tree;

namespace FileMonitor.Settling;

/// <summary>
/// Observes what each turn of the pump emitted and what it left in the snapshots. Used by tests, which check that each event has its change and
/// each change its event; null in a host's monitor. All calls come from the pump, one at a time.
/// </summary>
internal interface ITurnObserver
{
    /// <summary>An event is handed to the stream, which numbers it later.</summary>
    void Emitted(AuditEvent auditEvent);

    /// <summary>
    /// A turn is over. The first call comes before the first turn, with the result of the baseline scan. Read the snapshots only during the
    /// call.
    /// </summary>
    void TurnEnded(IReadOnlyList<Snapshot> snapshots);
}
