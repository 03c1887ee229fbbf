using FileMonitor.Tree;

namespace FileMonitor.Settling;

/// <summary>
/// Sees what each turn of the pump emitted and what it left in the snapshots. For tests, which hold that one is never without the other; a
/// monitor that a host makes has none. Everything is called on the pump, one call at a time.
/// </summary>
internal interface ITurnObserver
{
    /// <summary>An event is handed to the stream, which numbers it later.</summary>
    void Emitted(AuditEvent said);

    /// <summary>A turn is over. The first call comes before the first turn, with what the baseline scan found. The snapshots are the pump's: only to be read, and only now.</summary>
    void TurnEnded(IReadOnlyList<Snapshot> snapshots);
}
