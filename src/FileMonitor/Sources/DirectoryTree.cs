using System.Diagnostics.CodeAnalysis;
using FileMonitor.Values;

namespace FileMonitor.Sources;

/// <summary>
/// The directories below the roots as the kernel's events describe them, in their order. Finding one by name and moving one with all below
/// it take the same time however large it is. Owner: the source's thread.
/// </summary>
/// <remarks>It runs behind the disk by what is still in the kernel's queue, and ahead of it where a directory was read meanwhile.</remarks>
internal sealed class DirectoryTree<TNode>
    where TNode : DirectoryNode
{
    private readonly Dictionary<(DirectoryNode Parent, string Name), TNode> _byName = [];
    private int _moves;

    /// <summary>Directories below the roots, these not counted.</summary>
    public int Count => _byName.Count;

    public string PathOf(TNode directory) => directory.PathAt(_moves);

    /// <summary>The path of something in a directory.</summary>
    public string PathOf(TNode directory, string name) => PathText.Join(PathOf(directory), name);

    public bool TryFind(TNode parent, string name, [NotNullWhen(true)] out TNode? directory) => _byName.TryGetValue((parent, name), out directory);

    /// <summary>Puts a directory where nothing is known. Whoever adds it has taken out what was known there.</summary>
    public void Add(TNode directory)
    {
        directory.Attach(directory.Parent, directory.Name);
        if (directory.Parent is { } parent)
        {
            _byName.Add((parent, directory.Name), directory);
        }
    }

    /// <summary>Gives a directory another place or name; everything below goes with it.</summary>
    public void Move(TNode directory, TNode parent, string name)
    {
        RemoveName(directory);
        directory.Detach();
        directory.Attach(parent, name);
        _byName.Add((parent, name), directory);
        _moves++;
    }

    /// <summary>Takes a directory from its place, with everything below it still hanging from it: <see cref="Move"/> gives it another one.</summary>
    public void Unhook(TNode directory)
    {
        RemoveName(directory);
        directory.Detach();
    }

    /// <summary>Takes a directory out with everything below it, and names each that goes, the lowest first.</summary>
    public void Remove(TNode top, Action<TNode> removed)
    {
        // Not by recursion: a tree can be deeper than a stack.
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
