using FileMonitor.Durable.Baseline;
using FileMonitor.Extending;
using FileMonitor.Patterns;
using FileMonitor.Tree;

namespace FileMonitor.Durable.Tests.Baseline;

/// <summary>All that a snapshot knows, as text: two are the same when this is.</summary>
internal static class SnapshotFacts
{
    public static Snapshot NewSnapshot(bool ignoresCase = false) => new(new MonitoredRoot(0, "/r", "/r", IgnoreRules.None), ignoresCase);

    public static List<string> Of(Snapshot snapshot) =>
        [.. snapshot.All().Prepend(snapshot.Top).Select(entry => $"{Snapshot.PathOf(entry)}: {Of(entry)}").Order(StringComparer.Ordinal), $"lost: {snapshot.IsLost}, {snapshot.Count}"];

    public static List<string> Stored(BaselineStore store, string root, bool ignoresCase = false)
    {
        var snapshot = NewSnapshot(ignoresCase);
        foreach (var delta in store.Load(root))
        {
            snapshot.Apply(delta);
        }

        return Of(snapshot);
    }

    // The change time can only be asked for; the tests use these.
    private static string Of(SnapshotEntry entry) => FormattableString.Invariant(
        $"{entry.Type} {entry.Size} {entry.LastWriteTicks} {Changed(entry)} {entry.Identity.Device}:{entry.Identity.Number}:{entry.Identity.Birth} {entry.Mode} {entry.OwnerId} {entry.GroupId} {entry.ChecksumStatus} {entry.Digest} {entry.LinkTarget} {entry.Attributes.Flags} {entry.Attributes.Extended} {entry.IsAnnounced} {entry.IsBaselineDue} {entry.IsInaccessible} {entry.IsToldOpen}");

    private static string Changed(SnapshotEntry entry) =>
        string.Concat(RandomDeltas.ChangeTicks.Where(ticks => ticks != 0 && entry.HasSameChangeTime(new FileStatus { ChangeTicks = ticks })));
}
