using System.Diagnostics;
using System.Diagnostics.Metrics;
using FileMonitor.Extending;
using FileMonitor.Testing;

namespace FileMonitor.Benchmarks;

/// <summary>Scripted source to reader, no disk, no checksum: what the pipeline itself costs.</summary>
internal static class PipelineBenchmark
{
    private const string Root = "/watched";
    private const int MaxUnderWay = 50_000;

    public static async Task<int> RunAsync(string[] args)
    {
        var paths = args is [var count, ..] ? int.Parse(count, System.Globalization.CultureInfo.InvariantCulture) : 1_000_000;
        Console.WriteLine($"Pipeline: {paths:n0} hints, scripted source to reader, no disk, no checksum");
        Console.WriteLine($"{"",-34}{"hints/s",12}{"events/s",12}{"B/event",10}{"B/hint",10}{"gaps",6}{"CPU s",8}");
        for (var round = 0; round < 3; round++)
        {
            await MeasureAsync("each hint names its own path", paths, hintsPerPath: 1);
            await MeasureAsync("100 hints name one path", paths / 100, hintsPerPath: 100);
        }

        return 0;
    }

    /// <summary>What it costs to be looked at: nobody, then someone who reads all metrics ten times a second, then someone who takes the spans as well.</summary>
    public static async Task<int> ObservedAsync(string[] args)
    {
        var paths = args is [var count, ..] ? int.Parse(count, System.Globalization.CultureInfo.InvariantCulture) : 500_000;
        Console.WriteLine($"Observed: {paths:n0} hints, each names its own path; compare within a round");
        Console.WriteLine($"{"",-34}{"hints/s",12}{"events/s",12}{"B/event",10}{"B/hint",10}{"gaps",6}{"CPU s",8}");
        for (var round = 0; round < 5; round++)
        {
            await MeasureAsync("nobody listens", paths, hintsPerPath: 1);
            using (new Listener(spans: false))
            {
                await MeasureAsync("metrics", paths, hintsPerPath: 1);
            }

            using (new Listener(spans: true))
            {
                await MeasureAsync("metrics and spans", paths, hintsPerPath: 1);
            }
        }

        return 0;
    }

    private static async Task MeasureAsync(string title, int paths, int hintsPerPath)
    {
        var files = new InMemoryFileView();
        for (var directory = 0; directory < 100; directory++)
        {
            files.CreateDirectory($"{Root}/d{directory}");
        }

        var source = new ScriptedSource();
        await using var monitor = FileSystemMonitor.Create(
            options =>
            {
                options.AddRoot(Root);
                options.Checksum.Enabled = false;
                options.Debounce.QuietPeriod = TimeSpan.FromMilliseconds(20);
            },
            components =>
            {
                components.Source = () => source;
                components.FileView = files;
            });
        var events = 0L;
        var stream = monitor.ReadAllAsync();
        await monitor.StartAsync();

        var names = new string[paths];
        for (var i = 0; i < paths; i++)
        {
            names[i] = $"d{i % 100}/file{i}";
            files.WriteFile($"{Root}/{names[i]}", ReadOnlySpan<byte>.Empty);
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var processor = Environment.CpuUsage.TotalTime;
        var started = Stopwatch.GetTimestamp();
        var reading = Task.Run(async () =>
        {
            await foreach (var auditEvent in stream)
            {
                events++;
            }
        });

        var hints = (long)paths * hintsPerPath;
        await Task.Run(() => Feed(source, names, hintsPerPath, () => Volatile.Read(ref events)));
        await monitor.StopAsync();
        await reading;
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        var counters = monitor.GetHealth().Counters;
        if (!counters.Balances || counters.Pending != 0)
        {
            throw new InvalidOperationException("The counters do not balance.");
        }

        Console.WriteLine($"{title,-34}{hints / seconds,12:n0}{events / seconds,12:n0}{(double)allocated / events,10:n0}{(double)allocated / hints,10:n1}{counters.Gaps,6}{(Environment.CpuUsage.TotalTime - processor).TotalSeconds,8:n2}");
    }

    /// <summary>As fast as the pipeline takes it, never faster: what is refused is another path through the code.</summary>
    private static void Feed(ScriptedSource source, string[] names, int hintsPerPath, Func<long> events)
    {
        var fed = 0L;
        foreach (var name in names)
        {
            for (var hint = 0; hint < hintsPerPath; hint++)
            {
                source.Hint(hint == 0 ? FileChangeKind.Created : FileChangeKind.Modified, name);
            }

            fed++;
            while ((fed - events()) * hintsPerPath > MaxUnderWay)
            {
                Thread.Yield();
            }
        }
    }

    /// <summary>A host that wants everything, as an exporter does.</summary>
    private sealed class Listener : IDisposable
    {
        private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

        private readonly MeterListener _metrics = new() { InstrumentPublished = static (instrument, self) => Enable(instrument, self) };
        private readonly ActivityListener? _spans;
        private readonly Timer _timer;
        private long _measurements;

        public Listener(bool spans)
        {
            _metrics.SetMeasurementEventCallback<long>((_, _, _, _) => Interlocked.Increment(ref _measurements));
            _metrics.SetMeasurementEventCallback<double>((_, _, _, _) => Interlocked.Increment(ref _measurements));
            _metrics.Start();
            _timer = new Timer(_ => _metrics.RecordObservableInstruments(), null, Interval, Interval);
            if (spans)
            {
                _spans = new ActivityListener
                {
                    ShouldListenTo = static source => source.Name == "FileMonitor",
                    Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
                };
                ActivitySource.AddActivityListener(_spans);
            }
        }

        public void Dispose()
        {
            _timer.Dispose();
            _metrics.Dispose();
            _spans?.Dispose();
        }

        private static void Enable(Instrument instrument, MeterListener self)
        {
            if (instrument.Meter.Name == "FileMonitor")
            {
                self.EnableMeasurementEvents(instrument);
            }
        }
    }
}
