using System.Diagnostics;
using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests;

/// <summary>Inotify at the limits of the kernel, and below mounts.</summary>
public sealed class InotifyLimitTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public Task Without_inotify_instances_a_root_is_compared_and_health_says_so() =>
        UserNamespace.RunInsideAsync("max_inotify_instances", limit: 0, nameof(Inside_a_start_without_instances_compares));

    [Fact]
    public Task At_the_limit_of_watches_the_rest_is_watched_and_the_gap_is_told_once() =>
        UserNamespace.RunInsideAsync("max_inotify_watches", limit: 20, nameof(Inside_a_start_with_few_watches_covers_what_it_can));

    [Fact(Explicit = true)]
    public Task Inside_a_start_without_instances_compares() => InotifyLimits.StartWithoutInstancesAsync(ChangeSourceKind.Inotify);

    [Fact(Explicit = true)]
    public Task Inside_a_start_with_few_watches_covers_what_it_can() => InotifyLimits.StartWithTwentyWatchesAsync(ChangeSourceKind.Inotify, needed: 51, "ignore directories");

    [Fact]
    public async Task An_atomic_save_is_one_modification()
    {
        await using var watched = await WatchedDirectory.StartAsync(
            before => File.WriteAllText(before.PathOf("f"), "one"), options =>
            {
                options.Source = ChangeSourceKind.Inotify;

                // However long this machine stalls between the close and the rename.
                options.Debounce.FinishedDelay = options.Debounce.QuietPeriod = TimeSpan.FromHours(1);
                options.Debounce.MaxDelay = TimeSpan.FromHours(1);
            });
        await File.WriteAllTextAsync(watched.PathOf("f.tmp"), "two", Cancelled);
        File.Move(watched.PathOf("f.tmp"), watched.PathOf("f"), overwrite: true);

        var events = await watched.SettledAsync();

        events.Should().ContainSingle().Which.Kind.Should().Be(AuditEventKind.Modified);
    }

    [Theory]
    [InlineData("-t tmpfs none")]
    [InlineData("--bind {outside}")]
    public async Task What_is_mounted_below_the_root_is_watched_until_it_is_unmounted(string mount)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root" && Run("mount", "--version"), "Needs Linux, root and mount.");
        string? place = null;
        var watched = await WatchedDirectory.StartAsync(
            before =>
            {
                place = Directory.CreateDirectory(before.PathOf("volume")).FullName;
                Assert.SkipUnless(Run("mount", [.. mount.Replace("{outside}", before.Outside, StringComparison.Ordinal).Split(' '), place]), "This process may not mount.");
            },
            options => options.Source = ChangeSourceKind.Inotify);
        try
        {
            Directory.CreateDirectory(watched.PathOf("volume/d"));
            await watched.FlushAsync();
            await File.WriteAllTextAsync(watched.PathOf("volume/d/f"), "one", Cancelled);
            (await watched.SettledAsync()).Should().Contain(one => one.Kind == AuditEventKind.Created && one.RelativePath == "volume/d/f");
        }
        finally
        {
            Run("umount", place!).Should().BeTrue();
        }

        // Of a bind mount the volume itself stays, and so do its watches: what is there is found by comparing.
        await using (watched)
        {
            await watched.Monitor.FlushAsync(Cancelled);
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
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
