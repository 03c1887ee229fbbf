using FileMonitor.Testing;
using FluentAssertions;

namespace FileMonitor.AcceptanceTests.FileRoots;

/// <summary>A monitor of <c>app/config.json</c> in a directory of its own. Unless a test says otherwise, only hints tell it of changes.</summary>
internal sealed class WatchedFile : IAsyncDisposable
{
    private readonly TemporaryDirectory _home = new();
    private readonly CapturingSink _seen = new();

    private WatchedFile(ChangeSourceKind source, Action<FileMonitorOptions>? configure) => Monitor = FileSystemMonitor.Create(
        options =>
        {
            options.AddFile(Path);
            options.Source = source;
            options.Report.Baseline = true;
            options.Debounce.QuietPeriod = TimeSpan.FromMilliseconds(50);
            options.Polling.Interval = TimeSpan.FromMilliseconds(50);
            options.Recovery.ReconcileInterval = TimeSpan.Zero;
            options.Recovery.RootCheckInterval = TimeSpan.FromHours(1);
            configure?.Invoke(options);
        },
        parts => parts.AddSink(_seen, SinkPromise.Required));

    public string Home => _home.Root;

    public string Path => _home.PathOf(FileScenario.File);

    public FileSystemMonitor Monitor { get; }

    /// <summary>Everything told since the start.</summary>
    public IReadOnlyList<AuditEvent> Events => SinceBaseline(_seen.Events);

    /// <param name="source">How changes are detected.</param>
    /// <param name="hasFile">Whether there is a file at the path at the start.</param>
    /// <param name="prepare">Makes what is there.</param>
    /// <param name="configure">Changes the options.</param>
    public static async Task<WatchedFile> StartAsync(ChangeSourceKind source, bool hasFile, Action<string> prepare, Action<FileMonitorOptions>? configure = null)
    {
        var watched = new WatchedFile(source, configure);
        try
        {
            prepare(watched.Home);
            await watched.Monitor.StartAsync().WaitAsync(WatchedDirectory.Deadline);

            // What was there is hashed in the background, and then told.
            await watched.UntilAsync(events => events.Count == (hasFile ? 1 : 0));
            return watched;
        }
        catch
        {
            await watched.DisposeAsync();
            throw;
        }
    }

    public Task UntilAsync(int count) => UntilAsync(events => SinceBaseline(events).Count >= count);

    /// <summary>Asserts what holds whenever nobody writes, and returns everything that was told.</summary>
    public async Task<IReadOnlyList<AuditEvent>> SettledAsync()
    {
        var flushed = await Monitor.FlushAsync().WaitAsync(WatchedDirectory.Deadline);
        flushed.IsComplete.Should().BeTrue(string.Join(' ', flushed.Degradations));
        var verified = await Monitor.VerifyAsync(checksums: true).WaitAsync(WatchedDirectory.Deadline);
        verified.Differences.Select(one => one.Detail).Should().BeEmpty();
        verified.Problems.Should().BeEmpty();
        Monitor.GetHealth().Counters.Balances.Should().BeTrue();
        return Events;
    }

    public async ValueTask DisposeAsync()
    {
        await Monitor.DisposeAsync().AsTask().WaitAsync(WatchedDirectory.Deadline);
        _home.Dispose();
    }

    private static List<AuditEvent> SinceBaseline(IReadOnlyList<AuditEvent> events) => [.. events.Where(one => one.Kind != AuditEventKind.Baseline)];

    private async Task UntilAsync(Func<IReadOnlyList<AuditEvent>, bool> until)
    {
        using var deadline = new CancellationTokenSource(WatchedDirectory.Deadline);
        await _seen.WaitForAsync(until, deadline.Token);
    }
}
