using FileMonitor.Extending;
using FileMonitor.Sources.Files;
using FileMonitor.Sources.Native;
using FileMonitor.Values;

namespace FileMonitor.Sources.Inotify;

/// <summary>
/// Reads directories for the directories in them, each of which is watched before it is read itself: what is made in it meanwhile is either found or
/// told. Owner: the source's thread.
/// </summary>
internal sealed class DirectoryReader(Placement placement, DirectoryTree<WatchedDirectory> tree, WatchedRoots roots, WatchSetter setter, ReadQueue queue, IChangeWriter changes)
{
    private const int ListingBytes = 64 * 1024;

    // As often a directory is looked for while no event comes that could say where it is.
    private const int QuietTries = 3;

    private readonly byte[] _listing = new byte[ListingBytes];

    /// <summary>Reads some of the directories that are still to be read.</summary>
    public void Read(int most)
    {
        for (; most > 0 && queue.TryTake(out var reading); most--)
        {
            if (reading.Directory.IsDetached || Read(reading))
            {
                queue.Done(reading.Round);
            }
        }

        queue.Answer();
    }

    /// <returns>Whether it is done, and need not be tried again.</returns>
    private bool Read(Reading reading)
    {
        var directory = reading.Directory;
        var descriptor = setter.OpenInPlace(directory, isListed: true);
        if (descriptor == WatchSetter.Elsewhere)
        {
            if (reading.QuietTries < QuietTries)
            {
                queue.PostponeAgain(reading);
                return false;
            }

            LoseTrack(directory);
            return true;
        }

        var root = roots.Of(directory);
        directory.ReadInWalk = root.Walk;
        if (descriptor < 0)
        {
            placement.Refuse(directory, -descriptor);
            return true;
        }

        if (directory.Watch != WatchedDirectory.NoWatch)
        {
            root.NoteWatched(directory);
        }

        int count;
        while ((count = LinuxNames.ReadEntries(descriptor, _listing)) > 0)
        {
            var entries = new LinuxDirectoryEntries(_listing.AsSpan(0, count));
            while (entries.MoveNext() && !directory.IsDetached)
            {
                if (DirectoryOnDisk.IsDirectory(descriptor, entries))
                {
                    Found(reading, root, PathText.Decode(entries.Name), descriptor);
                }
            }
        }

        var error = LinuxErrors.LastError;
        LinuxFiles.Close(descriptor);
        if (count < 0)
        {
            placement.Refuse(directory, error);
        }

        return true;
    }

    private void Found(in Reading reading, WatchedRoot root, string name, int parentDescriptor)
    {
        var parent = reading.Directory;
        if (placement.IsIgnored(parent, name))
        {
            return;
        }

        var directory = placement.FindOrAdd(parent, name);
        if (placement.Put(directory, setter.SetIn(parentDescriptor, name)) is { } watched)
        {
            queue.Add(reading with { Directory = watched, QuietTries = 0 });
            if (reading.Announces)
            {
                // After it is watched: whoever looks into it because of this hint comes later. The system has not named it.
                changes.Write(new FileChange(FileChangeKind.Created, parent.Root, tree.PathOf(watched)) { Origin = AuditEventOrigin.Discovered, IsFinished = true });
            }
        }
        else if (reading.IsWalk && directory.ReadInWalk != root.Walk && !directory.IsDetached)
        {
            queue.Add(reading with { Directory = directory, QuietTries = 0 });
        }
    }

    /// <summary>No event comes, and still it is not where it must be: an event is missing. What is there is found out anew.</summary>
    private void LoseTrack(WatchedDirectory directory)
    {
        var root = roots.Of(directory);
        if (root.Top is not { } top || !setter.IsInPlace(root))
        {
            // The root itself has another place: who looks after it finds out.
            return;
        }

        if (directory != top)
        {
            placement.Gone(directory);
        }

        changes.ReportLoss(root.Root, "", GapCause.SourceError, "A directory is not where its events said it is; the whole root is compared with the disk.");
        root.Walk++;
        queue.Add(new Reading(top, queue.RoundUnderWay, IsWalk: true, Announces: true));
    }
}
