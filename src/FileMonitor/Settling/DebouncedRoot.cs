namespace FileMonitor.Settling;

/// <summary>The pending changes of one root, by their names. Owner: the <see cref="Debouncer"/>.</summary>
internal sealed class DebouncedRoot(DueLists due)
{
    /// <summary>In the order in which they are due, together with those of other roots that have the same delays.</summary>
    public DueLists Due { get; } = due;

    public Dictionary<string, PendingChange> ByPath { get; } = [];

    /// <summary>By the name that each had before a rename.</summary>
    public Dictionary<string, PendingChange> BySource { get; } = [];

    /// <summary>By the names that they passed through or overwrote.</summary>
    public Dictionary<string, PendingChange> ByVacated { get; } = [];

    /// <summary>Those that appeared and whose item was not looked up yet.</summary>
    public LinkedList<PendingChange> Unidentified { get; } = new();

    public bool HasRenames => BySource.Count > 0 || ByVacated.Count > 0;
}
