using System.Globalization;
using System.Text;
using FileMonitor.Output;

namespace FileMonitor.Cli;

/// <summary>
/// Tells who started us that from now on nothing is missed. Holds the process id, and is never removed. For this user only, as every file that we
/// write; that it is there, everybody can see who may look into the directory.
/// </summary>
internal static class ReadyFile
{
    // Under its own name only when it is whole: who waits for it reads it at once.
    public static void Write(string path) =>
        OutputFile.Replace(path, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}\n")));
}
