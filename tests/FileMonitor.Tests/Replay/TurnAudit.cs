using FileMonitor.Settling;
using FileMonitor.Tree;

namespace FileMonitor.Tests.Replay;

/// <summary>
/// Holds guarantee G1 at its source: the snapshot changes by events and in no other way. It applies the events of each turn of the pump to
/// what it knew before, and compares that with the snapshot when the turn ends. An event that changes nothing is wrong, too. So is a snapshot
/// that its changes, applied to a copy, do not add up to.
/// </summary>
/// <remarks>
/// What no event could tell may change without one, and is named where it is let through (<see cref="MayChangeSilently"/>). The pump writes;
/// tests read <see cref="Wrong"/> from any thread.
/// </remarks>
internal sealed class TurnAudit(FileMonitorOptions options, bool storesChanges = true) : ITurnObserver
{
    private const int MostSaid = 20;

    // A larger tree is compared once in as many turns as come to so many items a turn: otherwise that is what a storm would wait for.
    private const int LargestComparedEachTurn = 1_000;
    private const int ItemsEachTurn = 20;

    private readonly Lock _lock = new();
    private readonly List<string> _wrong = [];
    private readonly List<AuditEvent> _said = [];
    private readonly Dictionary<string, Dictionary<string, KnownItem>> _roots = [];
    private readonly List<StoredSnapshot> _stored = [];
    private readonly HashSet<string> _seen = [];
    private long _turns;
    private long _itemsOwed;

    /// <summary>One line for each event without a difference, and for each difference without an event: the first twenty.</summary>
    public IReadOnlyList<string> Wrong
    {
        get
        {
            lock (_lock)
            {
                return [.. _wrong];
            }
        }
    }

    /// <summary>How many turns were compared.</summary>
    public long Turns => Interlocked.Read(ref _turns);

    public void Emitted(AuditEvent said) => _said.Add(said);

    public void TurnEnded(IReadOnlyList<Snapshot> snapshots)
    {
        foreach (var said in _said)
        {
            if (_roots.TryGetValue(said.Root, out var items))
            {
                Apply(items, said);
            }
        }

        AddAndRemoveRoots(snapshots);

        _said.Clear();
        Interlocked.Increment(ref _turns);
        _itemsOwed += ItemsEachTurn;
        var size = snapshots.Sum(snapshot => snapshot.Count);
        if (size > LargestComparedEachTurn && size > _itemsOwed)
        {
            return;
        }

        _itemsOwed = 0;
        foreach (var snapshot in snapshots)
        {
            Compare(snapshot, _roots[snapshot.Root.Path]);
        }

        foreach (var difference in _stored.SelectMany(stored => stored.Differences()))
        {
            Note($"The changes that were applied do not add up to the snapshot. {difference}");
        }
    }

    /// <summary>A root that came is taken as it is after its first turn; nothing is known any more of one that went.</summary>
    private void AddAndRemoveRoots(IReadOnlyList<Snapshot> snapshots)
    {
        foreach (var gone in _roots.Keys.Except(snapshots.Select(snapshot => snapshot.Root.Path)).ToList())
        {
            _roots.Remove(gone);
        }

        _stored.RemoveAll(stored => !snapshots.Contains(stored.Snapshot));
        foreach (var snapshot in snapshots.Where(snapshot => !_roots.ContainsKey(snapshot.Root.Path)))
        {
            var items = new Dictionary<string, KnownItem>(snapshot.NameComparer);
            Walk(snapshot.Top, "", (path, entry) => items[path] = KnownItem.Of(entry));
            _roots[snapshot.Root.Path] = items;
            if (storesChanges)
            {
                _stored.Add(new StoredSnapshot(snapshot));
            }
        }
    }

    private void Apply(Dictionary<string, KnownItem> items, AuditEvent said)
    {
        var path = said.RelativePath;
        if (said.ItemType == ItemType.Directory && !options.Report.Directories && said.Kind != AuditEventKind.Renamed)
        {
            // Directories are no items then.
            return;
        }

        var isKnown = items.TryGetValue(path, out var known);
        switch (said.Kind)
        {
            case AuditEventKind.Created or AuditEventKind.Deleted when said is { ChecksumStatus: ChecksumStatus.Vanished, ItemType: ItemType.Unknown or ItemType.File, LastWriteTime: null }:
                Demand(!isKnown, said, "it came and went, and is known");
                break;
            case AuditEventKind.Baseline:
                Demand(isKnown && !known!.IsTold && known.IsSameFile(said), said, $"{known} was there");
                items[path] = KnownItem.Of(said) with { IsTold = true };
                break;
            case AuditEventKind.Created:
                Demand(!isKnown, said, $"{known} is known");
                items[path] = KnownItem.Of(said);
                break;
            case AuditEventKind.Modified or AuditEventKind.ChecksumUpdated or AuditEventKind.AttributesChanged:
                Demand(isKnown && known!.Type == said.ItemType && known.IsOther(said), said, $"{known} is known");
                items[path] = known is null ? KnownItem.Of(said) : known.After(said);
                break;
            case AuditEventKind.Deleted:
                Demand(items.Remove(path), said, "it is not known");
                break;
            case AuditEventKind.Renamed:
                Rename(items, said);
                break;
        }
    }

