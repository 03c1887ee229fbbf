using System.Runtime.CompilerServices;
using FileMonitor.Testing;
using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests;

/// <summary>
/// FileSystemWatcher on Linux: what it does at the kernel's limits, and what it leaves behind.
/// </summary>
/// <remarks>
/// The limits are lowered in a user namespace, so that nobody else on the machine meets them: the test starts this program again in one,
/// to run only the explicit test of the same name with "inside" before it.
/// </remarks>
[Collection(nameof(WholeProcess))]
public sealed class FileSystemWatcherSourceTests
{
    // As the kernel has it: fifteen characters.
    private const string Watcher = ".NET File Watch";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public Task At_the_limit_of_inotify_instances_a_root_is_compared_and_health_says_so() =>
        UserNamespace.RunInsideAsync("max_inotify_instances", limit: 0, nameof(Inside_a_start_without_inotify_instances_compares_and_says_so));

    [Fact]
    public Task At_the_limit_of_inotify_watches_the_rest_is_watched_and_the_gap_is_told_once() =>
        UserNamespace.RunInsideAsync("max_inotify_watches", limit: 20, nameof(Inside_a_start_with_too_few_watches_covers_what_it_can));

    [Fact(Explicit = true)]
    public async Task Inside_a_start_without_inotify_instances_compares_and_says_so()
    {
        await using var watched = await WatchedDirectory.StartAsync(configure: options =>
        {
            options.Source = ChangeSourceKind.FileSystemWatcher;
            options.Polling.Interval = TimeSpan.FromMilliseconds(50);
        });
        watched.Monitor.GetHealth().Degradations.Should().ContainSingle().Which.Should().Contain("inotify instances");

        await File.WriteAllTextAsync(watched.PathOf("f"), "one", Cancelled);

        await watched.UntilAsync(one => one.Kind == AuditEventKind.Gap && one.GapCause == GapCause.SourceError, "gap");
        await watched.UntilAsync(one => one.Kind == AuditEventKind.Created && one.RelativePath == "f", "file");
        watched.Monitor.GetHealth().State.Should().Be(MonitorState.Running);
    }

    [Fact(Explicit = true)]
    public async Task Inside_a_start_with_too_few_watches_covers_what_it_can()
    {
        await using var watched = await WatchedDirectory.StartAsync(before =>
        {
            for (var i = 0; i < 50; i++)
            {
                Directory.CreateDirectory(before.PathOf($"{i}"));
            }
        }, options => options.Source = ChangeSourceKind.FileSystemWatcher);
        for (var i = 0; i < 50; i++)
        {
            await File.WriteAllTextAsync(watched.PathOf($"{i}/f"), $"{i}", Cancelled);
        }

        await watched.UntilAsync(events => Enumerable.Range(0, 50).All(i => events.Any(one => one.Kind == AuditEventKind.Created && one.RelativePath == $"{i}/f")), "file in each directory");
        var degradations = watched.Monitor.GetHealth().Degradations;
        var events = await watched.DoneAsync();

        degradations.Should().ContainSingle().Which.Should().Contain("needs 51 inotify watches").And.Contain("allows 20").And.Contain("Raise user.max_inotify_watches");
        events.Where(one => one.Kind == AuditEventKind.Gap && one.GapPhase == GapPhase.Opened).Should().ContainSingle().Which.GapCause.Should().Be(GapCause.PartialCoverage);
        events.Where(one => one.Kind == AuditEventKind.Created && one.Origin == AuditEventOrigin.Live).Should().NotBeEmpty("the rest is watched");
        watched.Monitor.GetHealth().Counters.SourceRestarts.Should().Be(0);
    }

    [Fact]
    public async Task A_hundred_monitors_leave_no_descriptor_and_no_thread()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Counted in /proc.");
        using var home = new TemporaryDirectory();
        for (var run = 0; run < 100; run++)
        {
            await using var monitor = FileSystemMonitor.Create(options => WatchWithFileSystemWatcher(options, home.Root));
            await monitor.StartAsync(Cancelled);
            WholeProcess.CountInotify().Should().BePositive("the count must see what it counts");

            // A thread gets its name only when it runs.
            await WholeProcess.UntilAsync(() => WholeProcess.CountThreads(Watcher) > 0, () => "the count must see what it counts");
        }

        // The watcher's thread ends on its own time after the descriptor was closed.
        await WholeProcess.UntilAsync(() => WholeProcess.CountInotify() == 0 && WholeProcess.CountThreads(Watcher) == 0, () => $"{WholeProcess.CountInotify()} inotify descriptors and {WholeProcess.CountThreads(Watcher)} threads are left");
    }

    [Fact]
    public async Task A_start_that_fails_after_the_roots_were_armed_leaves_no_descriptor_and_no_thread()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Counted in /proc.");
        using var home = new TemporaryDirectory();
        for (var run = 0; run < 10; run++)
        {
            await using var monitor = FileSystemMonitor.Create(
                options => WatchWithFileSystemWatcher(options, home.Root), components => components.FileView = new BrokenFileView());

            await monitor.Invoking(one => one.StartAsync(Cancelled)).Should().ThrowAsync<InvalidDataException>();
        }

        await WholeProcess.UntilAsync(() => WholeProcess.CountInotify() == 0 && WholeProcess.CountThreads(Watcher) == 0, () => $"{WholeProcess.CountInotify()} inotify descriptors and {WholeProcess.CountThreads(Watcher)} threads are left");
    }

    [Fact]
    public async Task The_context_of_whoever_starts_a_monitor_does_not_live_as_long_as_the_monitor()
    {
        using var home = new TemporaryDirectory();
        var (monitor, request) = await StartInARequestAsync(home.Root);
        await using var disposed = monitor;
        await File.WriteAllTextAsync(home.PathOf("f"), "one", Cancelled);
        await monitor.ReadAllAsync(Cancelled).FirstAsync(Cancelled);

        await WholeProcess.UntilAsync(
            () =>
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                return !request.IsAlive;
            },
            () => "the request is still held");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<(FileSystemMonitor Monitor, WeakReference Request)> StartInARequestAsync(string root)
    {
        var context = new AsyncLocal<object?> { Value = new object() };
        var request = new WeakReference(context.Value);
        var monitor = FileSystemMonitor.Create(options => WatchWithFileSystemWatcher(options, root), components => components.AddSink(new CapturingSink()));
        await monitor.StartAsync(Cancelled);
        context.Value = null;
        return (monitor, request);
    }

    private static void WatchWithFileSystemWatcher(FileMonitorOptions options, string root)
    {
        options.AddRoot(root);
        options.Source = ChangeSourceKind.FileSystemWatcher;
    }

    /// <summary>Fails as no file system does: the baseline cannot be taken, and the start has to give up what it armed.</summary>
    private sealed class BrokenFileView : IFileView
    {
        public FileStatus GetStatus(string path) => throw new InvalidDataException();

        public string? GetLinkTarget(string path) => throw new InvalidDataException();

        public FileOpening Open(string path) => throw new InvalidDataException();

        public FileStatusOutcome List(string directory, Action<string, FileStatus> found) => throw new InvalidDataException();
    }
}
