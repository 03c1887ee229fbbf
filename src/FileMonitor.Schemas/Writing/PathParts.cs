namespace FileMonitor.Schemas.Writing;

/// <summary>The parts of an absolute path, in the form of this operating system. A part that is not there is empty.</summary>
internal readonly ref struct PathParts(string path)
{
    private readonly ReadOnlySpan<char> _name = Path.GetFileName(path.AsSpan());

    /// <summary>The last name; for the top of a file system, which has none, the whole path.</summary>
    public ReadOnlySpan<char> Name => _name.IsEmpty ? path : _name;

    public ReadOnlySpan<char> Directory => Path.GetDirectoryName(path.AsSpan());

    /// <summary>What follows the last dot, without it. A dot in front makes a hidden file, and no extension.</summary>
    public ReadOnlySpan<char> Extension => _name.LastIndexOf('.') is > 0 and var dot ? _name[(dot + 1)..] : default;
}
