using FileMonitor.Values;

namespace FileMonitor.Patterns;

/// <summary>
/// Decides which paths of one root are ignored. Immutable, thread-safe, and free of allocations once parsed. The root itself (the empty path) is
/// never ignored.
/// </summary>
internal sealed class IgnoreRules
{
    public static readonly IgnoreRules None = new([], []);

    private readonly GlobPattern[] _include;
    private readonly GlobPattern[] _ignore;
    private readonly OwnFiles[] _own;
    private readonly string? _only;
    private readonly StringComparison _comparison;
    private readonly int _maxDepth = int.MaxValue;

    private IgnoreRules(GlobPattern[] include, GlobPattern[] ignore)
    {
        _include = include;
        _ignore = ignore;
        _own = [];
    }

    private IgnoreRules(IgnoreRules other, OwnFiles[] own, int maxDepth)
        : this(other._include, other._ignore)
    {
        (_only, _comparison) = (other._only, other._comparison);
        (_own, _maxDepth) = (own, maxDepth);
    }

    private IgnoreRules(string only, bool ignoreCase)
        : this([], [])
    {
        _only = only;
        _comparison = ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
    }

    public bool IsEmpty => _include.Length == 0 && _ignore.Length == 0 && _own.Length == 0 && _only is null && _maxDepth == int.MaxValue;

    /// <summary>Rules that ignore everything but the file of one name, whatever characters are in it.</summary>
    public static IgnoreRules Only(string name, bool ignoreCase) => new(name, ignoreCase);

    /// <exception cref="FormatException">A pattern is invalid; the message says which and why.</exception>
    public static IgnoreRules Parse(IEnumerable<string> include, IEnumerable<string> ignore, bool ignoreCase)
    {
        var rules = new IgnoreRules(ParseAll(include, ignoreCase), ParseAll(ignore, ignoreCase));
        return rules.IsEmpty ? None : rules;
    }

    /// <summary>The same rules, which also ignore the files that the monitor writes: otherwise each line of a log would cause the next.</summary>
    public IgnoreRules WithOwnFiles(IEnumerable<OwnFiles> own) => new(this, [.. _own, .. own], _maxDepth);

    /// <summary>The same rules, which also ignore every path of more names than this.</summary>
    public IgnoreRules WithDepth(int maxDepth) => new(this, _own, maxDepth);

    /// <summary>A sentence saying what is wrong with a pattern; null when nothing is.</summary>
    public static string? GetError(string? pattern) => GlobPattern.TryParse(pattern, ignoreCase: false, patterns: []);

    /// <summary>Whether a directory is ignored with everything below it; always the same answer as <see cref="IsIgnored"/>.</summary>
    public bool IsIgnoredDirectory(ReadOnlySpan<char> relativeDirectory) => Covers(relativeDirectory, isDirectory: true);

    /// <summary>Whether any item of a directory may be ignored; if not, callers need not build a path for each name.</summary>
    public bool MayIgnoreIn(ReadOnlySpan<char> relativeDirectory)
    {
        if (_include.Length > 0 || _ignore.Length > 0 || _only is not null || PathText.DepthOf(relativeDirectory) >= _maxDepth)
        {
            return true;
        }

        foreach (var own in _own)
        {
            if (relativeDirectory.SequenceEqual(own.Directory))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a path is ignored.</summary>
    /// <remarks>
    /// <para>Includes select among items that are not directories: a directory without a wanted file may still have one further down.</para>
    /// <para>
    /// For an item that may have been a directory, <paramref name="isDirectory"/> is null: then neither includes nor patterns that end in
    /// <c>/</c> apply to the path itself. If it counted as a file, the one hint about a directory that was moved away would be dropped because
    /// the directory is not called <c>*.cs</c>, and every file in it would be lost in silence. A caller that knows from the snapshot that
    /// nothing was known at the path passes false.
    /// </para>
    /// </remarks>
    public bool IsIgnored(ReadOnlySpan<char> relativePath, bool? isDirectory) =>
        Covers(relativePath, isDirectory) || IsOwn(relativePath) || (isDirectory == false && !IsIncluded(relativePath));

    private static GlobPattern[] ParseAll(IEnumerable<string> texts, bool ignoreCase)
    {
        var patterns = new List<GlobPattern>();
        foreach (var text in texts)
        {
            if (GlobPattern.TryParse(text, ignoreCase, patterns) is { } error)
            {
                throw new FormatException(error);
            }
        }

        return [.. patterns];
    }

    private bool Covers(ReadOnlySpan<char> path, bool? isDirectory)
    {
        if (path.IsEmpty)
        {
            return false;
        }

        if (_only is not null)
        {
            return isDirectory == true || !path.Equals(_only, _comparison);
        }

        if (_maxDepth != int.MaxValue && PathText.DepthOf(path) > _maxDepth)
        {
            return true;
        }

        foreach (var pattern in _ignore)
        {
            if (pattern.Covers(path, isDirectory))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsOwn(ReadOnlySpan<char> path)
    {
        foreach (var own in _own)
        {
            // A string is created only for names next to such a file.
            if (PathText.DirectoryOf(path).SequenceEqual(own.Directory) && PathText.NameOf(path).StartsWith(own.Prefix, StringComparison.Ordinal) && own.IsOwn(path.ToString()))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsIncluded(ReadOnlySpan<char> path)
    {
        if (_include.Length == 0 || path.IsEmpty)
        {
            return true;
        }

        foreach (var pattern in _include)
        {
            if (pattern.Names(path))
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>Files below a root that the monitor writes: a sink's log, the sentinels of a flush.</summary>
/// <param name="Directory">Their directory, relative to the root.</param>
/// <param name="Prefix">The prefix of their names; empty when it is not known.</param>
/// <param name="IsOwn">Whether a relative path is one of them.</param>
internal sealed record OwnFiles(string Directory, string Prefix, Func<string, bool> IsOwn);
