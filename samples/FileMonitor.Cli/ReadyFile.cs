using System.Globalization;
using System.Text;
using FileMonitor.Output;

namespace FileMonitor.Cli;

/// <summary>
/// Tells the starting process that nothing is missed from now on. The file has the process id and is never removed. Only this user can read it,
/// like every file that we write; anyone who may list the directory can see that it exists.
/// </summary>
internal static class ReadyFile
{
    // Written under another name and renamed when it is complete: a waiting process reads it at once.
    public static void Write(string path) =>
        OutputFile.Replace(path, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}\n")));
}
