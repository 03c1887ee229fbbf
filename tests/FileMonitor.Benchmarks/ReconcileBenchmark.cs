using System.Diagnostics;
using System.Globalization;
using FileMonitor.Extending;

namespace FileMonitor.Benchmarks;

/// <summary>What comparing a large tree with the disk costs: by timer, and after a loss. The caches are warm, metadata only.</summary>
internal static class ReconcileBenchmark
{
    // Not a whole number, so that no other timer looks like it.
    private static readonly TimeSpan ShortInterval = TimeSpan.FromMilliseconds(1_234);
    private static readonly TimeSpan DefaultInterval = new RecoveryOptions().ReconcileInterval;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public static async Task<bool> PeriodicAsync()
    {
        const int Files = 100_000;
        const int Comparisons = 4;
        using var scratch = Scratch.InMemory(bytes: 1L << 30);
        ScanBenchmark.WriteTree(scratch.Watched, Files);
        Print($"Comparison by timer, {Files:n0} files in {Files / 10:n0} directories, in {scratch.Watched}");
        foreach (var entriesPerSecond in new[] { 0, new RecoveryOptions().EntriesPerSecond })
        {
            using var clock = new ComparisonClock(ShortInterval);
            await using var monitor = FileSystemMonitor.Create(
                options =>
                {
                    options.AddRoot(scratch.Watched);
                    options.Checksum.Enabled = false;
                    options.Recovery.ReconcileInterval = ShortInterval;
                    options.Recovery.EntriesPerSecond = entriesPerSecond;

                    // The comparison alone is to be counted.
                    options.Recovery.RootCheckInterval = TimeSpan.FromHours(1);
                },
                components => components.TimeProvider = clock);
            await monitor.StartAsync();

            // From the start of one pause to the start of another: each time a pause and a comparison. The first one also compiles.
            await clock.NextPauseAsync();
            await clock.NextPauseAsync();
            var started = Stopwatch.GetTimestamp();
            var used = Processor();
            var took = TimeSpan.Zero;
            for (var i = 0; i < Comparisons; i++)
            {
                took += await clock.NextPauseAsync() / 20;
            }

            var (elapsed, cost) = (Stopwatch.GetElapsedTime(started), (Processor() - used) / Comparisons);
            Print($"  {Limit(entriesPerSecond),-30}{cost.TotalSeconds:n3} s of processor time and {(took / Comparisons).TotalSeconds:n2} s for each of {Comparisons} within {elapsed.TotalSeconds:n0} s: {cost / DefaultInterval:p3} of one core at the default interval of {DefaultInterval.TotalMinutes:n0} min");
        }

        return true;
    }

    public static async Task<bool> LargeAsync()
    {
        const int Files = 1_000_000;
        const int Changed = 100;
        using var scratch = Scratch.InMemory(bytes: 4L << 30);
        ScanBenchmark.WriteTree(scratch.Watched, Files);
        Print($"Comparison after a loss, {Files:n0} files in {Files / 10:n0} directories, {Changed} of them changed, in {scratch.Watched}");
        var content = 0;
        var isExact = true;
        foreach (var entriesPerSecond in new[] { 0, new RecoveryOptions().EntriesPerSecond, 0, new RecoveryOptions().EntriesPerSecond })
        {
            var source = new SilentSource();
            await using var monitor = FileSystemMonitor.Create(
                options =>
                {
                    options.AddRoot(scratch.Watched);
                    options.Checksum.Enabled = false;
                    options.Recovery.ReconcileInterval = TimeSpan.Zero;
                    options.Recovery.EntriesPerSecond = entriesPerSecond;
                },
                components => components.Source = () => source);
            var events = monitor.ReadAllAsync();
            await monitor.StartAsync();
            content++;
            for (var i = 0; i < Changed; i++)
            {
                await File.AppendAllTextAsync(Path.Join(scratch.Watched, ScanBenchmark.FileOf(i * (Files / Changed))), content.ToString(CultureInfo.InvariantCulture));
            }

            var used = Processor();
            var started = Stopwatch.GetTimestamp();
            source.LoseEverything();
            var (modified, closing) = await ReadToClosingAsync(events).WaitAsync(Patience);
            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            var cost = Processor() - used;
            isExact &= modified == Changed && closing.Gap?.Found == Changed;
            Print($"  {Limit(entriesPerSecond),-30}{modified} changes told, gap closed after {seconds:n2} s ({Files * 1.1 / seconds:n0} entries/s), {cost.TotalSeconds:n2} s of processor time");
        }

        return isExact;
    }

    private static async Task<(int Modified, AuditEvent Closing)> ReadToClosingAsync(IAsyncEnumerable<AuditEvent> events)
    {
        var modified = 0;
        await foreach (var one in events)
        {
            modified += one.Kind == AuditEventKind.Modified ? 1 : 0;
            if (one.Gap?.Phase == GapPhase.Closed)
            {
                return (modified, one);
            }
        }

        throw new InvalidOperationException("The stream ended before the gap was closed.");
    }

    private static TimeSpan Processor()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime;
    }

    private static string Limit(int entriesPerSecond) =>
        entriesPerSecond == 0 ? "no limit:" : string.Create(CultureInfo.InvariantCulture, $"{entriesPerSecond:n0} entries/s at most:");

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    /// <summary>Says nothing of its own: what changes happens behind the monitor's back.</summary>
    private sealed class SilentSource : IChangeSource
    {
        private Action? _lose;

        public string Name => "Silent";

        public Task StartAsync(IReadOnlyList<MonitoredRoot> roots, IChangeWriter changes, CancellationToken cancellationToken)
        {
            _lose = () => changes.ReportLoss(roots[0], "", GapCause.SourceOverflow, "Everything, for a measurement.");
            return Task.CompletedTask;
        }

        public void LoseEverything() => _lose!();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    /// <summary>
    /// The system's clock; it tells of each pause between two comparisons. The monitor pauses for the interval, or for 20 times what the last
    /// comparison took when that is longer: no other timer of a monitor that has nothing to do is as long.
    /// </summary>
    private sealed class ComparisonClock(TimeSpan interval) : TimeProvider, IDisposable
    {
        private readonly SemaphoreSlim _paused = new(0);
        private long _ticks;

        public override long TimestampFrequency => System.TimestampFrequency;

        public override long GetTimestamp() => System.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime >= interval && dueTime < TimeSpan.FromHours(1) && period == Timeout.InfiniteTimeSpan)
            {
                Volatile.Write(ref _ticks, dueTime.Ticks);
                _paused.Release();
            }

            return System.CreateTimer(callback, state, dueTime, period);
        }

        /// <summary>Completes when a pause begins, with its length.</summary>
        public async Task<TimeSpan> NextPauseAsync()
        {
            if (!await _paused.WaitAsync(Patience))
            {
                throw new TimeoutException("No comparison came.");
            }

            return TimeSpan.FromTicks(Volatile.Read(ref _ticks));
        }

        public void Dispose() => _paused.Dispose();
    }
}
