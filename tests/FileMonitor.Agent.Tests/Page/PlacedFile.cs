namespace FileMonitor.Agent.Tests.Page;

internal static class PlacedFile
{
    /// <summary>
    /// The file is there below the root, or has its new content, at once: one that is created and then written may become two events on a
    /// slow machine.
    /// </summary>
    public static void Put(this RunningAgent agent, string name, string text)
    {
        var written = Path.GetTempFileName();
        File.WriteAllText(written, text);
        File.Move(written, Path.Join(agent.Root, name), overwrite: true);
    }
}
