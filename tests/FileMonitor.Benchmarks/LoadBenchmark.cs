using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace FileMonitor.Benchmarks;

/// <summary>
/// Real directories under load: our monitor with and without checksums beside a raw FileSystemWatcher that only counts, each in a process of
/// its own, in turn, in the same run.
/// </summary>
internal static class LoadBenchmark
{
    private static readonly string[] Subjects = ["monitor", "monitor-checksums", "raw"];

    public static int Steady(string[] args)
    {
        Console.WriteLine("1,000 writes per second for 10 s, quiet period 100 ms; latency from the end of the quiet period to delivery");
        Console.WriteLine($"{"",-20}{"writes",8}{"events",8}{"p50 ms",8}{"p99 ms",8}{"max ms",8}{"CPU of one core",18}{"peak MB",9}");
        return RunEach(args, "steady-run");
    }

    public static int Storm(string[] args)
    {
        Console.WriteLine("50,000 files of 1 KiB created as fast as possible in 200 existing directories");
        Console.WriteLine($"{"",-20}{"reported",9}{"wrong",7}{"twice",7}{"gaps",6}{"created in s",14}{"all told s",12}{"CPU s",8}{"peak MB",9}");
        return RunEach(args, "storm-run");
    }

    public static async Task<int> SteadyRunAsync(string subject)
    {
        const int PerSecond = 1000;
        const int Seconds = 10;
        var directory = Directory.CreateTempSubdirectory("fm-bench").FullName;
        try
        {
            for (var file = 0; file < PerSecond; file++)
            {
                await File.WriteAllBytesAsync(Path.Join(directory, string.Create(CultureInfo.InvariantCulture, $"f{file}")), new byte[1024]);
            }

            var latencies = new List<double>();
            var events = 0;
            var quiet = TimeSpan.FromMilliseconds(100);
            await using var watch = await StartAsync(subject, directory, quiet, auditEvent =>
            {
                events++;
                if (auditEvent is not null)
                {
                    latencies.Add((DateTimeOffset.UtcNow - auditEvent.OccurredAt - quiet).TotalMilliseconds);
                }
            });
            var cpu = Process.GetCurrentProcess().TotalProcessorTime;
            var started = Stopwatch.GetTimestamp();
            await WriterProcess.Start("steady", directory, PerSecond.ToString(CultureInfo.InvariantCulture), Seconds.ToString(CultureInfo.InvariantCulture)).WaitForExitAsync();
            var share = (Process.GetCurrentProcess().TotalProcessorTime - cpu) / Stopwatch.GetElapsedTime(started);
            await watch.DisposeAsync();
            latencies.Sort();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{subject,-20}{PerSecond * Seconds,8}{events,8}{At(latencies, 0.5),8:n1}{At(latencies, 0.99),8:n1}{At(latencies, 1),8:n1}{share,18:p1}{PeakMegabytes(),9:n0}"));
            return 0;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    public static async Task<int> StormRunAsync(string subject)
    {
        const int Files = 50_000;
        var directory = Directory.CreateTempSubdirectory("fm-bench").FullName;
        try
        {
            WriterProcess.MakeStormDirectories(directory);
            var created = new Dictionary<string, int>(Files);
            var (wrong, gaps) = (0, 0);
            await using var watch = await StartAsync(subject, directory, TimeSpan.FromMilliseconds(250), auditEvent =>
            {
                switch (auditEvent)
                {
                    case { Kind: AuditEventKind.Created }:
                        created[auditEvent.RelativePath] = created.GetValueOrDefault(auditEvent.RelativePath) + 1;
                        wrong += IsWrong(auditEvent, subject) ? 1 : 0;
                        break;
                    case { Kind: AuditEventKind.Gap }:
                        gaps++;
                        break;
                }
            });
            var cpu = Process.GetCurrentProcess().TotalProcessorTime;
            var started = Stopwatch.GetTimestamp();
            await WriterProcess.Start("storm", directory, Files.ToString(CultureInfo.InvariantCulture)).WaitForExitAsync();
            var written = Stopwatch.GetElapsedTime(started);

            // The kernel may still hold notifications: the stop drains what was accepted, so wait until all were, within reason.
            while (watch.Heard < Files && Stopwatch.GetElapsedTime(started) < written + TimeSpan.FromSeconds(10))
            {
                Thread.Yield();
            }

            await watch.DisposeAsync();
            var total = Stopwatch.GetElapsedTime(started);
            var used = Process.GetCurrentProcess().TotalProcessorTime - cpu;
            var reported = subject == "raw" ? watch.Heard : created.Count;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{subject,-20}{reported,9}{wrong,7}{created.Values.Count(times => times > 1),7}{gaps,6}{written.TotalSeconds,14:n2}{total.TotalSeconds,12:n2}{used.TotalSeconds,8:n2}{PeakMegabytes(),9:n0}"));
            return 0;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static int RunEach(string[] args, string command)
    {
        var rounds = args is [var count, ..] ? int.Parse(count, CultureInfo.InvariantCulture) : 3;
        for (var round = 0; round < rounds; round++)
        {
            foreach (var subject in Subjects)
            {
                using var run = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [command, subject]) { UseShellExecute = false })!;
                run.WaitForExit();
                if (run.ExitCode != 0)
                {
                    return run.ExitCode;
                }
            }
        }

        return 0;
    }

    private static async Task<Watch> StartAsync(string subject, string directory, TimeSpan quiet, Action<AuditEvent?> heard)
    {
        var watch = new Watch();
        if (subject == "raw")
        {
            watch.StartRaw(directory, () => heard(null));
        }
        else
        {
            await watch.StartAsync(directory, quiet, checksums: subject == "monitor-checksums", heard);
        }

        return watch;
    }

    private static bool IsWrong(AuditEvent created, string subject) =>
        subject == "monitor-checksums"
            ? created.Sha256 != Convert.ToHexStringLower(SHA256.HashData(WriterProcess.StormContent(int.Parse(created.RelativePath[(created.RelativePath.IndexOf('f', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture))))
            : created.Size != 1024;

    private static double At(List<double> sorted, double share) => sorted.Count == 0 ? 0 : sorted[(int)Math.Min(sorted.Count - 1, sorted.Count * share)];

    private static double PeakMegabytes() => Process.GetCurrentProcess().PeakWorkingSet64 / 1e6;

    /// <summary>What is measured: one of ours, or the raw watcher with the same filters.</summary>
    private sealed class Watch : IAsyncDisposable
    {
        private FileSystemMonitor? _monitor;
        private FileSystemWatcher? _raw;
        private Task _reading = Task.CompletedTask;
        private int _heard;

        public long Heard => _monitor is null ? Volatile.Read(ref _heard) : _monitor.GetHealth().Counters.Received / 2;

        public async Task StartAsync(string directory, TimeSpan quiet, bool checksums, Action<AuditEvent?> heard)
        {
            _monitor = FileSystemMonitor.Create(options =>
            {
                options.AddRoot(directory);
                options.Debounce.QuietPeriod = quiet;
                options.Checksum.Enabled = checksums;
            });
            var stream = _monitor.ReadAllAsync();
            await _monitor.StartAsync();
            _reading = Task.Run(async () =>
            {
                await foreach (var auditEvent in stream)
                {
                    heard(auditEvent);
                }
            });
        }

        public void StartRaw(string directory, Action heard)
        {
            _raw = new FileSystemWatcher(directory) { IncludeSubdirectories = true, NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite };
            _raw.Created += (_, _) => Interlocked.Increment(ref _heard);
            _raw.Changed += (_, _) => heard();
            _raw.EnableRaisingEvents = true;
        }

        public async ValueTask DisposeAsync()
        {
            _raw?.Dispose();
            if (_monitor is not null)
            {
                await _monitor.DisposeAsync();
                await _reading;
            }
        }
    }
}
