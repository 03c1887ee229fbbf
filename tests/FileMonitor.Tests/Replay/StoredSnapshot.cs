using FileMonitor.Tree;

namespace FileMonitor.Tests.Replay;

/// <summary>
/// A copy of a snapshot that is kept up by its changes alone, each applied by its path, as whoever stores them would. Between two turns it is the
/// same as the snapshot, or a change was made in another way, or does not say all.
/// </summary>
internal sealed class StoredSnapshot
{
    private readonly Snapshot _live;
    private readonly Snapshot _stored;

    public StoredSnapshot(Snapshot live)
    {
        _live = live;
        _stored = new Snapshot(live.Root, live.IgnoresCase);
        _stored.Apply(TreeDelta.Root(live.IsLost) with { Status = live.Top.ToStatus(), IsInaccessible = live.Top.IsInaccessible });
        foreach (var entry in live.All())
        {
            var status = entry.ToStatus();
            _stored.Apply(TreeDelta.Add(Snapshot.PathOf(entry), status) with
            {
                Checksum = entry.ChecksumStatus,
                Digest = entry.Digest,
                Target = entry.LinkTarget,
                HasTarget = true,
                IsAnnounced = entry.IsAnnounced,
                IsBaselineDue = entry.IsBaselineDue,
                IsInaccessible = entry.IsInaccessible,
                IsToldOpen = entry.IsToldOpen,
            });
        }

        live.Applied = delta => _stored.Apply(delta);
    }

    /// <summary>The snapshot that is followed.</summary>
    public Snapshot Snapshot => _live;

    /// <summary>What is other in the copy; empty when nothing is.</summary>
    public IEnumerable<string> Differences()
    {
        if (_live.IsLost != _stored.IsLost || _live.Count != _stored.Count)
        {
            yield return $"{_live.Root}: {_live.Count} items (lost: {_live.IsLost}), stored: {_stored.Count} (lost: {_stored.IsLost})";
        }

        foreach (var entry in _live.All().Prepend(_live.Top))
        {
            var path = Snapshot.PathOf(entry);
            var (now, stored) = (Facts(entry), _stored.Find(path) is { } other ? Facts(other) : "nothing");
            if (now != stored)
            {
                yield return $"{path}: {now}, stored: {stored}";
            }
        }
    }

    private static string Facts(SnapshotEntry entry) => FormattableString.Invariant(
        $"{entry.Type} {entry.Size} {entry.LastWriteTicks} {entry.Identity.Device}:{entry.Identity.Number} {entry.Mode} {entry.OwnerId} {entry.GroupId} {entry.ChecksumStatus} {entry.Digest} {entry.LinkTarget} {entry.Attributes.Flags} {entry.Attributes.Extended} {entry.IsAnnounced} {entry.IsBaselineDue} {entry.IsInaccessible} {entry.IsToldOpen}");
}
