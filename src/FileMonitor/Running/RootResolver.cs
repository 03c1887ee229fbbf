using FileMonitor.Extending;
using FileMonitor.JsonLines;
using FileMonitor.Patterns;
using FileMonitor.Sources.Files;
using FileMonitor.Values;

namespace FileMonitor.Running;

/// <summary>Makes the roots of a run out of its options: where each is, whether it is there, and what of it is left out. Used once.</summary>
internal sealed class RootResolver(FileMonitorOptions options, FileMonitorComponents components, IFileView files)
{
    // Paths are compared as the file systems of this system commonly do.
    private readonly StringComparison _comparison =
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    private readonly List<MonitoredRoot> _roots = [];
    private readonly List<RootProbe> _probes = [];
    private readonly List<RootSighting> _sightings = [];

    public IReadOnlyList<MonitoredRoot> Roots => _roots;

    /// <summary>What looks at each root from now on.</summary>
    public IReadOnlyList<RootProbe> Probes => _probes;

    /// <summary>How each root was found; missing ones included.</summary>
    public IReadOnlyList<RootSighting> Sightings => _sightings;

    /// <exception cref="OverlappingRootsException">Two are one, or one lies in the other.</exception>
    /// <exception cref="IOException">A root cannot be watched, and the options demand that all can.</exception>
    /// <exception cref="UnauthorizedAccessException">A root may not be read, and the options demand that all can be.</exception>
    public void Resolve()
    {
        foreach (var root in options.Roots)
        {
            var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root.Path));
            var index = _roots.Count;
            var probe = new RootProbe(path, files, isOnDisk: components.FileView is null, physical => Overlap(index, path, physical));
            var first = probe.Look();
            if (first.Problem is not null && Overlap(index, path, first.PhysicalPath) is { } overlap)
            {
                throw new OverlappingRootsException(overlap);
            }

            if (first.Problem is { } problem && options.RootsMustExist)
            {
                throw first.Status.Outcome switch
                {
                    FileStatusOutcome.Missing => new DirectoryNotFoundException(problem),
                    FileStatusOutcome.Inaccessible => new UnauthorizedAccessException(problem),
                    _ => new IOException(problem),
                };
            }

            var rules = IgnoreRules.Parse(root.Include, root.Ignore, ignoreCase: _comparison == StringComparison.OrdinalIgnoreCase).WithOwnFiles(OwnFilesBelow(first.PhysicalPath));
            _roots.Add(new MonitoredRoot(index, path, first.PhysicalPath, root.Recursive, rules));
            _probes.Add(probe);
            _sightings.Add(first);
        }
    }

    /// <summary>A sentence when a root would lie inside another one, once links are resolved. Also asked later, when a root is found again.</summary>
    private string? Overlap(int index, string path, string physical) =>
        _roots.FirstOrDefault(other => other.Index != index && (IsWithin(physical, other.PhysicalPath) || IsWithin(other.PhysicalPath, physical))) is { } overlap
            ? $"The roots '{overlap.Path}' and '{path}' overlap once links are resolved ('{overlap.PhysicalPath}', '{physical}')."
            : null;

    private bool IsWithin(string path, string directory) =>
        path.StartsWith(directory, _comparison)
        && (path.Length == directory.Length || Path.EndsInDirectorySeparator(directory) || path[directory.Length] == Path.DirectorySeparatorChar);

    /// <summary>A log that lies inside a watched directory: reported, each line would cause the next.</summary>
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
