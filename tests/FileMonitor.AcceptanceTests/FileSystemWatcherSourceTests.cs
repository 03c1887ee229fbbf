using System.Runtime.CompilerServices;
using FileMonitor.Extending;
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
    public Task Inside_a_start_without_inotify_instances_compares_and_says_so() =>
        InotifyLimits.StartWithoutInstancesAsync(ChangeSourceKind.FileSystemWatcher);

    [Fact(Explicit = true)]
    public Task Inside_a_start_with_too_few_watches_covers_what_it_can() => InotifyLimits.StartWithTwentyWatchesAsync(ChangeSourceKind.FileSystemWatcher, needed: 62, "ignored ones count, too");

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
        public FileStatus GetStatus(string root, string relativePath) => throw new InvalidDataException();

        public string? GetLinkTarget(string root, string relativePath, out FileStatus link) => throw new InvalidDataException();

        public FileOpening Open(string root, string relativePath) => throw new InvalidDataException();

        public FileStatusOutcome List(string root, string relativeDirectory, Action<string, FileStatus> found) => throw new InvalidDataException();
    }
}
