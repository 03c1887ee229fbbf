using System.Diagnostics;
using Xunit;

namespace FileMonitor.Cli.Tests;

/// <summary>A watch whose journal is on a file system without room: a small one in memory, which only root can mount.</summary>
public sealed class FullDiskTests : IDisposable
{
    private const string HeldBack = "filemonitor: events are held back, because the journal cannot be written: No room is left for the journal ";

    private readonly string _home = Directory.CreateTempSubdirectory("filemonitor-full-").FullName;
    private readonly string _root;
    private readonly string _disk;

    public FullDiskTests()
    {
        _root = Directory.CreateDirectory(Path.Join(_home, "r")).FullName;
        _disk = Directory.CreateDirectory(Path.Join(_home, "disk")).FullName;
    }

    private string State => Path.Join(_disk, "state");

    private string Filling => Path.Join(_disk, "filling");

    public void Dispose()
    {
        if (OperatingSystem.IsLinux())
        {
            Run("umount", "--lazy", _disk);
        }

        Directory.Delete(_home, recursive: true);
    }

    [Fact]
    public async Task A_watch_says_at_once_that_events_are_held_back_and_why_and_when_that_is_over()
    {
        Mount();
        using var watch = await StartAsync();
        Fill();
        MakeFiles();

        await watch.UntilSaidAsync(HeldBack);
        Assert.DoesNotContain("the journal can be written again", watch.Error, StringComparison.Ordinal);

        File.Delete(Filling);
        await watch.UntilSaidAsync("filemonitor: the journal can be written again: the events that were held back are told now.\n");
        watch.Signal("INT");

        Assert.Equal(ExitCode.Done, await watch.EndAsync());
        Assert.Single(watch.Error.Split('\n'), line => line.StartsWith(HeldBack, StringComparison.Ordinal));
        Assert.Equal(50, watch.Output.Split("  Created ").Length - 1);
        Assert.Contains(" + 0 lost (balances).\n", watch.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_held_back_at_the_end_is_left_to_the_next_watch_which_tells_it()
    {
        Mount();
        using (var watch = await StartAsync())
        {
            Fill();
            MakeFiles();
            await watch.UntilSaidAsync(HeldBack);

            watch.Signal("INT");
            await watch.UntilSaidAsync("filemonitor: the stop waits for room for up to 30 s, so that the events that are held back can be told; a second signal does not wait.\n");

            Assert.Equal(ExitCode.Failed, await watch.EndAsync());
            Assert.DoesNotContain("balances", watch.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("canceled", watch.Error, StringComparison.Ordinal);
            Assert.EndsWith(
                "make some.\nfilemonitor: not all events were told, because the journal could not be written. The next watch with this --state compares the files and tells what differs, with the origin Offline.\n",
                watch.Error,
                StringComparison.Ordinal);
            Assert.NotEqual(50, Created(watch));
        }

        File.Delete(Filling);
        using var next = await StartAsync("--verify");
        next.Signal("INT");

        Assert.Equal(ExitCode.Done, await next.EndAsync());
        Assert.Contains("  Offline", next.Output, StringComparison.Ordinal);
    }

    private static int Created(CliProcess watch) => watch.Output.Split("  Created ").Length - 1;

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }

    private void Mount()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root can mount a file system.");
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", "size=1m", "none", _disk) == 0, "No file system can be mounted here.");
    }

    private async Task<CliProcess> StartAsync(params string[] options)
    {
        var watch = CliProcess.Start(["watch", _root, "--state", State, .. options]);
        await watch.UntilSaidAsync("filemonitor: watching ");
        return watch;
    }

    // Until not a byte more has room.
    private void Fill()
    {
        using var file = new FileStream(Filling, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
            {
                file.Write(new byte[512]);
            }
        }
        catch (IOException)
        {
            // It is full.
        }
    }

    private void MakeFiles()
    {
        foreach (var number in Enumerable.Range(1, 50))
        {
            File.WriteAllText(Path.Join(_root, $"{number}"), "x");
        }
    }
}
