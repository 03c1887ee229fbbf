using FileMonitor.Extending;
using FileMonitor.Tree;

namespace FileMonitor.Settling;

/// <summary>Whether what the disk shows is what is known, by identity.</summary>
internal static class ItemIdentity
{
    /// <summary>Whether the disk shows, under the name of an entry, nothing or something else. An identity that is not known proves nothing.</summary>
    public static bool IsMissed(SnapshotEntry entry, in FileStatus status) =>
        entry.Identity.IsKnown && (status.IsFound ? !entry.Identity.MayEqual(status.Identity) : status.Outcome == FileStatusOutcome.Missing);

    public static bool IsFile(SnapshotEntry entry, in FileStatus status) => entry.Type == status.ItemType && entry.Identity.MayEqual(status.Identity);

    // File systems give the number of a deleted file to the next one. The time of birth tells them apart; where there is none, the state must
    // be the same.
    public static bool IsSurelySame(SnapshotEntry entry, in FileStatus status) =>
        (status.Identity.Birth != 0 && entry.Identity.Birth != 0) || entry.Type == ItemType.Directory || entry.IsSameState(status);

    /// <summary>Whether a name shows an item that is known, and not by that name.</summary>
    public static bool IsKnownElsewhere(Snapshot snapshot, SnapshotEntry? known, in FileStatus status) =>
        status.IsFound && (known is null || IsMissed(known, status)) && snapshot.FindByIdentity(status.Identity) is not null;

    /// <summary>A directory cannot be moved into itself: who is known as the directory above is then another one on disk.</summary>
    public static bool CanMove(SnapshotEntry entry, SnapshotEntry parent) => parent != entry && !IsInside(parent, entry);

    public static bool IsInside(SnapshotEntry entry, SnapshotEntry? directory)
    {
        for (var above = entry.Parent; above is not null; above = above.Parent)
        {
            if (above == directory)
            {
                return true;
            }
        }

        return false;
    }
}
