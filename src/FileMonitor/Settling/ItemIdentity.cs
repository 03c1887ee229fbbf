using FileMonitor.Extending;
using FileMonitor.Tree;

namespace FileMonitor.Settling;

/// <summary>Compares items of the disk with known items by identity.</summary>
internal static class ItemIdentity
{
    /// <summary>Whether the disk shows nothing, or another item, under the name of an entry. False when the identity is not known.</summary>
    public static bool IsMissed(SnapshotEntry entry, in FileStatus status) =>
        entry.Identity.IsKnown && (status.IsFound ? !entry.Identity.MayEqual(status.Identity) : status.Outcome == FileStatusOutcome.Missing);

    public static bool IsFile(SnapshotEntry entry, in FileStatus status) => entry.Type == status.ItemType && entry.Identity.MayEqual(status.Identity);

    // File systems reuse the inode number of a deleted file. The time of birth tells the files apart; without it, the state must be the same.
    public static bool IsSurelySame(SnapshotEntry entry, in FileStatus status) =>
        (status.Identity.Birth != 0 && entry.Identity.Birth != 0) || entry.Type == ItemType.Directory || entry.IsSameState(status);

    /// <summary>Whether a name shows an item that is known under another name.</summary>
    public static bool IsKnownElsewhere(Snapshot snapshot, SnapshotEntry? known, in FileStatus status) =>
        status.IsFound && (known is null || IsMissed(known, status)) && snapshot.FindByIdentity(status.Identity) is not null;

    /// <summary>A directory cannot be moved into itself. If it seems so, the known parent is another directory on disk.</summary>
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
