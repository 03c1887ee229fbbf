namespace FileMonitor.Agent;

/// <summary>
/// Whether the places that the agent writes to are apart, also through links. The state directory has the keys of the journals and files that are only appended to: a file of events in it
/// can be one of them. Checkpoints that are kept beside a journal do not show that its end was cut off: whoever can do that can cut them off, too.
/// </summary>
internal static class WrittenPlaces
{
    /// <summary>Adds a sentence for each mistake.</summary>
    public static void Check(AgentOptions options, List<string> errors)
    {
        var (state, anchors) = (options.StateDirectory, options.Anchors?.Directory);
        if (state is not null && anchors is not null && (IsWithin(anchors, state) || IsWithin(state, anchors)))
        {
            errors.Add($"Agent:AnchorDirectory ({anchors}) and the state directory ({state}) must not be one, nor one inside the other: whoever can change a journal there could change its checkpoints, too. Set it to another place, best on another machine.");
        }

        foreach (var (monitor, file) in options.JsonLinesFiles)
        {
            var name = $"Agent:Monitors:{monitor}:JsonLinesFile:Path";
            if (state is not null && IsWithin(file.Path, state))
            {
                errors.Add($"{name} ({file.Path}) is inside the state directory ({state}): events would be written among the files of the journal. Set it to another place.");
            }
            else if (anchors is not null && IsWithin(file.Path, anchors))
            {
                errors.Add($"{name} ({file.Path}) is inside Agent:AnchorDirectory ({anchors}): events would be written among the checkpoints of the journals. Set it to another place.");
            }
        }
    }

    // Links in a circle lead nowhere; the names are what is left to compare.
    private static bool IsWithin(string path, string directory) =>
        RealPath.IsWithin(RealPath.WithoutLinks(path) ?? path, RealPath.WithoutLinks(directory) ?? directory);
}
