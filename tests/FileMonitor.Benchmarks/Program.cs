using FileMonitor.Benchmarks;
using FileMonitor.Benchmarks.Sources;
using FileMonitor.Benchmarks.Uploads;

return args switch
{
    ["all"] => await AllAsync(),
    ["baseline", .. var rest] => BaselineBenchmark.Run(rest),
    ["durable", .. var rest] => await DurableBenchmark.RunAsync(rest),
    ["hash", .. var rest] => HashBenchmark.Run(rest),
    ["journal", .. var rest] => await JournalBenchmark.RunAsync(rest),
    ["observed", .. var rest] => await PipelineBenchmark.ObservedAsync(rest),
    ["pipeline", .. var rest] => await PipelineBenchmark.RunAsync(rest),
    ["recovery", .. var rest] => await RecoveryBenchmark.RunAsync(rest),
    ["scan", .. var rest] => await ScanBenchmark.RunAsync(rest),
    ["sources", .. var rest] => await SourcesBenchmark.RunAsync(rest),
    ["steady", .. var rest] => LoadBenchmark.Steady(rest),
    ["storm", .. var rest] => LoadBenchmark.Storm(rest),
    ["uploads", .. var rest] => await UploadsBenchmark.RunAsync(rest),

    // What the benchmarks start in processes of their own.
    ["sources-monitor", var directory, var source, var sums] => await WatchedByUs.RunMonitorAsync(directory, source, sums),
    ["sources-raw", var directory] => WatchedByUs.RunRaw(directory),
    ["sources-writer", .. var rest] => SourceStorm.RunWriter(rest),
    ["steady-run", var subject] => await LoadBenchmark.SteadyRunAsync(subject),
    ["storm-run", var subject] => await LoadBenchmark.StormRunAsync(subject),
    ["writer", .. var rest] => await WriterProcess.RunAsync(rest),
    _ => Usage(),
};

static async Task<int> AllAsync() =>
    await PipelineBenchmark.RunAsync([]) + await PipelineBenchmark.ObservedAsync([]) + LoadBenchmark.Steady([]) + LoadBenchmark.Storm([]) + HashBenchmark.Run([]) + await JournalBenchmark.RunAsync([]) + await ScanBenchmark.RunAsync([])
    + await RecoveryBenchmark.RunAsync(["nested", "polled", "unpacked", "moved", "overflow"]);

static int Usage()
{
    Console.Error.WriteLine("Which benchmark? all, baseline, durable, pipeline, observed, steady, storm, hash, journal, scan, recovery, sources, uploads");
    return 2;
}
