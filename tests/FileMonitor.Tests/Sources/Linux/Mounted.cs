using System.Diagnostics;
using Xunit;

namespace FileMonitor.Tests.Sources.Linux;

/// <summary>A volume that is mounted until this is disposed. A test is skipped where it may not be.</summary>
internal sealed class Mounted(string path) : IAsyncDisposable
{
    private bool _isMounted = true;

    public static Mounted At(string path, string what)
    {
        Run("mount", $"{what} {path}");
        return new Mounted(path);
    }

    public static Task<Mounted> AtAsync(string path, string what) => Task.Run(() => At(path, what));

    public static void Run(string program, string arguments)
    {
        // By a shell, which says so when there is no such program.
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"{program} {arguments}"]) { UseShellExecute = false, RedirectStandardError = true })!;
        process.WaitForExit();
        Assert.SkipUnless(process.ExitCode == 0, $"This process may not do '{program} {arguments}'.");
    }

    public async ValueTask DisposeAsync()
    {
        if (_isMounted)
        {
            _isMounted = false;
            await Shell.RunAsync($"umount {path}");
        }
    }
}
