using System.ComponentModel;
using System.Diagnostics;
using Xunit;

namespace FileMonitor.Tests.Sources.Linux;

/// <summary>Something that is mounted for a test until this is disposed. The test is skipped where this process may not mount it.</summary>
internal sealed class Mounted : IDisposable
{
    private readonly string _place;
    private bool _isMounted = true;

    private Mounted(string place) => _place = place;

    public static Mounted At(string place, string what)
    {
        RunOrSkip($"mount {what} '{place}'");
        return new Mounted(place);
    }

    /// <summary>What a test needs and this process may not do skips the test.</summary>
    public static void RunOrSkip(string command) =>
        Assert.SkipUnless(OperatingSystem.IsLinux() && Run(command), $"This process may not do '{command}'.");

    /// <summary>Unmounts it, whoever has something of it open, and mounts something else in its place at once.</summary>
    public void Replace(string what) =>
        Assert.True(Run($"umount -l '{_place}' && mount {what} '{_place}'"), $"'{what}' cannot be mounted at '{_place}' instead.");

    /// <summary>Unmounts it, whoever has something of it open.</summary>
    public void Detach() => Unmount("umount -l");

    /// <summary>Unmounts it; fails while anybody has something of it open.</summary>
    public void Dispose() => Unmount("umount");

    private void Unmount(string program)
    {
        if (_isMounted)
        {
            _isMounted = false;
            Assert.True(Run($"{program} '{_place}'"), $"'{_place}' cannot be unmounted.");
        }
    }

    private static bool Run(string command)
    {
        try
        {
            // By a shell, which says so when there is no such program.
            using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
