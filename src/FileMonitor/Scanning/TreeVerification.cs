using FileMonitor.Extending;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Scanning;

/// <summary>
/// Walks all roots and compares the disk with the snapshots, which hold what was reported. Changes nothing. Paths that differ may have changed a
/// moment ago: they are looked at again after a flush, and only what still differs is a difference.
/// </summary>
/// <remarks>Owner: one call. It reads the snapshots only through <c>inspect</c>, which runs on the pump.</remarks>
internal sealed partial class TreeVerification(
    IReadOnlyList<MonitoredRoot> roots,
    IFileView files,
    Func<Action<PerRoot<Snapshot>>, CancellationToken, Task> inspect,
    Func<TimeSpan, CancellationToken, Task> flush,
    Func<string, string, CancellationToken, Task<(ChecksumStatus Status, Sha256Digest? Digest, FileStatus File)>>? hash,
    int concurrency,
    VerifyDeadline deadline)
{
    // Larger files are read last, so that the deadline cuts off as little as possible.
    private const long LargeFile = 8 * 1024 * 1024;
    private const int MaxDifferences = 10_000;
    private const int DirectoriesAtOnce = 64;

    // The first round removes late changes, the second confirms; the others are for files that keep changing.
    private const int MaxRounds = 10;

    private readonly List<string> _problems = [];
    private readonly List<(MonitoredRoot Root, string Path)> _suspects = [];
    private readonly List<(MonitoredRoot Root, string Path, Sha256Digest Known)> _toHash = [];
    private readonly List<(MonitoredRoot Root, string Path, Sha256Digest Known)> _largeToHash = [];
    private readonly List<(MonitoredRoot Root, string Path)> _withoutChecksum = [];

    // What is left when the deadline passes. Files being read are removed from several threads, under the lock of _suspects.
    private readonly HashSet<(MonitoredRoot Root, string Path)> _unread = [];
    private readonly HashSet<MonitoredRoot> _unwalked = [.. roots];
    private readonly long _begun = deadline.Time.GetTimestamp();
    private Stack<string> _open = new([""]);
    private int _unchecked;
    private readonly List<TreeDifference> _differences = [];
    private long _items;
    private long _checksums;
    private long _differenceCount;

    public async Task<VerifyResult> RunAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(deadline.Timeout, deadline.Time);
        using var within = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            await CompareAsync(within.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            NameUnreached();
        }

        await NameWithoutChecksumAsync(cancellationToken).ConfigureAwait(false);
        return new VerifyResult(_items, _checksums, _differenceCount, _differences, _problems);
    }

    private async Task CompareAsync(CancellationToken cancellationToken)
    {
        foreach (var root in roots)
        {
            if (await IsLostAsync(root, cancellationToken).ConfigureAwait(false))
            {
                _problems.Add($"The root '{root.Path}' is lost and was not compared.");
            }
            else
            {
                await WalkAsync(root, cancellationToken).ConfigureAwait(false);
            }

            _unwalked.Remove(root);
        }

        await HashAsync(_largeToHash, cancellationToken).ConfigureAwait(false);
        await CheckSuspectsAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> IsLostAsync(MonitoredRoot root, CancellationToken cancellationToken)
    {
        var isLost = false;
        await inspect(snapshots => isLost = snapshots[root].IsLost, cancellationToken).ConfigureAwait(false);
        return isLost;
    }

    private async Task WalkAsync(MonitoredRoot root, CancellationToken cancellationToken)
    {
        _open = new Stack<string>([""]);
        var batch = new List<(string Path, FileStatusOutcome Outcome, List<(string Name, FileStatus Status)> Items)>();
        while (_open.Count > 0)
        {
            batch.Clear();
            while (batch.Count < DirectoriesAtOnce && _open.TryPop(out var directory))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var items = new List<(string, FileStatus)>();
                var outcome = files.List(root.PhysicalPath, directory, (name, status) => items.Add((name, status)));
                batch.Add((directory, outcome, items));
            }

            // In batches, because each inspection interrupts the pump.
            await inspect(snapshots => batch.ForEach(listing => Compare(snapshots[root], listing.Path, listing.Outcome, listing.Items)), cancellationToken).ConfigureAwait(false);
            await HashAsync(_toHash, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Compares a listing. On the pump.</summary>
    private void Compare(Snapshot snapshot, string path, FileStatusOutcome outcome, List<(string Name, FileStatus Status)> items)
    {
        // For a missing directory, the listing of its parent shows it; a root has no parent.
        if (outcome is FileStatusOutcome.Inaccessible or FileStatusOutcome.Failed || (outcome == FileStatusOutcome.Missing && path.Length == 0))
        {
            _problems.Add($"The directory '{snapshot.Root.PathOf(path)}' cannot be read.");
            return;
        }

        _items += items.Count;
        if (snapshot.Find(path) is not { Type: ItemType.Directory } directory)
        {
            _suspects.Add((snapshot.Root, path));
            return;
        }

        var listing = new Listing(snapshot, directory, path, DirectoryLook.None, ticket: 0) { Outcome = outcome };
        listing.Items.AddRange(items);
        if (listing.Obstacle is not null)
        {
            _problems.Add($"The directory '{snapshot.Root.PathOf(path)}' can be listed, but not everything in it can be looked at.");
        }

        foreach (var (suspect, _) in listing.Discrepancies(isComplete: outcome == FileStatusOutcome.Found))
        {
            _suspects.Add((snapshot.Root, suspect));
        }

        foreach (var (name, status) in items)
        {
            var itemPath = PathText.Join(path, name);
            if (snapshot.Root.Rules.IsIgnored(itemPath, status.ItemType.IsDirectory()))
            {
                continue;
            }

            if (status.ItemType == ItemType.Directory && snapshot.Root.Enters(itemPath))
            {
                _open.Push(itemPath);
            }

            if (directory.FindChild(name) is { } known)
            {
                Note(snapshot, itemPath, known);
            }
        }
    }

    private void Note(Snapshot snapshot, string path, SnapshotEntry known)
    {
        if (!known.IsAnnounced)
        {
            _suspects.Add((snapshot.Root, path));
        }
        else if (hash is not null && known.Type == ItemType.File && known.Digest is { } digest)
        {
            (known.Size > LargeFile ? _largeToHash : _toHash).Add((snapshot.Root, path, digest));
            _unread.Add((snapshot.Root, path));
        }
        else if (hash is not null && OwesChecksum(known))
        {
            _withoutChecksum.Add((snapshot.Root, path));
        }
    }

    private async Task HashAsync(List<(MonitoredRoot Root, string Path, Sha256Digest Known)> files, CancellationToken cancellationToken)
    {
        await Parallel.ForEachAsync(files, new ParallelOptions { MaxDegreeOfParallelism = concurrency, CancellationToken = cancellationToken }, async (file, token) =>
        {
            var result = await hash!(file.Root.PhysicalPath, file.Path, token).ConfigureAwait(false);
            token.ThrowIfCancellationRequested();
            Interlocked.Increment(ref _checksums);
            lock (_suspects)
            {
                _unread.Remove((file.Root, file.Path));
                if (result.Status != ChecksumStatus.Computed || !file.Known.Equals(result.Digest))
                {
                    _suspects.Add((file.Root, file.Path));
                }
            }
        }).ConfigureAwait(false);
        files.Clear();
    }

    /// <summary>
    /// Looks at the suspects again after a flush. A path that differs and is unchanged on disk since the last round is a difference. A path that
    /// keeps changing is given up at the end and named as not compared.
    /// </summary>
    private async Task CheckSuspectsAsync(CancellationToken cancellationToken)
    {
        var suspects = _suspects.Distinct().ToDictionary(suspect => suspect, _ => (FileStatus?)null);
        _suspects.Clear();
        for (var round = 0; suspects.Count > 0 && round < MaxRounds; round++)
        {
            _unchecked = suspects.Count;
            await flush(deadline.Timeout - deadline.Time.GetElapsedTime(_begun), cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            var next = new Dictionary<(MonitoredRoot Root, string Path), FileStatus?>();
            foreach (var chunk in suspects.Chunk(1024))
            {
                var found = new List<Suspect>();
                await inspect(snapshots =>
                {
                    foreach (var ((root, path), _) in chunk)
                    {
                        found.Add(CheckSuspect(snapshots[root], path));
                    }
                }, cancellationToken).ConfigureAwait(false);
                foreach (var one in found)
                {
                    await JudgeAsync(one, suspects[(one.Root, one.Path)], next, cancellationToken).ConfigureAwait(false);
                }
            }

            suspects = next;
        }

        _unchecked = 0;
        foreach (var ((root, path), _) in suspects)
        {
            _problems.Add($"'{root.PathOf(path)}' is being written and could not be compared.");
        }
    }

    private async Task JudgeAsync(
        Suspect one,
        FileStatus? before,
        Dictionary<(MonitoredRoot Root, string Path), FileStatus?> next,
        CancellationToken cancellationToken)
    {
        var difference = one.Difference ?? await CompareContentAsync(one, cancellationToken).ConfigureAwait(false);
        if (difference is null)
        {
            return;
        }

        if (before is { } then && then.IsSameState(one.Status))
        {
            if (IsHeld(one))
            {
                _problems.Add($"'{one.Root.PathOf(one.Path)}' is not complete and was not compared: its root reports files that nobody has open for writing.");
                return;
            }

            Differ(difference);
        }
        else
        {
            next[(one.Root, one.Path)] = one.Status;
        }
    }

    private bool IsHeld(in Suspect one) =>
        one.Root.Settings.ReportWhen == ReportWhen.Closed && one.Status is { IsFound: true, ItemType: ItemType.File } && files.GetWriters(one.Root.PhysicalPath, one.Path) != FileWriters.None;

    /// <summary>Compares one path. On the pump, so that no event comes between looking at the disk and at the snapshot.</summary>
    private Suspect CheckSuspect(Snapshot snapshot, string path)
    {
        var root = snapshot.Root;
        var status = files.GetStatus(root.PhysicalPath, path);
        var known = snapshot.Find(path);
        var isWanted = !root.Rules.IsIgnored(path, (status.IsFound ? status.ItemType : known?.Type ?? ItemType.File).IsDirectory());
        var names = known is null ? "" : DescribeNames(snapshot, known, status);
        var metadata = known is null || !status.IsFound ? ItemAttributes.None : known.ChangedMetadata(ExtendedReading.Complete(files, root, path, status, known)) & root.Settings.ReportAttributes;
        var difference = (path.Length, known) switch
        {
            (0, _) => null,
            (_, not { IsAnnounced: true }) when status.IsFound && isWanted => Difference(DifferenceKind.NotReported, $"On disk: {Describe(status)}."),
            (_, not null) when status.Outcome == FileStatusOutcome.Missing || !isWanted => Difference(DifferenceKind.NotOnDisk, $"Reported: {Describe(known)}."),
            (_, not null) when status.IsFound && !IsSame(known, status) => Difference(DifferenceKind.StateDiffers, $"Reported: {Describe(known)}. On disk: {Describe(status)}.{names}"),
            (_, not null) when metadata != ItemAttributes.None => Difference(DifferenceKind.StateDiffers, $"What was reported differs from the disk in {string.Join(", ", AttributeNames.Of(metadata)!)}."),
            _ => null,
        };
        return new(root, path, status, difference, difference is null && hash is not null && known is { Type: ItemType.File } ? known.Digest : null, names);

        TreeDifference Difference(DifferenceKind kind, string detail) => new(kind, root.Path, root.ToHost(path), detail);
    }

    private async Task<TreeDifference?> CompareContentAsync(Suspect one, CancellationToken cancellationToken)
    {
        if (one.Known is null)
        {
            return null;
        }

        var result = await hash!(one.Root.PhysicalPath, one.Path, cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        if (result.Status != ChecksumStatus.Computed)
        {
            _problems.Add($"The file '{one.Root.PathOf(one.Path)}' could not be hashed: {result.Status}.");
            return null;
        }

        return one.Known.Equals(result.Digest)
            ? null
            : new TreeDifference(DifferenceKind.ContentDiffers, one.Root.Path, one.Root.ToHost(one.Path), $"Reported: {one.Known}. On disk: {result.Digest}.{one.Names}");
    }

    private static bool IsSame(SnapshotEntry known, in FileStatus status) =>
        known.Type == ItemType.Directory && status.ItemType == ItemType.Directory ? known.Identity.MayEqual(status.Identity) : known.IsSameState(status);
}
