using FileMonitor.Extending;
using FileMonitor.JsonLines;
using FileMonitor.Patterns;
using FileMonitor.Sources.Files;
using FileMonitor.Sources.SingleFiles;
using FileMonitor.Values;

namespace FileMonitor.Running;

/// <summary>
/// Resolves roots from their options: the path of each, whether it exists, and its ignore rules. Knows all roots of the monitor, because no two may overlap.
/// </summary>
/// <remarks>One caller at a time adds and removes; the list is replaced as a whole, and the check of a root that is found again reads it on any thread.</remarks>
internal sealed class RootResolver(FileMonitorOptions options, FileMonitorComponents components, IFileView files)
{
    // Paths are compared as file systems of this operating system usually do.
    private static readonly StringComparison Comparison =
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    private volatile ResolvedRoot[] _roots = [];

    /// <summary>The roots, by their index.</summary>
    public IReadOnlyList<ResolvedRoot> Roots => _roots;

    /// <exception cref="OverlappingRootsException">Two roots are one directory, or one is inside the other.</exception>
    /// <exception cref="IOException">A root cannot be watched, and <see cref="FileMonitorOptions.RootsMustExist"/> is set.</exception>
    /// <exception cref="UnauthorizedAccessException">A root may not be read, and <see cref="FileMonitorOptions.RootsMustExist"/> is set.</exception>
    public ResolvedRoot Add(RootOptions root)
    {
        var path = Normal(root.Path);
        var index = Enumerable.Range(0, _roots.Length + 1).First(free => Array.TrueForAll(_roots, one => one.Root.Index != free));
        var settings = RootSettings.Of(options, root);
        var resolved = root.IsFile ? ResolveFile(index, path, settings, root) : ResolveDirectory(index, path, settings, root);
        _roots = [.. _roots.Append(resolved).OrderBy(static one => one.Root.Index)];
        return resolved;
    }

    /// <summary>The followed roots that a root of the host would be, or be in, or be around. May take long on a file system that does not answer.</summary>
    public IReadOnlyList<MonitoredRoot> FollowedAround(RootOptions root)
    {
        var path = Normal(root.Path);
        var place = path;
        try
        {
            place = components.FileView is null && !root.IsFile ? PhysicalPath.OfExisting(path) : path;
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            // Adding it says what is wrong with its path.
        }

        return [.. _roots.Select(static one => one.Root).Where(one => one.Settings.FollowedFrom is not null && (IsWithin(place, one.Path) || IsWithin(one.Path, place)))];
    }

    /// <summary>Whether two paths of roots are one.</summary>
    public static bool IsSame(string path, string other) => string.Equals(path, Normal(other), Comparison);