    private void Rename(Dictionary<string, KnownItem> items, AuditEvent said)
    {
        var (from, to) = (said.OldRelativePath!, said.RelativePath);
        if (said.ItemType != ItemType.Directory || options.Report.Directories)
        {
            if (items.Remove(from, out var known) && MayLearnSilently(known))
            {
                // Perhaps in this turn, before it was renamed.
                known = known with { ChecksumStatus = said.ChecksumStatus, Digest = said.Checksum };
            }

            if (known is { Type: ItemType.File, Digest: { } digest } && !options.Report.AttributeChanges.HasFlag(ItemAttributes.LastWriteTime) && digest.Equals(said.Checksum))
            {
                // Touched in this turn, before it was renamed (MayChangeSilently).
                known = known with { LastWriteTicks = said.Metadata.LastWriteTicks };
            }

            Demand(known is not null && known.IsSameFile(said), said, $"{known} is known");
            items[to] = known ?? KnownItem.Of(said);
        }

        if (said.ItemType != ItemType.Directory)
        {
            return;
        }

        foreach (var below in items.Keys.Where(path => path.StartsWith(from + "/", StringComparison.Ordinal)).ToList())
        {
            items.Remove(below, out var moved);
            items[to + below[from.Length..]] = moved!;
        }
    }

    private void Compare(Snapshot snapshot, Dictionary<string, KnownItem> items)
    {
        _seen.Clear();
        Walk(snapshot.Top, "", (path, entry) =>
        {
            _seen.Add(path);
            var now = KnownItem.Of(entry);
            if (!items.TryGetValue(path, out var told))
            {
                Note($"{path}: {now} entered the snapshot without an event");
                items[path] = now;
            }
            else if (told.Differences(now, MayChangeSilently(told, now)) is { Length: > 0 } differences)
            {
                Note($"{path}: {differences} changed in the snapshot without an event, {told} is {now}");
                items[path] = now with { IsTold = told.IsTold };
            }
            else
            {
                items[path] = now with { IsTold = told.IsTold };
            }
        });
        if (_seen.Count == items.Count)
        {
            return;
        }

        foreach (var path in items.Keys.Where(path => !_seen.Contains(path)).ToList())
        {
            Note($"{path}: left the snapshot without an event");
            items.Remove(path);
        }
    }

    /// <summary>What may change without an event, each for its reason.</summary>
    private KnownFacts MayChangeSilently(KnownItem told, KnownItem now)
    {
        // Another file with the same content, or the same directory made again, is the same item (docs/events.md): which inode it is, is a
        // fact beside it, by which later events are recognised.
        var may = KnownFacts.Identity;
        if ((told.ChangedMetadata(now) & options.Report.AttributeChanges) == ItemAttributes.None)
        {
            // Nobody asked for them.
            may |= KnownFacts.Attributes;
        }

        if (now.Type == ItemType.Directory || (now.Type != ItemType.File && !options.Report.AttributeChanges.HasFlag(ItemAttributes.LastWriteTime)))
        {
            // The time of a directory is that of what is in it; the time of a link or a pipe is an attribute.
            may |= KnownFacts.LastWriteTime;
        }

        if (now.Type == ItemType.File && !options.Report.AttributeChanges.HasFlag(ItemAttributes.LastWriteTime) && told.Digest is { } digest && digest.Equals(now.Digest))
        {
            // Touched: the content was read and is the same, so only an attribute changed.
            may |= KnownFacts.LastWriteTime;
        }

        if (MayLearnSilently(told))
        {
            may |= KnownFacts.Checksum;
        }

        if (told.Target is null || now.Target is null)
        {
            // The link was another one again when the event was made, which then left the target out; or it could not be read.
            may |= KnownFacts.Target;
        }

        return may;
    }

    /// <summary>The baseline is not told, so what Checksum.Baseline finds out of it is not either: what was there at start includes its checksum.</summary>
    private bool MayLearnSilently(KnownItem told) => told is { ChecksumStatus: ChecksumStatus.NotComputed, IsTold: false } && !options.Report.Baseline;

    /// <summary>What a consumer may know of: files that are still being read for their first event are nobody's yet.</summary>
    private void Walk(SnapshotEntry directory, string path, Action<string, SnapshotEntry> visit)
    {
        foreach (var child in directory.ChildrenNow())
        {
            var childPath = path.Length == 0 ? child.Name : path + "/" + child.Name;
            if (child.IsAnnounced && (child.Type != ItemType.Directory || options.Report.Directories))
            {
                visit(childPath, child);
            }

            if (child.ChildCount > 0)
            {
                Walk(child, childPath, visit);
            }
        }
    }

    private void Demand(bool holds, AuditEvent said, string otherwise)
    {
        if (!holds)
        {
            Note($"{said} [{KnownItem.Of(said)}]: told without its difference, {otherwise}");
        }
    }

    private void Note(string wrong)
    {
        lock (_lock)
        {
            if (_wrong.Count < MostSaid)
            {
                _wrong.Add($"Turn {Turns}: {wrong}");
            }
        }
    }
}
