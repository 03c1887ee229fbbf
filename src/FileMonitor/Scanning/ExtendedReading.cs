using FileMonitor.Extending;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Scanning;

/// <summary>Reads the extended attributes of an item where its root reports changes of them. Stateless.</summary>
internal static class ExtendedReading
{
    /// <summary>Adds the extended attributes to a status. They are read only when the change time says that they may be others than those that are known.</summary>
    /// <param name="files">The disk.</param>
    /// <param name="root">The root.</param>
    /// <param name="path">The path below it.</param>
    /// <param name="status">The metadata of the item.</param>
    /// <param name="known">What is known of the item; null for a new one.</param>
    public static FileStatus Complete(IFileView files, MonitoredRoot root, string path, in FileStatus status, SnapshotEntry? known = null)
    {
        if (!root.Settings.ReadsExtendedAttributes || !status.IsFound || status.Extended is not null || IsUnchanged(known, status))
        {
            return status;
        }

        // Another item may have the path by now, or another content: a hint about it is on its way.
        if (files.GetExtendedAttributes(root.PhysicalPath, path, out var item) is not { } found || !item.Identity.MayEqual(status.Identity)
            || (item.ItemType != ItemType.Directory && !item.IsSameState(status)))
        {
            return status;
        }

        // A chmod changes the mode and the access control list, so both are taken from the same moment.
        return status with
        {
            Mode = item.Mode,
            OwnerId = item.OwnerId,
            GroupId = item.GroupId,
            Flags = item.Flags,
            ChangeTicks = item.ChangeTicks,
            Extended = AttributeText.Keeping(AttributeText.Of(found), known?.Attributes.Extended),
        };
    }

    private static bool IsUnchanged(SnapshotEntry? known, in FileStatus status) =>
        known?.Attributes.Extended is not null && known.ChangeTicks != 0 && known.ChangeTicks == status.ChangeTicks && known.Identity.IsSame(status.Identity);
}
