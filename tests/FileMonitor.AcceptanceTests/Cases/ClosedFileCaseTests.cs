using FileMonitor.Extending;
using FileMonitor.Sources.Files;
using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests.Cases;

/// <summary>
/// A file that is written, closed to us by its mode, and opened again: its checksum follows, with its event. The same with every source, for a
/// file that is known and for a new one. No turn of the monitor changes what it knows without saying so.
/// </summary>
public sealed class ClosedFileCaseTests
{
    private const UnixFileMode Closed = UnixFileMode.None;
    private const UnixFileMode Open = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task What_was_written_before_a_file_was_closed_is_told_when_it_can_be_read(ChangeSourceKind source)
    {
        await using var watched = await StartAsync(source);
        var path = watched.PathOf("s");

        await File.AppendAllTextAsync(path, " two", Token);
        SetMode(path, Closed);
        await watched.UntilAsync(one => one is { Kind: AuditEventKind.Modified, ChecksumStatus: ChecksumStatus.Unreadable }, "event of a file that cannot be read");
        SetMode(path, Open);
        await watched.UntilAsync(one => one.Kind == AuditEventKind.ChecksumUpdated, "checksum that follows");

        var events = await watched.DoneAsync();
        events.Select(Say).Should().Equal("Modified s Unreadable", "ChecksumUpdated s Computed");
        events[^1].Sha256.Should().Be(Content.Sha256("one two"));
    }

    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task A_new_file_that_is_closed_is_told_and_its_checksum_follows(ChangeSourceKind source)
    {
        await using var watched = await StartAsync(source);
        var path = watched.PathOf("new");

        // Made beside the root, so that there is no moment in which it could be read.
        var made = Path.Join(watched.Outside, "new");
        await File.WriteAllTextAsync(made, "one", Token);
        SetMode(made, Closed);
        File.Move(made, path);
        await watched.UntilAsync(one => one is { Kind: AuditEventKind.Created, ChecksumStatus: ChecksumStatus.Unreadable }, "event of a file that cannot be read");
        SetMode(path, Open);
        await watched.UntilAsync(one => one.Kind == AuditEventKind.ChecksumUpdated, "checksum that follows");

        var events = await watched.DoneAsync();
        events.Select(Say).Should().Equal("Created new Unreadable", "ChecksumUpdated new Computed");
        events[^1].Sha256.Should().Be(Content.Sha256("one"));
    }

    private static async Task<WatchedDirectory> StartAsync(ChangeSourceKind source)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no modes.");
        await TestSources.SkipUnlessUsableAsync(source);
        return await WatchedDirectory.StartAsync(
            before => File.WriteAllText(before.PathOf("s"), "one"),
            options =>
            {
                options.Source = source;
                options.Polling.Interval = TimeSpan.FromMilliseconds(100);
            },
            components => components.FileView = new BoundByModes(new DiskFileView()));
    }

    private static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, mode);
        }
    }

    private static string Say(AuditEvent one) => $"{one.Kind} {one.RelativePath} {one.ChecksumStatus}";

    /// <summary>The disk as a user sees it whom modes bind, whoever runs the tests.</summary>
    private sealed class BoundByModes(IFileView disk) : IFileView
    {
        public FileStatus GetStatus(string root, string relativePath) => disk.GetStatus(root, relativePath);

        public FileStatus GetDirectoryStatus(string root, string relativeDirectory) => disk.GetDirectoryStatus(root, relativeDirectory);

        public string? GetLinkTarget(string root, string relativePath, out FileStatus link) => disk.GetLinkTarget(root, relativePath, out link);

        public FileOpening Open(string root, string relativePath)
        {
            var status = disk.GetStatus(root, relativePath);
            return status.IsFound && ((UnixFileMode?)status.Mode & UnixFileMode.UserRead) == 0 ? new FileOpening(ChecksumStatus.Unreadable, "Permission denied.") : disk.Open(root, relativePath);
        }

        public FileStatusOutcome List(string root, string relativeDirectory, Action<string, FileStatus> found) => disk.List(root, relativeDirectory, found);
    }
}
