using FileMonitor.Testing;
using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests.Cases;

/// <summary>
/// Files that take a quarter of an hour to be summed, which anybody can make in a moment: sparse ones of 1 TiB. They delay nobody, are told before they are
/// read, and no end waits for them.
/// </summary>
public sealed class LargeFileCaseTests
{
    private const long Tebibyte = 1L << 40;

    private static readonly string[] KernelFiles = ["/proc/filesystems", "/proc/cpuinfo", "/sys/kernel/mm/transparent_hugepage/enabled"];
    private static readonly string[] LargeFiles = ["large1", "large2", "large3"];
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(TestSources.Listening), MemberType = typeof(TestSources))]
    public async Task Small_files_pass_large_ones_and_a_stop_abandons_none_of_them(ChangeSourceKind source)
    {
        await using var watched = await StartAsync(source);
        var reader = watched.Monitor.ReadAllAsync(Token);
        watched.MakeLarge("large1", "large2");
        for (var small = 0; small < 200; small++)
        {
            await File.WriteAllTextAsync(watched.PathOf($"small{small}"), $"{small}", Token);
        }

        await watched.UntilAsync(events => events.Count(said => said.RelativePath.StartsWith("small", StringComparison.Ordinal) && said.Sha256 is not null) >= 200);
        await watched.UntilAsync(events => events.Count(said => said is { Kind: AuditEventKind.Created, ChecksumStatus: ChecksumStatus.Pending }) == 2);
        watched.Monitor.GetHealth().OldestWait.Should().BeLessThan(Deadline);
        await watched.Monitor.StopAsync(Token).WaitAsync(Deadline, Token);

        // A sink is not waited for past the deadline; what a reader has room for it gets.
        var told = new List<AuditEvent>();
        await foreach (var said in reader)
        {
            told.Add(said);
        }

        told.Where(said => said.ChecksumStatus == ChecksumStatus.Abandoned).Select(said => said.RelativePath).Should().BeEquivalentTo("large1", "large2");
        told.Where(said => said.RelativePath.StartsWith("small", StringComparison.Ordinal)).Should().OnlyContain(said => said.ChecksumStatus == ChecksumStatus.Computed);
    }

    [Theory]
    [MemberData(nameof(TestSources.Listening), MemberType = typeof(TestSources))]
    public async Task A_large_file_that_is_deleted_is_not_read_on(ChangeSourceKind source)
    {
        SystemLimits.SkipWhereDeletedItemsCanBeOpened(source);
        await using var watched = await StartAsync(source);
        watched.MakeLarge("large1", "large2");
        await watched.UntilAsync(events => events.Count(said => said.ChecksumStatus == ChecksumStatus.Pending) == 2);
        File.Delete(watched.PathOf("large1"));
        File.Delete(watched.PathOf("large2"));

        await watched.UntilAsync(events => events.Count(said => said.Kind == AuditEventKind.Deleted) == 2);
        (await watched.Monitor.FlushAsync(Token)).NotReached.Should().BeEmpty("nothing is being read any more");
    }

    [Theory]
    [MemberData(nameof(TestSources.Listening), MemberType = typeof(TestSources))]
    public async Task A_flush_and_a_verification_end_at_their_deadlines_and_say_what_they_did_not_reach(ChangeSourceKind source)
    {
        await using var watched = await StartAsync(source, options =>
        {
            options.FlushTimeout = TimeSpan.FromSeconds(2);
            options.VerifyTimeout = TimeSpan.FromSeconds(10);
        });
        watched.MakeLarge(LargeFiles);
        var flushed = await watched.Monitor.FlushAsync(Token).WaitAsync(Deadline, Token);
        var verified = await watched.Monitor.VerifyAsync(checksums: true, Token).WaitAsync(Deadline, Token);

        flushed.NotReached.Should().BeEquivalentTo(Named("is still being read."));
        (verified.IsComplete, verified.DifferenceCount).Should().Be((false, 0));
        verified.Problems.Should().BeEquivalentTo(Named("has no checksum yet, and its content was not compared."));

        IEnumerable<string> Named(string what) => LargeFiles.Select(name => $"'{watched.PathOf(name)}' {what}");
    }

    [Fact]
    public async Task Files_that_the_kernel_makes_are_summed_whatever_size_they_state()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux has them.");
        using var hasher = new FileHasher();
        foreach (var path in KernelFiles.Where(File.Exists))
        {
            var hash = await hasher.HashAsync(path, Token);
            (hash.Path, hash.Status).Should().Be((path, ChecksumStatus.Computed));
        }

        (await hasher.HashAsync("/proc/filesystems", Token)).Sha256.Should().Be(Content.Sha256(await File.ReadAllTextAsync("/proc/filesystems", Token)));
    }

    [Fact]
    public async Task A_sparse_file_has_the_checksum_of_its_zeros()
    {
        using var home = new TemporaryDirectory();
        var path = home.PathOf("sparse");
        await using (var file = File.Create(path))
        {
            file.SetLength(64 << 20);
            file.Position = 20 << 20;
            await file.WriteAsync("in between"u8.ToArray(), Token);
        }

        using var hasher = new FileHasher();
        var expected = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(await File.ReadAllBytesAsync(path, Token)));
        (await hasher.HashAsync(path, Token)).Sha256.Should().Be(expected);
    }

    private static async Task<Watched> StartAsync(ChangeSourceKind source, Action<FileMonitorOptions>? configure = null)
    {
        await TestSources.SkipUnlessUsableAsync(source);
        var watched = new Watched(source, configure);
        await watched.Monitor.StartAsync(Token);
        return watched;
    }

    private sealed class Watched : IAsyncDisposable
    {
        private readonly TemporaryDirectory _home = new();
        private readonly CapturingSink _sink = new();

        public Watched(ChangeSourceKind source, Action<FileMonitorOptions>? configure) => Monitor = FileSystemMonitor.Create(
            options =>
            {
                options.AddRoot(_home.Root);
                options.Source = source;
                options.Debounce.QuietPeriod = TimeSpan.FromMilliseconds(50);
                options.Debounce.MaxDelay = TimeSpan.FromSeconds(1);
                options.ShutdownTimeout = TimeSpan.FromSeconds(3);
                configure?.Invoke(options);
            },
            parts => parts.AddSink(_sink, SinkPromise.Required, "seen"));

        public FileSystemMonitor Monitor { get; }

        public string PathOf(string name) => _home.PathOf(name);

        public void MakeLarge(params string[] names)
        {
            foreach (var name in names)
            {
                using var file = File.Create(PathOf(name));
                file.SetLength(Tebibyte);
            }
        }

        public async Task UntilAsync(Func<IReadOnlyList<AuditEvent>, bool> until)
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
            deadline.CancelAfter(Deadline);
            await _sink.WaitForAsync(until, deadline.Token);
        }

        public async ValueTask DisposeAsync()
        {
            await Monitor.DisposeAsync();
            _home.Dispose();
        }
    }
}
