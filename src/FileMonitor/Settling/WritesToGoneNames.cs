using System.Globalization;
using FileMonitor.Extending;
using FileMonitor.Scanning;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

/// <summary>
/// Hints about writes that name what is not there: the kernel calls an open file by the name that it was opened by, also when that is gone.
/// Owner: the pump.
/// </summary>
internal sealed class WritesToGoneNames(SettleContext context, GoneNames goneNames)
{
    private readonly PacedLooks _looksWhereWritten = new(context.Time.TimestampFrequency);

    /// <summary>
    /// A file that is written under a name that is gone has another one, or none. Which file that is tells what was known by that name, or the
    /// name itself; otherwise the directory is compared, where it most likely got its other name.
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
            // Not as a writing: only a state that differs is a change, whoever owns the name by now and whatever else it is called.
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

        // Made again under that name and gone again, it is not the file that was known by it.
        return (change.Kinds & PendingHints.Created) == 0 ? goneNames.Find(snapshot.Root, change.Path) : default;
    }

    /// <summary>Whether it is what Linux calls a file that was opened without a name (O_TMPFILE): <c>#</c> and the number of its inode.</summary>
    private static bool IsNameOfUnnamed(string path, out ulong number)
    {
        number = 0;
        var name = PathText.NameOf(path);
        return name.StartsWith('#') && ulong.TryParse(name[1..], NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    /// <summary>When a directory is looked into next in which something was written under a name that is gone; null when none waits.</summary>
    public long? NextDue => _looksWhereWritten.NextDue;

    /// <summary>Looks into directories whose turn it is by now.</summary>
    public void LookIntoDue(long now, bool all)
    {
        while (_looksWhereWritten.TryTakeDue(now, all, out var snapshot, out var directory))
        {
            context.LookInto(snapshot, directory, DirectoryLook.Discover, change: null);
        }
    }
}
