using FileMonitor.Extending;
using FileMonitor.Values;

namespace FileMonitor.Sources;

/// <summary>A directory that a source watches, and its place in the tree. Owner: the source's thread.</summary>
/// <param name="root">The root it belongs to.</param>
/// <param name="parent">The directory it is in; null for the root itself.</param>
/// <param name="name">Its name there; empty for the root itself.</param>
internal class DirectoryNode(MonitoredRoot root, DirectoryNode? parent, string name)
{
    private string? _path;
    private int _pathVersion = -1;

    public MonitoredRoot Root { get; } = root;

    public DirectoryNode? Parent { get; private set; } = parent;

    public string Name { get; private set; } = name;

    /// <summary>Whether it was taken out of the tree. Events that still come about it concern a directory that has left.</summary>
    public bool IsDetached { get; private set; }

    internal DirectoryNode? FirstChild { get; private set; }

    internal DirectoryNode? NextSibling { get; private set; }

    private DirectoryNode? PreviousSibling { get; set; }

    /// <summary>The path below the root; kept until any directory is moved.</summary>
    /// <param name="version">How many moves there were so far in the whole tree.</param>
    internal string PathAt(int version)
    {
        if (_pathVersion != version || _path is null)
        {
            _path = Parent is null ? "" : PathText.Join(Parent.PathAt(version), Name);
            _pathVersion = version;
        }

        return _path;
    }

    internal void Attach(DirectoryNode? parent, string name)
    {
        (Parent, Name, IsDetached, _path) = (parent, name, false, null);
        if (parent is not null)
        {
            NextSibling = parent.FirstChild;
            NextSibling?.PreviousSibling = this;
            parent.FirstChild = this;
        }
    }

    /// <summary>Its path stays readable, for hints that still name it.</summary>
    internal void Detach()
    {
        if (Parent is { } parent && !IsDetached)
        {
            _ = PreviousSibling is null ? parent.FirstChild = NextSibling : PreviousSibling.NextSibling = NextSibling;
            NextSibling?.PreviousSibling = PreviousSibling;
            NextSibling = PreviousSibling = null;
        }

        IsDetached = true;
    }
}
