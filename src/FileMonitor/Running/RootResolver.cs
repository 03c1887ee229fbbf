using FileMonitor.Extending;
using FileMonitor.JsonLines;
using FileMonitor.Patterns;
using FileMonitor.Sources.Files;
using FileMonitor.Sources.SingleFiles;
using FileMonitor.Values;

namespace FileMonitor.Running;

/// <summary>Resolves the roots from the options: the path of each, whether it exists, and its ignore rules. Used once.</summary>
internal sealed class RootResolver(FileMonitorOptions options, FileMonitorComponents components, IFileView files)
{
    // Paths are compared as file systems of this operating system usually do.
    private readonly StringComparison _comparison =
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    private readonly List<MonitoredRoot> _roots = [];
    private readonly List<RootProbe?> _probes = [];
    private readonly List<RootSighting> _sightings = [];

    public IReadOnlyList<MonitoredRoot> Roots => _roots;

    /// <summary>The probe of each root; null for a file on the disk, which is never lost.</summary>
    public IReadOnlyList<RootProbe?> Probes => _probes;

    /// <summary>The first sighting of each root, including missing ones.</summary>
    public IReadOnlyList<RootSighting> Sightings => _sightings;

    /// <exception cref="OverlappingRootsException">Two roots are one directory, or one is inside the other.</exception>
    /// <exception cref="IOException">A root cannot be watched, and <see cref="FileMonitorOptions.RootsMustExist"/> is set.</exception>
    /// <exception cref="UnauthorizedAccessException">A root may not be read, and <see cref="FileMonitorOptions.RootsMustExist"/> is set.</exception>
    public void Resolve()
    {
        foreach (var root in options.Roots)
        {
            var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root.Path));
            var index = _roots.Count;
            if (root.IsFile)
            {
                AddFile(index, path, root.ReportWhen);
                continue;
            }

            var probe = new RootProbe(path, files, isOnDisk: components.FileView is null, physical => Overlap(index, path, physical));
            var first = probe.Look();
            if (first.Problem is not null && Overlap(index, path, first.PhysicalPath) is { } overlap)
            {
                throw new OverlappingRootsException(overlap);
            }

            ThrowIfRequired(first);
            var rules = IgnoreRules.Parse(root.Include, root.Ignore, ignoreCase: _comparison == StringComparison.OrdinalIgnoreCase).WithOwnFiles(OwnFilesBelow(first.PhysicalPath));
            Add(new MonitoredRoot(index, path, first.PhysicalPath, root.Recursive, rules, root.ReportWhen), probe, first);
        }
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

    /// <summary>Adds a root of one file: a directory with one name in it.</summary>
    private void AddFile(int index, string path, ReportWhen reportWhen)
    {
        var rules = IgnoreRules.Only(Path.GetFileName(path), _comparison == StringComparison.OrdinalIgnoreCase);
        if (FileRootView.CanSee(components))
        {
            var place = FileRootView.PlaceOf(path);
            if (options.RootsMustExist && !files.GetStatus(place, Path.GetFileName(path)).IsFound)
            {
                throw new FileNotFoundException($"The file '{path}' does not exist, is no regular file, or may not be seen by this process.");
            }

            Add(new MonitoredRoot(index, path, place, recursive: false, rules, reportWhen, Path.GetFileName(path)), probe: null, new RootSighting(null, place, FileRootView.Top));
            return;
        }

        // The view or the source is the host's own: its directory is a root like others.
        var directory = Path.GetDirectoryName(path)!;
        var probe = new RootProbe(directory, files, isOnDisk: components.FileView is null, static _ => null);
        var first = probe.Look();
        ThrowIfRequired(first);
        Add(new MonitoredRoot(index, path, first.PhysicalPath, recursive: false, rules, reportWhen, Path.GetFileName(path)), probe, first);
    }

    private void Add(MonitoredRoot root, RootProbe? probe, in RootSighting first)
    {
        _roots.Add(root);
        _probes.Add(probe);
        _sightings.Add(first);
    }

    /// <summary>A sentence when a root is inside another one after links are resolved. Also called when a root is found again.</summary>
    private string? Overlap(int index, string path, string physical) =>
        _roots.FirstOrDefault(other => other.Index != index && !other.IsFile && (IsWithin(physical, other.PhysicalPath) || IsWithin(other.PhysicalPath, physical))) is { } overlap
            ? $"The roots '{overlap.Path}' and '{path}' overlap once links are resolved ('{overlap.PhysicalPath}', '{physical}')."
            : null;

    private bool IsWithin(string path, string directory) =>
        path.StartsWith(directory, _comparison)
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
