using System.Diagnostics.CodeAnalysis;
using FileMonitor.Values;

namespace FileMonitor.Sources;

/// <summary>
/// The directories below the roots, as the kernel's events describe them in their order. Finding a directory by name and moving one with
/// everything below it take constant time. Owner: the source's thread.
/// </summary>
/// <remarks>The tree is behind the disk by the events still in the kernel's queue, and ahead of the events where a directory was listed meanwhile.</remarks>
internal sealed class DirectoryTree<TNode>
    where TNode : DirectoryNode
{
    private readonly Dictionary<(DirectoryNode Parent, string Name), TNode> _byName = [];
    private int _moves;

    /// <summary>How many directories there are below the roots, the roots not counted.</summary>
    public int Count => _byName.Count;

    public string PathOf(TNode directory) => directory.PathAt(_moves);

    /// <summary>The path of an item in a directory.</summary>
    public string PathOf(TNode directory, string name) => PathText.Join(PathOf(directory), name);

    public bool TryFind(TNode parent, string name, [NotNullWhen(true)] out TNode? directory) => _byName.TryGetValue((parent, name), out directory);

    /// <summary>Adds a directory at a free name; the caller has removed what was known there.</summary>
    public void Add(TNode directory)
    {
        directory.Attach(directory.Parent, directory.Name);
        if (directory.Parent is { } parent)
        {
            _byName.Add((parent, directory.Name), directory);
        }
    }

    /// <summary>Moves or renames a directory, with everything below it.</summary>
    public void Move(TNode directory, TNode parent, string name)
    {
        RemoveName(directory);
        directory.Detach();
        directory.Attach(parent, name);
        _byName.Add((parent, name), directory);
        _moves++;
    }

    /// <summary>Takes a directory with everything below it from its place; <see cref="Move"/> gives it another one.</summary>
    public void Unhook(TNode directory)
    {
        RemoveName(directory);
        directory.Detach();
    }

    /// <summary>Removes a directory and everything below it, and calls <paramref name="removed"/> for each, the lowest first.</summary>
    public void Remove(TNode top, Action<TNode> removed)
    {
        // No recursion: a tree can be deeper than the stack.
        var current = Deepest(top);
        while (true)
        {
            var next = current == top ? null : current.NextSibling is { } sibling ? Deepest((TNode)sibling) : (TNode)current.Parent!;
            RemoveName(current);
            current.Detach();
            removed(current);
            if (next is null)
            {
                return;
            }

            current = next;
        }
    }

    /// <summary>Whether a directory is another one or lies below it.</summary>
    public static bool IsAtOrBelow(TNode directory, TNode top)
    {
        for (DirectoryNode? above = directory; above is not null; above = above.Parent)
        {
            if (above == top)
            {
                return true;
            }
        }

        return false;
    }

    private static TNode Deepest(TNode directory)
    {
        while (directory.FirstChild is TNode child)
        {
            directory = child;
        }

        return directory;
    }

    private void RemoveName(TNode directory)
    {
        if (directory.Parent is { } parent && !directory.IsDetached)
        {
            _byName.Remove((parent, directory.Name));
        }
    }
}
