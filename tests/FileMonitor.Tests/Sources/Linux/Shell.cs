using System.Diagnostics;
using Xunit;

namespace FileMonitor.Tests.Sources.Linux;

/// <summary>Has another process do something.</summary>
internal static class Shell
{
    /// <summary>Completes when it has ended.</summary>
    public static async Task<int> RunAsync(string command)
    {
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command]) { UseShellExecute = false })!;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
        return process.Id;
    }
}
