using System.ComponentModel;
using System.Diagnostics;
using Xunit;

namespace FileMonitor.AcceptanceTests;

/// <summary>Something that is mounted for a test, which is skipped where this process may not mount.</summary>
internal sealed class Mounted : IDisposable
{
    private readonly string _place;
    private bool _isMounted = true;

    private Mounted(string place) => _place = place;

    public static Mounted At(string place, string what)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root" && Run("mount", "--version"), "Needs Linux, root and mount.");
        Assert.SkipUnless(Run("mount", [.. what.Split(' '), place]), $"This process may not mount {what}.");
        return new Mounted(place);
    }

    /// <summary>Unmounts it, whoever has something of it open, and mounts something else in its place at once.</summary>
    public void Replace(string what) =>
        Assert.True(Run("sh", "-c", "umount -l \"$1\" && mount $2 \"$1\"", "sh", _place, what), $"'{what}' cannot be mounted at '{_place}' instead.");

    public void Dispose()
    {
        if (_isMounted)
        {
            _isMounted = false;
            Assert.True(Run("umount", _place), $"'{_place}' cannot be unmounted.");
        }
    }

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
