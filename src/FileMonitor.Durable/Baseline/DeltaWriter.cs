using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Durable.Baseline;

/// <summary>
/// Applies a change to the tables as <see cref="Snapshot.Apply"/> does to a snapshot. Refuses what a snapshot refuses, and what would break the tree: a move into
/// itself or to an existing name, or the removal of a directory with contents. Owner: the store.
/// </summary>
internal sealed class DeltaWriter(ItemTable items, StoreState state, bool ignoresCase)
{
    private readonly StringComparison _names = ignoresCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    /// <exception cref="BaselineException">The change does not fit (<see cref="BaselineFault.DoesNotFit"/>), or the database fails.</exception>
    public void Apply(RootState root, in TreeDelta delta)
    {
        switch (delta.Kind)
        {
            case TreeDeltaKind.Add:
                Add(root, delta);
                break;
            case TreeDeltaKind.Move:
                Move(root, delta);
                break;
            case TreeDeltaKind.Remove:
                Remove(root, delta);
                break;
            case TreeDeltaKind.Root:
                root.IsLost = delta.IsLost ?? root.IsLost;
                Update(root, delta);
                break;
            default:
                Update(root, delta);
                break;
        }
    }

    private void Add(RootState root, in TreeDelta delta)
    {
        var name = PathText.NameOf(delta.Path);
        if (delta.Status is null || name.IsEmpty || !PathText.IsPlain(delta.Path))
        {
            throw DoesNotFit(root, delta, "it names no item, or says nothing of it");
        }

        var directory = NumberOf(root, PathText.DirectoryOf(delta.Path), isMade: true, delta);
        if (items.TryInsert(directory, name, StoredItem.New(delta)))
        {
            root.Items++;
            return;
        }

        // A directory that changes while it is listed may return an item twice.
        var known = items.Find(directory, name)!.Value;
        items.Update(known, known.Item.After(delta));
    }

    private void Update(RootState root, in TreeDelta delta)
    {
        var known = Find(root, delta);
        var item = known.Item.After(delta);
        if (item != known.Item)
        {
            items.Update(known, item);
        }
    }

    private void Move(RootState root, in TreeDelta delta)
    {
        var known = Find(root, delta);
        var newPath = delta.NewPath ?? "";
        var name = PathText.NameOf(newPath);
        var isInside = newPath.Length > delta.Path.Length && newPath.StartsWith(delta.Path, _names) && newPath[delta.Path.Length] == '/';
        if (known.Directory == root.Place || name.IsEmpty || !PathText.IsPlain(newPath) || isInside)
        {
            throw DoesNotFit(root, delta, "it has nowhere to go");
        }

        var directory = NumberOf(root, PathText.DirectoryOf(newPath), isMade: true, delta);
        items.Delete(known);
        if (!items.TryInsert(directory, name, known.Item.After(delta)))
        {
            throw DoesNotFit(root, delta, "the new name is taken");
        }

        if (known.Item.Directory != 0)
        {
            root.ForgetDirectories();
        }
    }

    private void Remove(RootState root, in TreeDelta delta)
    {
        var known = Find(root, delta);
        if (known.Directory == root.Place || (known.Item.Directory != 0 && items.HasAny(known.Item.Directory)))
        {
            throw DoesNotFit(root, delta, "something is in it");
        }

        items.Delete(known);
        root.Items--;
        if (known.Item.Directory != 0)
        {
            root.Forget(delta.Path);
        }
    }

    private ItemRow Find(RootState root, in TreeDelta delta)
    {
        if (delta.Path.Length == 0)
        {
            return items.Find(root.Place, "") ?? throw DoesNotFit(root, delta, "the root itself is not known");
        }

        if (!PathText.IsPlain(delta.Path))
        {
            throw DoesNotFit(root, delta, "it names no item");
        }

        var directory = NumberOf(root, PathText.DirectoryOf(delta.Path), isMade: false, delta);
        return items.Find(directory, PathText.NameOf(delta.Path)) ?? throw DoesNotFit(root, delta, "the item is not known");
    }

    /// <summary>Finds the number of a directory, name by name, from its closest parent in the cache.</summary>
    private long NumberOf(RootState root, ReadOnlySpan<char> path, bool isMade, in TreeDelta delta)
    {
        long number;
        var known = path;
        while (!root.TryGetNumber(known, out number))
        {
            if (known.IsEmpty)
            {
                number = NumberIn(root, root.Place, "", "", isMade, delta);
                break;
            }

            known = PathText.DirectoryOf(known);
        }

        var at = known.Length;
        while (at < path.Length)
        {
            var start = at == 0 ? 0 : at + 1;
            var length = path[start..].IndexOf('/');
            at = length < 0 ? path.Length : start + length;
            number = NumberIn(root, number, path[start..at], path[..at], isMade, delta);
        }

        return number;
    }

    private long NumberIn(RootState root, long parent, ReadOnlySpan<char> name, ReadOnlySpan<char> path, bool isMade, in TreeDelta delta)
    {
        var row = items.Find(parent, name) ?? throw DoesNotFit(root, delta, "the directory is not known");
        var number = row.Item.Directory;
        if (number == 0)
        {
            if (!isMade)
            {
                throw DoesNotFit(root, delta, "nothing is known in the directory");
            }

            number = state.NewNumber();
            items.Update(row, row.Item with { Directory = number });
        }

        root.Remember(path, number);
        return number;
    }

    private static BaselineException DoesNotFit(RootState root, in TreeDelta delta, string why) =>
        new(BaselineFault.DoesNotFit, $"{delta.Kind} '{delta.Path}'{(delta.NewPath is null ? "" : $" to '{delta.NewPath}'")} does not fit what is stored of '{root.Path}': {why}.");
}
