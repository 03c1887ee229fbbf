using System.Diagnostics.CodeAnalysis;

namespace FileMonitor.Reconciliation;

/// <summary>
/// Knows which directories must be looked into, and reads them one at a time on a worker; the comparison with the snapshot is the
/// pipeline's. Owner of the queue: the pipeline's one reader. The worker owns the listing it fills until it hands it over.
/// </summary>
/// <remarks>
/// The queue holds entries of the snapshot, each at most once (<see cref="SnapshotEntry.Look"/>), so it is never larger than the snapshot.
/// </remarks>
internal sealed class Reconciler(IFileView files, Action wake)
{
    private readonly Queue<(Snapshot Snapshot, SnapshotEntry Directory)> _queue = new();
    private Listing? _finished;
    private bool _isReading;

    /// <summary>Directories waiting, the one being read included.</summary>
    public int Count => _queue.Count + (_isReading ? 1 : 0);

    public bool IsIdle => Count == 0;

    /// <summary>Asks for a directory to be looked into. Reasons add up.</summary>
    public void Request(Snapshot snapshot, SnapshotEntry directory, DirectoryLook look)
    {
        if (directory.Look == DirectoryLook.None)
        {
            _queue.Enqueue((snapshot, directory));
        }

        directory.Look |= look;
    }

    /// <summary>Starts to read the next directory, if none is being read.</summary>
    public void Launch()
    {
        while (!_isReading && _queue.TryDequeue(out var next))
        {
            var look = next.Directory.Look;
            next.Directory.Look = DirectoryLook.None;
            if (next.Directory.IsDetached)
            {
                continue;
            }

            _isReading = true;
            var listing = new Listing(next.Snapshot, next.Directory, Snapshot.PathOf(next.Directory), look);

            // Not awaited: Read catches everything and always hands the listing over, and the pump waits for that.
            _ = Task.Run(() => Read(listing));
        }
    }

    /// <summary>Takes the listing that was read. It counts as being read until <see cref="Done"/>, so that nothing thinks all is looked at.</summary>
    public bool TryTakeListing([NotNullWhen(true)] out Listing? listing)
    {
        listing = Interlocked.Exchange(ref _finished, null);
        return listing is not null;
    }

    /// <summary>The listing was compared.</summary>
    public void Done() => _isReading = false;

    /// <summary>Gives up what was asked for; the number of directories that were not looked into.</summary>
    public int Abandon()
    {
        var count = Count;
        _queue.Clear();
        _isReading = false;
        return count;
    }

    private void Read(Listing listing)
    {
        try
        {
            var directory = PathText.Absolute(listing.Snapshot.Root.PhysicalPath, listing.Path);
            listing.Outcome = files.List(directory, (name, status) => listing.Items.Add((name, status)));
        }
        catch (Exception)
        {
            // A host's own IFileView may throw; then the directory could not be read, which is reported.
            listing.Outcome = FileStatusOutcome.Failed;
        }

        Volatile.Write(ref _finished, listing);
        wake();
    }
}
