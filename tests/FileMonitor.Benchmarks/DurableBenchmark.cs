using System.Diagnostics;
using System.Globalization;
using FileMonitor.Durable;
using FileMonitor.Extending;
using FileMonitor.Testing;

namespace FileMonitor.Benchmarks;

/// <summary>
/// What durable state costs: events through the pipeline with and without it, beside plain writes that are forced to the device; a start over files that did
/// not change; and a start that has to apply events once more.
/// </summary>
internal static class DurableBenchmark
{
    private const string Root = "/watched";
    private const int MostUnderWay = 20_000;
    private const int Step = 1_000;

    public static async Task<int> RunAsync(string[] args)
    {
        var events = args is [var count, ..] ? int.Parse(count, CultureInfo.InvariantCulture) : 100_000;
        var files = args is [_, var more, ..] ? int.Parse(more, CultureInfo.InvariantCulture) : 200_000;
        var home = Directory.CreateTempSubdirectory("filemonitor-bench-");
        try
        {
            for (var round = 0; round < 3; round++)
            {
                var state = Path.Join(home.FullName, $"state{round}");
                var without = await EventsAsync(events, state: null);
                var with = await EventsAsync(events, state);
                var bytes = Directory.EnumerateFiles(state, "*.ndjson").Sum(file => new FileInfo(file).Length) / events;
                var raw = PlainWrites(Path.Join(home.FullName, "raw"), (int)bytes, events);
                Console.WriteLine(FormattableString.Invariant(
                    $"{events:n0} events: without {without.PerSecond:n0}/s {without.MicrosecondsEach:n1} us CPU, durable {with.PerSecond:n0}/s {with.MicrosecondsEach:n1} us CPU, {bytes} B a line; plain writes of 256 lines, forced: {raw:n0} lines/s; ratio {with.PerSecond / raw:n2}"));
            }

            await RedoAsync(Path.Join(home.FullName, "redo"), events);
            await UnchangedAsync(home.FullName, files);
            return 0;
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }

    private static async Task<(double PerSecond, double MicrosecondsEach)> EventsAsync(int count, string? state, InMemoryFileView? files = null)
    {
        var source = new ScriptedSource();
        await using var monitor = Make(source, files ??= NewFiles(), state);
        var told = 0;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var events = monitor.ReadAllAsync();
        await monitor.StartAsync();
        for (var at = 0; at < count; at++)
        {
            files.WriteFile($"{Root}/d{at % 100}/file{at}", ReadOnlySpan<byte>.Empty);
        }

        // Whoever waits must not spin: its processor time would be counted.
        using var room = new SemaphoreSlim(MostUnderWay / Step);
        var cpu = Environment.CpuUsage.TotalTime;
        var started = Stopwatch.GetTimestamp();
        var reading = Task.Run(async () =>
        {
            await foreach (var _ in events)
            {
                if (++told % Step == 0)
                {
                    room.Release();
                }

                if (told == count)
                {
                    all.SetResult();
                }
            }
        });
        for (var at = 0; at < count; at++)
        {
            if (at % Step == 0)
            {
                await room.WaitAsync();
            }

            source.Hint(FileChangeKind.Created, $"d{at % 100}/file{at}");
        }

        await all.Task;
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var used = Environment.CpuUsage.TotalTime - cpu;
        await monitor.StopAsync();
        await reading;
        return (count / seconds, used.TotalMicroseconds / count);
    }

    /// <summary>The baseline is put back to what it was before the events, as after a crash that it did not follow to.</summary>
    private static async Task RedoAsync(string state, int events)
    {
        var files = NewFiles();
        await using (var first = Make(new ScriptedSource(), files, state))
        {
            await first.StartAsync();
        }

        var database = Path.Join(state, "baseline.db");
        var before = await File.ReadAllBytesAsync(database);
        await EventsAsync(events, state, files);
        await File.WriteAllBytesAsync(database, before);
        var started = Stopwatch.GetTimestamp();
        await using var second = Make(new ScriptedSource(), files, state);
        await second.StartAsync();
        Console.WriteLine(FormattableString.Invariant($"Start that applies {events:n0} events once more: {Stopwatch.GetElapsedTime(started).TotalSeconds:n2} s, {second.GetHealth().KnownItems:n0} items known"));
    }

    private static async Task UnchangedAsync(string home, int count)
    {
        var root = Directory.CreateDirectory(Path.Join(home, "tree")).FullName;
        for (var at = 0; at < count; at++)
        {
            var directory = Path.Join(root, $"{at / 4000}", $"{at / 20 % 200}");
            if (at % 20 == 0)
            {
                Directory.CreateDirectory(directory);
            }

            File.Create(Path.Join(directory, $"some-file-{at}.txt")).Dispose();
        }

        for (var run = 0; run < 3; run++)
        {
            var told = 0;
            await using var monitor = FileSystemMonitor.Create(options => options.AddRoot(root), components => components.UseDurableState(durable => durable.Directory = Path.Join(home, "unchanged")));
            var reading = Task.Run(async () =>
            {
                await foreach (var _ in monitor.ReadAllAsync())
                {
                    told++;
                }
            });
            var started = Stopwatch.GetTimestamp();
            await monitor.StartAsync();
            var running = Stopwatch.GetElapsedTime(started).TotalSeconds;
            await monitor.FlushAsync();
            var compared = Stopwatch.GetElapsedTime(started).TotalSeconds;
            GC.Collect();
            var memory = GC.GetTotalMemory(forceFullCollection: true);
            var disk = new FileInfo(Path.Join(home, "unchanged", "baseline.db")).Length;
            await monitor.StopAsync();
            await reading;
            Console.WriteLine(FormattableString.Invariant(
                $"Start {run + 1} over {count:n0} files: running after {running:n2} s, compared after {compared:n2} s, {told} events, {(double)disk / count:n0} B a file on disk, {(double)memory / count:n0} B in memory"));
        }
    }

    private static double PlainWrites(string path, int lineBytes, int lines)
    {
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
        var batch = new byte[256 * lineBytes];
        var started = Stopwatch.GetTimestamp();
        var at = 0L;
        for (var written = 0; written < lines; written += 256)
        {
            RandomAccess.Write(file, batch, at);
            RandomAccess.FlushToDisk(file);
            at += batch.Length;
        }

        return lines / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static InMemoryFileView NewFiles()
    {
        var files = new InMemoryFileView();
        for (var directory = 0; directory < 100; directory++)
        {
            files.CreateDirectory($"{Root}/d{directory}");
        }

        return files;
    }

    private static FileSystemMonitor Make(ScriptedSource source, InMemoryFileView files, string? state) => FileSystemMonitor.Create(
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
            if (state is not null)
            {
                components.UseDurableState(durable => durable.Directory = state);
            }
        });
}
