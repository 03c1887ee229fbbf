using System.Globalization;
using FileMonitor.Extending;
using FileMonitor.Scanning;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

/// <summary>
/// Handles hints about writes to names that are gone: the kernel reports writes to an open file under the name by which it was opened, even when
/// that name is gone. Owner: the pump.
/// </summary>
internal sealed class WritesToGoneNames(SettleContext context, GoneNames goneNames)
{
    private readonly PacedLooks _looksWhereWritten = new(context.Time.TimestampFrequency);

    /// <summary>
    /// Finds the file that is written under a gone name and gives a hint about it. The file is the one that was known by that name, or the name
    /// contains its inode number. Otherwise compares the directory, where the file most likely got its other name.
    /// </summary>
    public void Follow(Snapshot snapshot, PendingChange change)
    {
        if (!change.WasWrittenWhenGone && !change.MayBeWrittenWhenGone)
        {
            return;
        }

        var identity = FindIdentity(snapshot, change);
        if (identity.IsKnown)
        {
            // A Look and not a Modified hint: the name may belong to another file by now, so only a different state counts as a change.
            foreach (var known in snapshot.FindAllByIdentity(identity).Where(known => known.Type == ItemType.File).ToArray())
            {
                context.AddOwnHint(snapshot.Root, Snapshot.PathOf(known), FileChangeKind.Look, change.Origin, change.Awaited > 0, change.Healing > 0);
            }
        }
        else if (change.WasWrittenWhenGone && !IsNameOfUnnamed(change.Path, out _))
        {
            var directory = snapshot.FindClosestDirectory(PathText.DirectoryOf(change.Path));
            if (_looksWhereWritten.TryBegin(snapshot, directory, context.Time.GetTimestamp()) || change.Awaited > 0)
            {
                context.LookInto(snapshot, directory, DirectoryLook.Discover, change);
            }
        }
    }

    private FileIdentity FindIdentity(Snapshot snapshot, PendingChange change)
    {
        if (IsNameOfUnnamed(change.Path, out var number))
        {
            var device = snapshot.FindClosestDirectory(PathText.DirectoryOf(change.Path)).Identity.Device;
            return new FileIdentity(device, number);
        }

        // If a file was created under the name since, the known file is not the one written.
        return (change.Kinds & PendingHints.Created) == 0 ? goneNames.Find(snapshot.Root, change.Path) : default;
    }

    /// <summary>Whether the name is the one that Linux gives a file opened without a name (O_TMPFILE): <c>#</c> and the inode number.</summary>
    private static bool IsNameOfUnnamed(string path, out ulong number)
    {
        number = 0;
        var name = PathText.NameOf(path);
        return name.StartsWith('#') && ulong.TryParse(name[1..], NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    /// <summary>When the next directory with a write to a gone name is scanned; null when none waits.</summary>
    public long? NextDue => _looksWhereWritten.NextDue;

    /// <summary>Scans the directories that are due.</summary>
    public void LookIntoDue(long now, bool all)
    {
        while (_looksWhereWritten.TryTakeDue(now, all, out var snapshot, out var directory))
        {
            context.LookInto(snapshot, directory, DirectoryLook.Discover, change: null);
        }
    }
}
