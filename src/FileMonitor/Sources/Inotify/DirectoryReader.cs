using FileMonitor.Extending;
using FileMonitor.Sources.Files;
using FileMonitor.Sources.Native;
using FileMonitor.Values;

namespace FileMonitor.Sources.Inotify;

/// <summary>
/// Reads directories for their subdirectories. A subdirectory is watched before it is read itself, so that one created in it meanwhile is found
/// by either the watch or the read. Owner: the source's thread.
/// </summary>
internal sealed class DirectoryReader(Placement placement, DirectoryTree<WatchedDirectory> tree, WatchedRoots roots, WatchSetter setter, ReadQueue queue, IChangeWriter changes)
{
    private const int ListingBytes = 64 * 1024;

    // How often a directory is tried again while no event comes that could say where it is.
    private const int QuietTries = 3;

    private readonly byte[] _listing = new byte[ListingBytes];

    /// <summary>Reads some of the queued directories.</summary>
    public void Read(int most)
    {
        for (; most > 0 && queue.TryTake(out var request); most--)
        {
            if (request.Directory.IsDetached || Read(request))
            {
                queue.Done(request.Round);
            }
        }

        queue.Answer();
    }

    /// <returns>Whether it is done; false when it was postponed.</returns>
    private bool Read(ReadRequest request)
    {
        var directory = request.Directory;
        var descriptor = setter.OpenInPlace(directory, isListed: true);
        if (descriptor == WatchSetter.Elsewhere)
        {
            if (request.QuietTries < QuietTries)
            {
                queue.PostponeAgain(request);
                return false;
            }

            LoseTrack(directory);
            return true;
        }

        var root = roots.Of(directory);
        directory.ReadInWalk = root.Walk;
        if (descriptor < 0)
        {
            placement.NoteFailure(directory, -descriptor);
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
                    Found(request, root, PathText.Decode(entries.Name), descriptor);
                }
            }
        }

        var error = LinuxErrors.LastError;
        LinuxFiles.Close(descriptor);
        if (count < 0)
        {
            placement.NoteFailure(directory, error);
        }

        return true;
    }

    private void Found(in ReadRequest request, WatchedRoot root, string name, int parentDescriptor)
    {
        var parent = request.Directory;
        if (placement.IsIgnored(parent, name))
        {
            return;
        }

        var directory = placement.FindOrAdd(parent, name);
        if (placement.Put(directory, setter.SetIn(parentDescriptor, name)) is { } watched)
        {
            queue.Add(request with { Directory = watched, QuietTries = 0 });
            if (request.Announces)
            {
                // After the watch is set, so that the pump lists the directory later than that. Discovered, because the kernel did not name it.
                changes.Write(new FileChange(FileChangeKind.Created, parent.Root, tree.PathOf(watched)) { Origin = AuditEventOrigin.Discovered, IsFinished = true });
            }
        }
        else if (request.IsWalk && directory.ReadInWalk != root.Walk && !directory.IsDetached)
        {
            queue.Add(request with { Directory = directory, QuietTries = 0 });
        }
    }

    /// <summary>A directory is not where the tree has it, and no event says where: an event is missing. Reports a loss and walks through the root.</summary>
    private void LoseTrack(WatchedDirectory directory)
    {
        var root = roots.Of(directory);
        if (root.Top is not { } top || !setter.IsInPlace(root))
        {
            // The root itself was moved: its RootWatch finds out.
            return;
        }

        if (directory != top)
        {
            placement.Gone(directory);
        }

        changes.ReportLoss(root.Root, "", GapCause.SourceError, "A directory is not where the events said; the whole root is compared with the disk.");
        root.Walk++;
        queue.Add(new ReadRequest(top, queue.OldestRound, IsWalk: true, Announces: true));
    }
}
