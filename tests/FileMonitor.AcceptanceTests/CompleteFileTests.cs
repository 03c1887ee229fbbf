using FileMonitor.Sources.Files;
using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests;

/// <summary>Uploads into a root with <see cref="ReportWhen.Closed"/>: each file is told once, complete. Nothing here waits for a time; a flush asks about each file that is held.</summary>
public sealed class CompleteFileTests
{
    private static readonly DiskFileView Disk = new();

    public static TheoryData<ChangeSourceKind> Sources => [ChangeSourceKind.Inotify, ChangeSourceKind.Fanotify, ChangeSourceKind.FileSystemWatcher, ChangeSourceKind.Polling];

    [Theory]
    [MemberData(nameof(Sources))]
    public async Task An_upload_in_pieces_is_told_once_when_it_is_closed(ChangeSourceKind source)
    {
        await using var watched = await StartAsync(source);
        await using (var upload = File.Create(watched.PathOf("upload")))
        {
            for (var piece = 1; piece <= 3; piece++)
            {
                await upload.WriteAsync(new byte[100_000], TestContext.Current.CancellationToken);
                await upload.FlushAsync(TestContext.Current.CancellationToken);
                await NotToldAsync(watched, "upload");
            }
        }

        await ToldOnceAsync(watched, "upload", AuditEventKind.Created, 300_000);
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public async Task A_file_with_two_writers_is_told_when_both_have_closed_it(ChangeSourceKind source)
    {
        await using var watched = await StartAsync(source);
        await using (var first = Write(watched, "shared"))
        {
            await using (var second = Write(watched, "shared"))
            {
                second.Write("bb"u8);
            }

            await NotToldAsync(watched, "shared");
            first.Write("aaaa"u8);
        }

        await ToldOnceAsync(watched, "shared", AuditEventKind.Created, 4);
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public async Task A_known_file_is_told_as_modified_when_it_is_closed(ChangeSourceKind source)
    {
        await using var watched = await StartAsync(source, prepare => File.WriteAllText(prepare.PathOf("known"), "old"));
        await using (var writer = Write(watched, "known"))
        {
            writer.Write("new content"u8);
            writer.Flush();
            await NotToldAsync(watched, "known");
        }

        await ToldOnceAsync(watched, "known", AuditEventKind.Modified, 11);
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public async Task A_part_that_is_renamed_into_place_is_told_under_its_name(ChangeSourceKind source)
    {
        await using var watched = await StartAsync(source, ignore: "*.part");
        await using (var part = File.Create(watched.PathOf("invoice.part")))
        {
            await part.WriteAsync(new byte[5000], TestContext.Current.CancellationToken);
        }

        File.Move(watched.PathOf("invoice.part"), watched.PathOf("invoice"));
        await ToldOnceAsync(watched, "invoice", AuditEventKind.Created, 5000);
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public async Task Empty_and_sparse_files_are_complete_when_they_are_closed(ChangeSourceKind source)
    {
        await using var watched = await StartAsync(source);
        await using (var empty = File.Create(watched.PathOf("empty")))
        await using (var sparse = File.Create(watched.PathOf("sparse")))
        {
            sparse.SetLength(50_000_000);
            await NotToldAsync(watched, "empty");
            await NotToldAsync(watched, "sparse");
        }

        await ToldOnceAsync(watched, "empty", AuditEventKind.Created, 0);
        await ToldOnceAsync(watched, "sparse", AuditEventKind.Created, 50_000_000);
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public async Task A_file_that_is_never_closed_is_told_as_open(ChangeSourceKind source)
    {
        await using var watched = await StartAsync(source, maxHold: TimeSpan.FromMilliseconds(100));
        await using var writer = Write(watched, "log");
        writer.Write("line"u8);
        writer.Flush();
        var told = await watched.UntilAsync(one => one.RelativePath == "log", "the file that is open");

        told.Kind.Should().Be(AuditEventKind.Created);
        told.Writers.Should().Be(FileWriters.Open);
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public async Task Where_writers_are_not_known_a_file_is_told_although_comparisons_find_it_again_and_again(ChangeSourceKind source)
    {
        await using var watched = await StartAsync(source, configure: static options =>
        {
            options.Debounce.DetectWriters = false;
            options.Debounce.StabilityPeriod = TimeSpan.FromMilliseconds(500);
            options.Polling.Interval = TimeSpan.FromMilliseconds(50);
        });
        await File.WriteAllTextAsync(watched.PathOf("upload"), "content", TestContext.Current.CancellationToken);
        var told = await watched.UntilAsync(one => one.RelativePath == "upload", "the file that is the same for half a second");

        told.Writers.Should().Be(FileWriters.Unknown);
        (told.SettledAt - told.OccurredAt).Should().BeGreaterThanOrEqualTo(TimeSpan.FromMilliseconds(499));
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public async Task A_file_that_is_found_while_it_is_written_is_told_when_it_is_closed(ChangeSourceKind source)
    {
        await using var watched = await StartAsync(source);
        Directory.CreateDirectory(Path.Join(watched.Outside, "tree/sub"));
        await using (var writer = File.Create(Path.Join(watched.Outside, "tree/sub/f")))
        {
            writer.Write("half"u8);
            writer.Flush();
            Directory.Move(Path.Join(watched.Outside, "tree"), watched.PathOf("tree"));
            await NotToldAsync(watched, "tree/sub/f");
            watched.Events.Should().Contain(one => one.RelativePath == "tree/sub");
            writer.Write("half"u8);
        }

        await ToldOnceAsync(watched, "tree/sub/f", AuditEventKind.Created, 8);
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public async Task A_file_that_is_renamed_and_deleted_while_it_is_open_is_never_told_as_complete(ChangeSourceKind source)
    {
        await using var watched = await StartAsync(source);
        await using (var writer = File.Create(watched.PathOf("a")))
        {
            writer.Write("1"u8);
            writer.Flush();
            await NotToldAsync(watched, "a");
            File.Move(watched.PathOf("a"), watched.PathOf("b"));
            await NotToldAsync(watched, "b");
            File.Delete(watched.PathOf("b"));
        }

        (await watched.SettledAsync()).Should().BeEmpty();
    }

    private static async Task<WatchedDirectory> StartAsync(ChangeSourceKind source, Action<WatchedDirectory>? prepare = null, string? ignore = null, TimeSpan? maxHold = null, Action<FileMonitorOptions>? configure = null)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs Linux.");
        var watched = await WatchedDirectory.StartAsync(prepare, options =>
        {
            options.Source = source;
            options.Roots[0].ReportWhen = ReportWhen.Closed;
            options.Debounce.MaxHold = maxHold ?? TimeSpan.FromHours(1);
            if (ignore is not null)
            {
                options.Roots[0].Ignore.Add(ignore);
            }

            configure?.Invoke(options);
        });
        File.WriteAllText(Path.Join(watched.Outside, "probe"), "");
        Assert.SkipUnless(Disk.GetWriters(watched.Outside, "probe") == FileWriters.None, "This file system gives no leases.");
        return watched;
    }

    private static FileStream Write(WatchedDirectory watched, string path) => new(watched.PathOf(path), FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);

    private static async Task NotToldAsync(WatchedDirectory watched, string path)
    {
        var flushed = await watched.FlushAsync();
        flushed.Degradations.Should().ContainSingle("the flush says that a file is held").Which.Should().Contain("held back");
        watched.Events.Should().NotContain(one => one.RelativePath == path && one.Kind != AuditEventKind.Baseline);
    }

    private static async Task ToldOnceAsync(WatchedDirectory watched, string path, AuditEventKind kind, long size)
    {
        var told = (await watched.SettledAsync()).Should().ContainSingle(one => one.RelativePath == path).Subject;
        told.Kind.Should().Be(kind);
        told.Writers.Should().Be(FileWriters.None);
        told.Size.Should().Be(size);
        told.ChecksumStatus.Should().Be(ChecksumStatus.Computed);
    }
}