    private static string Normal(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    /// <summary>Forgets a root, so that another may take its place and its index.</summary>
    public void Remove(MonitoredRoot root) => _roots = [.. _roots.Where(one => one.Root != root)];

    private ResolvedRoot ResolveDirectory(int index, string path, RootSettings settings, RootOptions root)
    {
        var probe = new RootProbe(path, files, isOnDisk: components.FileView is null, physical => Elsewhere(root, path, physical) ?? Overlap(index, path, physical));
        var first = probe.Look();
        if (first.Problem is not null && Overlap(index, path, first.PhysicalPath) is { } overlap)
        {
            throw new OverlappingRootsException(overlap);
        }

        ThrowIfRequired(first);
        var rules = IgnoreRules.Parse(root.Include, root.AllIgnored, ignoreCase: Comparison == StringComparison.OrdinalIgnoreCase).WithOwnFiles(OwnFilesBelow(first.PhysicalPath));
        return new ResolvedRoot(root, new MonitoredRoot(index, path, first.PhysicalPath, rules, settings), probe, first);
    }

    private void ThrowIfRequired(in RootSighting first)
    {
        if (first.Problem is { } problem && options.RootsMustExist)
        {
            throw first.Status.Outcome switch
            {
                FileStatusOutcome.Missing => new DirectoryNotFoundException(problem),
                FileStatusOutcome.Inaccessible => new UnauthorizedAccessException(problem),
                _ => new IOException(problem),
            };
        }
    }

    /// <summary>A root of one file: a directory with one name in it.</summary>
    private ResolvedRoot ResolveFile(int index, string path, RootSettings settings, RootOptions root)
    {
        var name = Path.GetFileName(path);
        var rules = IgnoreRules.Only(name, Comparison == StringComparison.OrdinalIgnoreCase);
        if (FileRootView.CanSee(components))
        {
            var place = FileRootView.PlaceOf(path);
            if (options.RootsMustExist && !files.GetStatus(place, name).IsFound)
            {
                throw new FileNotFoundException($"The file '{path}' does not exist, is no regular file, or may not be seen by this process.");
            }

            return new ResolvedRoot(root, new MonitoredRoot(index, path, place, rules, settings, name), Probe: null, new RootSighting(null, place, FileRootView.Top));
        }

        // The view or the source is the host's own: its directory is a root like others.
        var directory = Path.GetDirectoryName(path)!;
        var probe = new RootProbe(directory, files, isOnDisk: components.FileView is null, static _ => null);
        var first = probe.Look();
        ThrowIfRequired(first);
        return new ResolvedRoot(root, new MonitoredRoot(index, path, first.PhysicalPath, rules, settings, name), probe, first);
    }

    /// <summary>A sentence when a root is inside another one after links are resolved. Also called when a root is found again.</summary>
    private string? Overlap(int index, string path, string physical) =>
        _roots.Select(static one => one.Root).FirstOrDefault(other => other.Index != index && !other.IsFile && (IsWithin(physical, other.PhysicalPath) || IsWithin(other.PhysicalPath, physical))) is { } overlap
            ? $"The roots '{overlap.Path}' and '{path}' overlap once links are resolved ('{overlap.PhysicalPath}', '{physical}')."
            : null;

    /// <summary>
    /// A sentence when a followed link's directory is reached through another link by now: whoever may write on the way could lead the monitor to a directory into which no
    /// link is to be followed.
    /// </summary>
    private static string? Elsewhere(RootOptions root, string path, string physical) =>
        root.FollowedFrom is null || string.Equals(path, physical, Comparison) ? null : $"The directory '{path}', to which a link led, is behind a link itself now ('{physical}').";

    /// <summary>Whether a path is that of a directory, or below it. Both are whole paths of the operating system, without links.</summary>
    public static bool IsWithin(string path, string directory) =>
        path.StartsWith(directory, Comparison)
        && (path.Length == directory.Length || Path.EndsInDirectorySeparator(directory) || path[directory.Length] == Path.DirectorySeparatorChar);

    /// <summary>Ignores our own log inside a watched directory: each reported line would cause the next.</summary>
    private IEnumerable<OwnFiles> OwnFilesBelow(string root)
    {
        foreach (var sink in components.Sinks.Select(registration => registration.Sink).OfType<JsonLinesFileSink>())
        {
            var directory = PhysicalPath.OfExisting(Path.GetDirectoryName(sink.FullPath)!);
            if (!IsWithin(directory, root))
            {
                continue;
            }

            var relative = Path.GetRelativePath(root, directory);
            yield return new OwnFiles(
                relative == "." ? "" : relative.Replace(Path.DirectorySeparatorChar, '/'),
                "",
                path => sink.Owns(Path.Join(Path.GetDirectoryName(sink.FullPath), PathText.NameOf(path))));
        }
    }
}

/// <summary>A root as it was found.</summary>
/// <param name="Options">Its options.</param>
/// <param name="Root">The root.</param>
/// <param name="Probe">Checks it; null for a file on the disk, which is never lost.</param>
/// <param name="First">What was found, which may be that it is missing.</param>
internal sealed record ResolvedRoot(RootOptions Options, MonitoredRoot Root, RootProbe? Probe, RootSighting First);
