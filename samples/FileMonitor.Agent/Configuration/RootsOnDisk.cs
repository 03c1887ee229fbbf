namespace FileMonitor.Agent;

/// <summary>
/// Looks at the disk for what is wrong with roots and does not show in their names: the start would find it, but after it has begun. Nothing is opened or changed.
/// </summary>
internal static class RootsOnDisk
{
    /// <summary>Adds a sentence for each mistake.</summary>
    public static void Check(CheckedConfiguration configuration, List<string> errors)
    {
        foreach (var (name, options) in configuration.Monitors)
        {
            var state = configuration.Agent.StateOf(name) is { } directory ? RealPath.WithoutLinks(directory) : null;
            var anchors = configuration.Agent.Anchors is { } kept ? RealPath.WithoutLinks(kept.Directory) : null;
            var places = new List<(string Path, string Place)>();
            foreach (var root in options.Roots)
            {
                CheckExistence(name, root, options.RootsMustExist, errors);
                if (root.IsFile || RealPath.WithoutLinks(root.Path) is not { } place)
                {
                    continue;
                }

                errors.AddRange(places.Where(other => RealPath.IsWithin(place, other.Place) || RealPath.IsWithin(other.Place, place)).Select(other =>
                    $"File monitor \"{name}\": the roots '{other.Path}' and '{root.Path}' overlap once links are resolved ('{other.Place}', '{place}')."));
                places.Add((root.Path, place));

                // A pattern may leave it out; the start knows.
                if (state is not null && root.Ignore.Count == 0 && RealPath.IsWithin(state, place))
                {
                    errors.Add($"File monitor \"{name}\": its state ('{state}') is inside the root '{root.Path}': set Agent:StateDirectory to another place, or leave it out with an ignore pattern.");
                }

                // Each checkpoint would be a change, which is recorded and signed by a checkpoint.
                if (anchors is not null && root.Ignore.Count == 0 && RealPath.IsWithin(anchors, place))
                {
                    errors.Add($"File monitor \"{name}\": Agent:AnchorDirectory ('{anchors}') is inside the root '{root.Path}': set it to another place, or leave it out with an ignore pattern.");
                }
            }
        }
    }

    private static void CheckExistence(string name, RootOptions root, bool mustExist, List<string> errors)
    {
        if (mustExist && !(root.IsFile ? File.Exists(root.Path) : Directory.Exists(root.Path)))
        {
            errors.Add($"File monitor \"{name}\": the root '{root.Path}' does not exist, is no {(root.IsFile ? "file" : "directory")} or may not be seen by this user, and RootsMustExist is set.");
        }
    }
}
