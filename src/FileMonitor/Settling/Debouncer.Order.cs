using System.Diagnostics.CodeAnalysis;
using FileMonitor.Extending;

namespace FileMonitor.Settling;

// Questions of ChangeOrder: which pending renames concern directories above a path, and which pending paths may show an item that is missing
// elsewhere.
internal sealed partial class Debouncer
{
    private const int MaxTranslations = 32;

    /// <summary>The next path that appeared and whose item was not looked up yet: it may be an item that is known under another name.</summary>
    public bool TryPeekUnidentified(MonitoredRoot root, [NotNullWhen(true)] out PendingChange? pending)
    {
        pending = _roots[root].Unidentified.First?.Value;
        return pending is not null;
    }

    /// <summary>The item of the path was looked up, or the change is taken out.</summary>
    public static void MarkIdentified(PendingChange pending)
    {
        if (pending.Unidentified is { List: { } list } node)
        {
            list.Remove(node);
        }
    }

    /// <summary>The pending change of a path; it stays pending.</summary>
    public PendingChange? Peek(MonitoredRoot root, string path) => _roots[root].ByPath.GetValueOrDefault(path);

    /// <summary>Whether a rename is pending; if not, no path has to be translated.</summary>
    public bool HasRenames(MonitoredRoot root) => _roots[root].HasRenames;

    /// <summary>
    /// Updates the path of a change when a directory above was renamed after its latest hint. When there were hints before and after the rename,
    /// the path stays: the renamed directory is compared as a whole.
    /// </summary>
    public void Follow(PendingChange change)
    {
        change.Path = Follow(change.Root, change.Path, change.LastNumber);
        for (var i = (change.AlsoLook?.Count ?? 0) - 1; i >= 0; i--)
        {
            var name = change.AlsoLook![i];
            var current = Follow(change.Root, name, change.LastNumber);
            if (current != name && !change.AlsoLook.Contains(current))
            {
                change.LookAlsoAt(current);
            }
        }
    }

    private string Follow(MonitoredRoot root, string path, long since)
    {
        for (var step = 0; step < MaxTranslations && TryFindRenameAbove(root, path, since, out var rename, out var length); step++)
        {
            since = rename.LastLeft;
            path = rename.Path + path[length..];
        }

        return path;
    }

    /// <summary>
    /// The pending change of the item that has this path now. A change for this path from before a directory above was renamed is about another
    /// item: it gets the new path of that item.
    /// </summary>
    private bool TryGetCurrent(Dictionary<string, PendingChange> paths, string path, [NotNullWhen(true)] out PendingChange? pending)
    {
        if (!paths.TryGetValue(path, out pending))
        {
            return false;
        }

        if (!HasRenames(pending.Root))
        {
            return true;
        }

        RemoveKeys(pending);
        Follow(pending);
        if (pending.Path == path || paths.ContainsKey(pending.Path))
        {
            // The new path has a pending change of its own; this one looks at both paths when it is settled.
            pending.LookAlsoAt(pending.Path == path ? null : pending.Path);
            pending.Path = path;
            AddKeys(pending);
            return true;
        }

        AddKeys(pending);
        pending = null;
        return false;
    }

    private bool TryFindRenameAbove(MonitoredRoot root, string path, long since, [NotNullWhen(true)] out PendingChange? rename, out int length)
    {
        var (sources, vacated) = (_roots[root].BySource, _roots[root].ByVacated);
        rename = null;
        for (length = path.IndexOf('/', StringComparison.Ordinal); length >= 0; length = NextSlash(path, length))
        {
            var directory = path.AsSpan(0, length);
            if ((sources.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(directory, out rename) && rename.LeftAt(directory) > since)
                || (vacated.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(directory, out rename) && rename.LeftAt(directory) > since))
            {
                return true;
            }
        }

        rename = null;
        return false;
    }

    private static int NextSlash(ReadOnlySpan<char> path, int slash)
    {
        var next = path[(slash + 1)..].IndexOf('/');
        return next < 0 ? -1 : slash + 1 + next;
    }

    /// <summary>
    /// Something appeared at the path, or a comparison found an unknown item there. Its identity is looked up when an item is missing elsewhere.
    /// </summary>
    private void NoteUnidentified(PendingChange pending, in FileChange change)
    {
        if (change.Kind is FileChangeKind.Created or FileChangeKind.Renamed || change.IsOwn)
        {
            pending.Unidentified ??= new LinkedListNode<PendingChange>(pending);
            if (pending.Unidentified.List is null)
            {
                _roots[pending.Root].Unidentified.AddLast(pending.Unidentified);
            }
        }
    }

    private void AddVacated(PendingChange pending)
    {
        if (pending.AlsoLook is not { } names)
        {
            return;
        }

        foreach (var name in names)
        {
            _roots[pending.Root].ByVacated[name] = pending;
        }
    }

    private void RemoveVacated(PendingChange pending)
    {
        if (pending.AlsoLook is not { } names)
        {
            return;
        }

        foreach (var name in names)
        {
            if (_roots[pending.Root].ByVacated.GetValueOrDefault(name) == pending)
            {
                _roots[pending.Root].ByVacated.Remove(name);
            }
        }
    }
}
