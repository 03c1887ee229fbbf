using System.Diagnostics;
using System.Runtime.CompilerServices;
using FileMonitor.Testing;
using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests;

/// <summary>Tests that count what the whole process holds; no other test may run meanwhile.</summary>
[CollectionDefinition(nameof(WholeProcess), DisableParallelization = true)]
public sealed class WholeProcess;

/// <summary>
/// The default source on Linux: what it does at the kernel's limits, and what it leaves behind.
/// </summary>
/// <remarks>
/// The limits are lowered in a user namespace, so that nobody else on the machine meets them: the test starts this program again in one,
/// to run only the explicit test of the same name with "inside" before it.
/// </remarks>
[Collection(nameof(WholeProcess))]
public sealed class FileSystemWatcherSourceTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public Task At_the_limit_of_inotify_instances_a_root_is_compared_and_health_says_so() =>
        RunInsideAsync("max_inotify_instances", limit: 0, nameof(Inside_a_start_without_inotify_instances_compares_and_says_so));

    [Fact]
    public Task At_the_limit_of_inotify_watches_the_rest_is_watched_and_the_gap_is_told_once() =>
        RunInsideAsync("max_inotify_watches", limit: 20, nameof(Inside_a_start_with_too_few_watches_covers_what_it_can));

    [Fact(Explicit = true)]
    public async Task Inside_a_start_without_inotify_instances_compares_and_says_so()
    {
        await using var watched = await WatchedDirectory.StartAsync(configure: options => options.Polling.Interval = TimeSpan.FromMilliseconds(50));
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
        });
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
            await using var monitor = FileSystemMonitor.Create(options => options.AddRoot(home.Root));
            await monitor.StartAsync(Cancelled);
            CountInotify().Should().BePositive("the count must see what it counts");

            // A thread gets its name only when it runs.
            await UntilAsync(() => CountThreads() > 0, () => "the count must see what it counts");
        }

        // The watcher's thread ends on its own time after the descriptor was closed.
        await UntilAsync(() => CountInotify() == 0 && CountThreads() == 0, () => $"{CountInotify()} inotify descriptors and {CountThreads()} threads are left");
    }

    [Fact]
    public async Task A_start_that_fails_after_the_roots_were_armed_leaves_no_descriptor_and_no_thread()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Counted in /proc.");
        using var home = new TemporaryDirectory();
        for (var run = 0; run < 10; run++)
        {
            await using var monitor = FileSystemMonitor.Create(
                options => options.AddRoot(home.Root), components => components.FileView = new BrokenFileView());

            await monitor.Invoking(one => one.StartAsync(Cancelled)).Should().ThrowAsync<InvalidDataException>();
        }

        await UntilAsync(() => CountInotify() == 0 && CountThreads() == 0, () => $"{CountInotify()} inotify descriptors and {CountThreads()} threads are left");
    }

    [Fact]
    public async Task The_context_of_whoever_starts_a_monitor_does_not_live_as_long_as_the_monitor()
    {
        using var home = new TemporaryDirectory();
        var (monitor, request) = await StartInARequestAsync(home.Root);
        await using var disposed = monitor;
        await File.WriteAllTextAsync(home.PathOf("f"), "one", Cancelled);
        await monitor.ReadAllAsync(Cancelled).FirstAsync(Cancelled);

        await UntilAsync(
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
        var monitor = FileSystemMonitor.Create(options => options.AddRoot(root), components => components.AddSink(new CapturingSink()));
        await monitor.StartAsync(Cancelled);
        context.Value = null;
        return (monitor, request);
    }

    private static async Task RunInsideAsync(string name, int limit, string test)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/unshare"), "Needs Linux and unshare.");
        var (canLower, _) = await RunAsync("unshare", "--user", "--map-root-user", "sh", "-c", $"echo {limit} > /proc/sys/user/{name}");
        Assert.SkipUnless(canLower == 0, "This machine lets nobody make a user namespace, or not lower a limit in one.");

        var itself = Environment.ProcessPath!;
        var assembly = Path.GetFileNameWithoutExtension(itself) == "dotnet" ? $"\"{typeof(FileSystemWatcherSourceTests).Assembly.Location}\"" : "";
        var (code, output) = await RunAsync(
            "unshare", "--user", "--map-root-user", "sh", "-c",
            $"echo {limit} > /proc/sys/user/{name} && exec \"{itself}\" {assembly} -noColor -explicit only -method '*.{test}'");

        code.Should().Be(0, output);
        output.Should().Contain("Total: 1");
    }

    private static async Task<(int Code, string Output)> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync(Cancelled);
        var output = await process.StandardOutput.ReadToEndAsync(Cancelled);
        await process.WaitForExitAsync(Cancelled);
        return (process.ExitCode, output + await errors);
    }

    private static int CountInotify() =>
        Directory.EnumerateFiles("/proc/self/fd").Count(link => new FileInfo(link).LinkTarget == "anon_inode:inotify");

    private static int CountThreads() =>
        Directory.EnumerateDirectories("/proc/self/task").Count(task => NameOf(task).StartsWith(".NET File Watch", StringComparison.Ordinal));

    private static string NameOf(string task)
    {
        try
        {
            return File.ReadAllText(Path.Join(task, "comm"));
        }
        catch (Exception ended) when (ended is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static async Task UntilAsync(Func<bool> condition, Func<string> otherwise)
    {
        using var deadline = new CancellationTokenSource(WatchedDirectory.Deadline);
        while (!condition())
        {
            deadline.IsCancellationRequested.Should().BeFalse(otherwise());
            await Task.Yield();
        }
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
