using System.Diagnostics;

namespace FileMonitor.Durable.Tests.Baseline;

/// <summary>A small disk in memory in the place of a directory, until it is disposed.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _directory;

    private SmallDisk(string directory) => _directory = directory;

    /// <summary>Null where that may not be done.</summary>
    public static SmallDisk? TryMount(string directory, string size) =>
        OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", directory) ? new(directory) : null;

    public void Dispose() => Run("umount", _directory);

    private static bool Run(string command, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
