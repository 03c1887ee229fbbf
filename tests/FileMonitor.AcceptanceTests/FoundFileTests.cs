using FileMonitor.Sources.Files;
using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests;

/// <summary>Files in new directories, which no source tells of, are told at once when nobody writes them. The quiet period here is an hour: no event comes of it.</summary>
public sealed class FoundFileTests
{
    private static readonly DiskFileView Disk = new();

    [Theory]
    [InlineData(ChangeSourceKind.Inotify)]
    [InlineData(ChangeSourceKind.Fanotify)]
    public async Task A_file_in_a_directory_that_is_moved_in_is_told_without_a_quiet_period(ChangeSourceKind source)
    {
        await using var watched = await StartAsync(source, detectsWriters: true);
        MakeOutside(watched, "tree/sub/f");
        Assert.SkipUnless(Disk.GetWriters(watched.Outside, "tree/sub/f") == FileWriters.None, "This file system gives no leases.");

        Directory.Move(Path.Join(watched.Outside, "tree"), watched.PathOf("tree"));
        var told = await watched.UntilAsync(one => one.RelativePath == "tree/sub/f", "the file");

        told.Kind.Should().Be(AuditEventKind.Created);
        told.Size.Should().Be(5);
        watched.Events.Select(one => one.RelativePath).Should().ContainInOrder("tree", "tree/sub", "tree/sub/f");
    }

    // Fanotify hears of files outside the root, too, and may tell late that the first writer closed this one.
    [Fact]
    public async Task A_file_that_somebody_has_open_for_writing_is_told_when_it_is_closed()
    {
        await using var watched = await StartAsync(ChangeSourceKind.Inotify, detectsWriters: true);
        var file = MakeOutside(watched, "tree/open");
        MakeOutside(watched, "tree/other");
        Assert.SkipUnless(Disk.GetWriters(watched.Outside, "tree/open") == FileWriters.None, "This file system gives no leases.");
        await using (var writer = file.Open(FileMode.Append, FileAccess.Write, FileShare.ReadWrite))
        {
            Disk.GetWriters(watched.Outside, "tree/open").Should().Be(FileWriters.Open);
            Directory.Move(Path.Join(watched.Outside, "tree"), watched.PathOf("tree"));
            await watched.UntilAsync(one => one.RelativePath == "tree/other", "the file that nobody writes");

            // Both are in the directory that was read for the other one.
            watched.Events.Should().NotContain(one => one.RelativePath == "tree/open");
            writer.Write("more"u8);
        }

        var told = await watched.UntilAsync(one => one.RelativePath == "tree/open", "the file that is closed now");

        told.Size.Should().Be(5 + 4);
    }

    [Fact]
    public async Task Where_writers_are_not_asked_for_a_file_that_is_found_waits_until_it_is_quiet()
    {
        await using var watched = await StartAsync(ChangeSourceKind.Inotify, detectsWriters: false);
        MakeOutside(watched, "tree/sub/f");
        Directory.Move(Path.Join(watched.Outside, "tree"), watched.PathOf("tree"));
        await watched.UntilAsync(one => one.RelativePath == "tree/sub", "the directory that holds the file");
        Directory.CreateDirectory(watched.PathOf("later"));
        await watched.UntilAsync(one => one.RelativePath == "later", "a directory made after it");

        watched.Events.Should().NotContain(one => one.RelativePath == "tree/sub/f");
        (await watched.SettledAsync()).Should().Contain(one => one.RelativePath == "tree/sub/f");
    }

    [Fact]
    public void What_is_no_regular_file_is_not_opened_to_ask_for_writers()
    {
        using var home = new TemporaryDirectory();
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs Linux.");
        Directory.CreateDirectory(Path.Join(home.Root, "d"));
        File.CreateSymbolicLink(Path.Join(home.Root, "link"), "/etc/passwd");

        Disk.GetWriters(home.Root, "d").Should().Be(FileWriters.Unknown);
        Disk.GetWriters(home.Root, "link").Should().Be(FileWriters.Unknown);
        Disk.GetWriters(home.Root, "gone").Should().Be(FileWriters.Unknown);
    }

    private static Task<WatchedDirectory> StartAsync(ChangeSourceKind source, bool detectsWriters)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs Linux.");
        return WatchedDirectory.StartAsync(configure: options =>
        {
            options.Source = source;
            options.Debounce.QuietPeriod = options.Debounce.MaxDelay = TimeSpan.FromHours(1);
            options.Debounce.DetectWriters = detectsWriters;
        });
    }

    private static FileInfo MakeOutside(WatchedDirectory watched, string path)
    {
        var file = new FileInfo(Path.Join(watched.Outside, path));
        file.Directory!.Create();
        File.WriteAllText(file.FullName, "12345");
        return file;
    }
}
