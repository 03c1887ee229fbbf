using FileMonitor.Values;

namespace FileMonitor.Patterns;

/// <summary>
/// Which paths of one root are left out. Immutable, safe for every thread, and free of allocation once parsed. The root itself (the
/// empty path) is never left out.
/// </summary>
internal sealed class IgnoreRules
{
    public static readonly IgnoreRules None = new([], []);

    private readonly GlobPattern[] _include;
    private readonly GlobPattern[] _ignore;
    private readonly OwnFiles[] _own;

    private IgnoreRules(GlobPattern[] include, GlobPattern[] ignore, params OwnFiles[] own)
    {
        _include = include;
        _ignore = ignore;
        _own = own;
    }

    public bool IsEmpty => _include.Length == 0 && _ignore.Length == 0 && _own.Length == 0;

    /// <exception cref="FormatException">A pattern cannot be understood; the message says which and why.</exception>
    public static IgnoreRules Parse(IEnumerable<string> include, IEnumerable<string> ignore, bool ignoreCase)
    {
        var rules = new IgnoreRules(ParseAll(include, ignoreCase), ParseAll(ignore, ignoreCase));
        return rules.IsEmpty ? None : rules;
    }

    /// <summary>The same rules, which also leave out what the monitor itself writes: reported, each line of a log would cause the next.</summary>
    public IgnoreRules WithOwnFiles(IEnumerable<OwnFiles> own) => new(_include, _ignore, [.. _own, .. own]);

    /// <summary>A sentence saying what is wrong with a pattern; null when nothing is.</summary>
    public static string? GetError(string? pattern) => GlobPattern.TryParse(pattern, ignoreCase: false, patterns: []);

    /// <summary>Whether a directory is left out with everything below it: always the same answer as <see cref="IsIgnored"/> gives for it.</summary>
    public bool IsIgnoredDirectory(ReadOnlySpan<char> relativeDirectory) => Covers(relativeDirectory, isDirectory: true);

    /// <summary>Whether anything that lies in a directory may be left out: where not, nobody has to make a path of each name.</summary>
    public bool MayIgnoreIn(ReadOnlySpan<char> relativeDirectory)
    {
        if (_include.Length > 0 || _ignore.Length > 0)
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

    /// <summary>Whether a path is left out.</summary>
    /// <remarks>
    /// <para>Includes choose among what is not a directory: a directory in which no file is wanted may still hold one that is, further down.</para>
    /// <para>
    /// What may have been a directory is asked about with null: neither includes nor patterns that end in <c>/</c> apply to the path itself.
    /// Taken for a file, the one hint about a directory that was moved away would be dropped for not being called <c>*.cs</c>, and every file
    /// in it lost in silence. Who knows that nothing was known at the path (the snapshot says so) asks with false.
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
            // A string is made only for what lies beside such a file and may be one.
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

/// <summary>Files below a root that the monitor itself writes: a sink's log, the sentinels of a flush.</summary>
/// <param name="Directory">The directory they lie in, relative to the root.</param>
/// <param name="Prefix">How their names begin; empty when that is not known.</param>
/// <param name="IsOwn">Whether a relative path is one of them.</param>
internal sealed record OwnFiles(string Directory, string Prefix, Func<string, bool> IsOwn);
