using System.Globalization;

namespace FileMonitor.Cli;

/// <summary>Tells who started us that from now on nothing is missed. Holds the process id, and is never removed.</summary>
internal static class ReadyFile
{
    public static void Write(string path)
    {
        // Under its own name only when it is whole: who waits for it reads it at once.
        var unfinished = string.Create(CultureInfo.InvariantCulture, $"{path}.{Environment.ProcessId}.tmp");
        File.WriteAllText(unfinished, string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}\n"));
        File.Move(unfinished, path, overwrite: true);
    }
}
