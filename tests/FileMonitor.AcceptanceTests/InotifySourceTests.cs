using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests;

/// <summary>The source that asks Linux itself: what it hears of directories that move, and what it leaves behind.</summary>
[Collection(nameof(WholeProcess))]
public sealed class InotifySourceTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_directories_that_are_swapped_at_once_are_watched_where_they_are()
    {
        await using var watched = await StartAsync("a/in", "b/on");
        DirectoryRename.Swap(watched.PathOf("a"), watched.PathOf("b"));
        await watched.FlushAsync();
        await File.WriteAllTextAsync(watched.PathOf("a/on/f"), "one", Cancelled);
        await File.WriteAllTextAsync(watched.PathOf("b/in/g"), "two", Cancelled);

        var events = await watched.SettledAsync();

        events.Where(one => one.ItemType == ItemType.File).Select(one => $"{one.Kind} {one.RelativePath}").Should().BeEquivalentTo("Created a/on/f", "Created b/in/g");
        WholeProcess.CountWatches().Should().Be(5);
    }

    [Fact]
    public async Task A_directory_that_appears_while_another_is_given_its_watch_is_told_of()
    {
        // Each new directory makes the source ask the kernel again about the watch of the one that it is in, while the next appears there.
        await using var watched = await StartAsync();
        await Task.Run(
            () =>
            {
                for (var number = 0; number < 6_000; number++)
                {
                    Directory.CreateDirectory(watched.PathOf($"d{number}/b/c"));
                }
            },
            Cancelled);

        var events = await watched.SettledAsync();

        events.Should().HaveCount(18_000).And.OnlyContain(one => one.Kind == AuditEventKind.Created);
    }

    [Fact]
    public async Task A_directory_that_has_left_is_not_watched_and_not_heard_of()
    {
        await using var watched = await StartAsync("d/e");
        WholeProcess.CountWatches().Should().Be(3);
        Directory.Move(watched.PathOf("d"), Path.Join(watched.Outside, "d"));
        await watched.FlushAsync();
        await File.WriteAllTextAsync(Path.Join(watched.Outside, "d/e/f"), "one", Cancelled);

        var events = await watched.SettledAsync();

        events.Select(one => $"{one.Kind} {one.RelativePath}").Should().BeEquivalentTo("Deleted d/e", "Deleted d");
        await WholeProcess.UntilAsync(() => WholeProcess.CountWatches() == 1, () => $"{WholeProcess.CountWatches()} watches are left");
    }

    [Fact]
    public async Task An_ignored_directory_takes_no_watch()
    {
        await using var watched = await StartAsync(options =>
        {
            options.Report.Baseline = false;
            options.Roots[0].Ignore.Add("out/");
        }, "kept", "out/deep");
        Directory.CreateDirectory(watched.PathOf("kept/out/new"));
        await watched.FlushAsync();

        WholeProcess.CountWatches().Should().Be(2);
    }

    [Fact]
    public async Task A_time_that_is_set_is_part_of_what_is_known()
    {
        await using var watched = await StartAsync("d");
        await File.WriteAllTextAsync(watched.PathOf("d/f"), "one", Cancelled);
        await watched.FlushAsync();
        File.SetLastWriteTimeUtc(watched.PathOf("d/f"), DateTime.UnixEpoch);

        // Verifies, with times.
        await watched.SettledAsync();
    }

    [Fact]
    public async Task A_file_is_told_when_it_is_closed_however_long_the_quiet_period_is()
    {
        await using var watched = await StartAsync(options => options.Debounce.QuietPeriod = options.Debounce.MaxDelay = TimeSpan.FromHours(1), "d");
        await File.WriteAllTextAsync(watched.PathOf("d/f"), "one", Cancelled);

        var told = await watched.UntilAsync(one => one.RelativePath == "d/f", "file that was closed");

        told.Sha256.Should().Be(Content.Sha256("one"));
    }

    [Fact]
    public async Task Starts_and_stops_leave_no_descriptor_and_no_thread()
    {
        await TestSources.SkipUnlessUsableAsync(ChangeSourceKind.Inotify);
        using var home = new TemporaryDirectory();
        for (var run = 0; run < 200; run++)
        {
            await using var monitor = FileSystemMonitor.Create(options =>
            {
                options.AddRoot(home.Root);
                options.Source = ChangeSourceKind.Inotify;
            });
            await monitor.StartAsync(Cancelled);
            WholeProcess.CountInotify().Should().BePositive("the count must see what it counts");
        }

        await WholeProcess.UntilAsync(
            () => WholeProcess.CountInotify() == 0 && WholeProcess.CountThreads("FileMonitor ino") == 0, () => $"{WholeProcess.CountInotify()} descriptors are left");
    }

    private static Task<WatchedDirectory> StartAsync(params string[] directories) => StartAsync(_ => { }, directories);

    private static async Task<WatchedDirectory> StartAsync(Action<FileMonitorOptions> configure, params string[] directories)
    {
        await TestSources.SkipUnlessUsableAsync(ChangeSourceKind.Inotify);
        return await WatchedDirectory.StartAsync(
            before => Array.ForEach(directories, directory => Directory.CreateDirectory(before.PathOf(directory))),
            options =>
            {
                options.Source = ChangeSourceKind.Inotify;
                configure(options);
            });
    }
}
