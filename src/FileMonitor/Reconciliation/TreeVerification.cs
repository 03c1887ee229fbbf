using System.Globalization;

namespace FileMonitor.Reconciliation;

/// <summary>
/// Walks all roots and compares what is on disk with the snapshots, which is what was reported. Changes nothing. Paths that differ may
/// only have changed a moment ago: they are looked at again after a flush, and only what differs then is a difference.
/// </summary>
/// <remarks>Owner: the one call. It sees the snapshots only through <c>inspect</c>, which runs on the pump.</remarks>
internal sealed class TreeVerification(
    IReadOnlyList<MonitoredRoot> roots,
    IFileView files,
    Func<Action<IReadOnlyList<Snapshot>>, Task> inspect,
    Func<Task> flush,
    Func<string, string, CancellationToken, Task<(ChecksumStatus Status, Sha256Digest? Digest, FileStatus File)>>? hash,
    int concurrency)
{
    private const int MaxDifferences = 10_000;
    private const int DirectoriesAtOnce = 64;

    // The first finds what was only late, the second confirms; the others are for files that change meanwhile.
    private const int MaxRounds = 10;

    private readonly List<string> _problems = [];
    private readonly List<(MonitoredRoot Root, string Path)> _suspects = [];
    private readonly List<(MonitoredRoot Root, string Path, Sha256Digest Known)> _toHash = [];
    private readonly List<TreeDifference> _differences = [];
    private long _items;
    private long _checksums;
    private long _differenceCount;

    public async Task<VerifyResult> RunAsync(CancellationToken cancellationToken)
    {
        foreach (var root in roots)
        {
            if (await IsLostAsync(root).ConfigureAwait(false))
            {
                _problems.Add($"The root '{root.Path}' is lost and was not compared.");
                continue;
            }

            await WalkAsync(root, cancellationToken).ConfigureAwait(false);
        }

        await CheckSuspectsAsync(cancellationToken).ConfigureAwait(false);
        return new VerifyResult(_items, _checksums, _differenceCount, _differences, _problems);
    }

    private async Task<bool> IsLostAsync(MonitoredRoot root)
    {
        var isLost = false;
        await inspect(snapshots => isLost = snapshots[root.Index].IsLost).ConfigureAwait(false);
        return isLost;
    }

    private async Task WalkAsync(MonitoredRoot root, CancellationToken cancellationToken)
    {
        var open = new Stack<string>([""]);
        var batch = new List<(string Path, FileStatusOutcome Outcome, List<(string Name, FileStatus Status)> Items)>();
        while (open.Count > 0)
        {
            batch.Clear();
            while (batch.Count < DirectoriesAtOnce && open.TryPop(out var directory))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var items = new List<(string, FileStatus)>();
                var outcome = files.List(root.PhysicalPath, directory, (name, status) => items.Add((name, status)));
                batch.Add((directory, outcome, items));
            }

            // In batches, because each look at the snapshots interrupts the pump.
            await inspect(snapshots => batch.ForEach(listing => Compare(snapshots[root.Index], listing.Path, listing.Outcome, listing.Items, open))).ConfigureAwait(false);
            await HashAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>On the pump.</summary>
    private void Compare(Snapshot snapshot, string path, FileStatusOutcome outcome, List<(string Name, FileStatus Status)> items, Stack<string> open)
    {
        // Of a directory that is gone the listing above tells; above a root there is none.
        if (outcome is FileStatusOutcome.Inaccessible or FileStatusOutcome.Failed || (outcome == FileStatusOutcome.Missing && path.Length == 0))
        {
            _problems.Add($"The directory '{PathText.Absolute(snapshot.Root.Path, path)}' cannot be read.");
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
            _problems.Add($"The directory '{PathText.Absolute(snapshot.Root.Path, path)}' can be listed, but not everything in it can be looked at.");
        }

        foreach (var (suspect, _) in listing.Discrepancies(isComplete: outcome == FileStatusOutcome.Found))
        {
            _suspects.Add((snapshot.Root, suspect));
        }

        foreach (var (name, status) in items)
        {
            var itemPath = PathText.Join(path, name);
            if (snapshot.Root.Rules.IsIgnored(itemPath, status.ItemType))
            {
                continue;
            }

            if (status.ItemType == ItemType.Directory && snapshot.Root.Recursive)
            {
                open.Push(itemPath);
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
            _toHash.Add((snapshot.Root, path, digest));
        }
    }

    private async Task HashAsync(CancellationToken cancellationToken)
    {
        await Parallel.ForEachAsync(_toHash, new ParallelOptions { MaxDegreeOfParallelism = concurrency, CancellationToken = cancellationToken }, async (file, token) =>
        {
            var result = await hash!(file.Root.PhysicalPath, file.Path, token).ConfigureAwait(false);
            Interlocked.Increment(ref _checksums);
            if (result.Status != ChecksumStatus.Computed || !file.Known.Equals(result.Digest))
            {
                lock (_suspects)
                {
                    _suspects.Add((file.Root, file.Path));
                }
            }
        }).ConfigureAwait(false);
        _toHash.Clear();
    }

    /// <summary>
    /// What differs and is the same on disk after one more flush is a difference; what changes on is looked at again, and at last given up as
    /// something that cannot be compared while it is written.
    /// </summary>
    private async Task CheckSuspectsAsync(CancellationToken cancellationToken)
    {
        var suspects = _suspects.Distinct().ToDictionary(suspect => suspect, _ => (FileStatus?)null);
        for (var round = 0; suspects.Count > 0 && round < MaxRounds; round++)
        {
            await flush().ConfigureAwait(false);
            var next = new Dictionary<(MonitoredRoot Root, string Path), FileStatus?>();
            foreach (var chunk in suspects.Chunk(1024))
            {
                var found = new List<(MonitoredRoot Root, string Path, FileStatus Status, TreeDifference? Difference, Sha256Digest? Known)>();
                await inspect(snapshots =>
                {
                    foreach (var ((root, path), _) in chunk)
                    {
                        found.Add(CheckSuspect(snapshots[root.Index], path));
                    }
                }).ConfigureAwait(false);
                foreach (var one in found)
                {
                    await JudgeAsync(one, suspects[(one.Root, one.Path)], next, cancellationToken).ConfigureAwait(false);
                }
            }

            suspects = next;
        }

        foreach (var ((root, path), _) in suspects)
        {
            _problems.Add($"'{PathText.Absolute(root.Path, path)}' is being written and could not be compared.");
        }
    }

    private async Task JudgeAsync(
        (MonitoredRoot Root, string Path, FileStatus Status, TreeDifference? Difference, Sha256Digest? Known) one,
        FileStatus? before,
        Dictionary<(MonitoredRoot Root, string Path), FileStatus?> next,
        CancellationToken cancellationToken)
    {
        var difference = one.Difference ?? await CompareContentAsync(one.Root, one.Path, one.Known, cancellationToken).ConfigureAwait(false);
        if (difference is null)
        {
            return;
        }

        if (before is { } then && then.IsSameState(one.Status))
        {
            Differ(difference);
        }
        else
        {
            next[(one.Root, one.Path)] = one.Status;
        }
    }

    /// <summary>On the pump: nothing can be reported between the two looks.</summary>
    private (MonitoredRoot Root, string Path, FileStatus Status, TreeDifference? Difference, Sha256Digest? Known) CheckSuspect(Snapshot snapshot, string path)
    {
        var root = snapshot.Root;
        var status = files.GetStatus(root.PhysicalPath, path);
        var known = snapshot.Find(path);
        var isWanted = !root.Rules.IsIgnored(path, status.IsFound ? status.ItemType : known?.Type ?? ItemType.File);
        var difference = (path.Length, known) switch
        {
            (0, _) => null,
            (_, not { IsAnnounced: true }) when status.IsFound && isWanted => Difference(DifferenceKind.NotReported, $"On disk: {Describe(status)}."),
            (_, not null) when status.Outcome == FileStatusOutcome.Missing || !isWanted => Difference(DifferenceKind.NotOnDisk, $"Reported: {Describe(known)}."),
            (_, not null) when status.IsFound && !IsSame(known, status) => Difference(DifferenceKind.StateDiffers, $"Reported: {Describe(known)}. On disk: {Describe(status)}."),
            _ => null,
        };
        return (root, path, status, difference, difference is null && hash is not null && known is { Type: ItemType.File } ? known.Digest : null);

        TreeDifference Difference(DifferenceKind kind, string detail) => new(kind, root.Path, path, detail);
    }

    private async Task<TreeDifference?> CompareContentAsync(MonitoredRoot root, string path, Sha256Digest? known, CancellationToken cancellationToken)
    {
        if (known is null)
        {
            return null;
        }

        var result = await hash!(root.PhysicalPath, path, cancellationToken).ConfigureAwait(false);
        if (result.Status != ChecksumStatus.Computed)
        {
            _problems.Add($"The file '{PathText.Absolute(root.Path, path)}' could not be summed: {result.Status}.");
            return null;
        }

        return known.Equals(result.Digest) ? null : new TreeDifference(DifferenceKind.ContentDiffers, root.Path, path, $"Reported: {known}. On disk: {result.Digest}.");
    }

    private static bool IsSame(SnapshotEntry known, in FileStatus status) =>
        known.Type == ItemType.Directory && status.ItemType == ItemType.Directory ? known.Identity.MayEqual(status.Identity) : known.IsSameState(status);

    private void Differ(TreeDifference difference)
    {
        if (_differenceCount++ < MaxDifferences)
        {
            _differences.Add(difference);
        }
    }

    private static string Describe(in FileStatus status) => Describe(status.ItemType, status.Size, status.LastWriteTicks, status.Identity);

    private static string Describe(SnapshotEntry entry) => Describe(entry.Type, entry.Size, entry.LastWriteTicks, entry.Identity);

    private static string Describe(ItemType type, long size, long lastWriteTicks, FileIdentity identity) => string.Create(
        CultureInfo.InvariantCulture,
        $"{type}{(type == ItemType.File ? $", {size} bytes" : "")}, last written {new DateTime(lastWriteTicks, DateTimeKind.Utc):O}{(identity.IsKnown ? $", file {identity}" : "")}");
}
