using System.Diagnostics;

namespace FileMonitor.Benchmarks.Sources;

/// <summary>
/// The inside of a process that watches one directory: events as lines on standard output, what the benchmark has to know on standard error
/// (<c>active</c>, <c>ready</c>, <c>flushed</c>). It ends with its standard input.
/// </summary>
internal static class WatchedByUs
{
    /// <summary>One FileSystemWatcher and a thread that writes: the handler must not wait for whoever reads the lines.</summary>
    public static int RunRaw(string directory)
    {
        var started = Stopwatch.GetTimestamp();
        using var output = Console.OpenStandardOutput();
        using var filled = new AutoResetEvent(initialState: false);
        var gate = new Lock();
        var (filling, writing) = (new LineBuffer(), new LineBuffer());
        using var watcher = new FileSystemWatcher(directory)
        {
            IncludeSubdirectories = true,
            InternalBufferSize = 64 * 1024,
            NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite | NotifyFilters.Size,
        };
        watcher.Created += (_, one) => Add("created", one.FullPath, "");
        watcher.Changed += (_, one) => Add("modified", one.FullPath, "");
        watcher.Deleted += (_, one) => Add("deleted", one.FullPath, "");
        watcher.Renamed += (_, one) => Add("renamed", one.FullPath, one.OldFullPath);
        watcher.Error += (_, one) => Add("error", "", one.GetException().Message.ReplaceLineEndings(" "));
        new Thread(WriteOut) { IsBackground = true }.Start();
        watcher.EnableRaisingEvents = true;
        Say("active", "FileSystemWatcher, alone");
        Say("ready", Elapsed(started));
        while (Console.ReadLine() is not null)
        {
        }

        return 0;

        void Add(string kind, string path, string detail)
        {
            lock (gate)
            {
                var wasEmpty = filling.IsEmpty;
                filling.Add(Stopwatch.GetTimestamp(), kind, size: -1, time: -1, root: "", path, detail);
                if (wasEmpty)
                {
                    filled.Set();
                }
            }
        }

        void WriteOut()
        {
            while (filled.WaitOne())
            {
                lock (gate)
                {
                    (filling, writing) = (writing, filling);
                }

                writing.MoveTo(output);
            }
        }
    }

    /// <summary>A monitor with the default options but for the source and whether content is summed, and one reader.</summary>
    public static async Task<int> RunMonitorAsync(string directory, string source, string sums)
    {
        var started = Stopwatch.GetTimestamp();
        var read = 0L;
        await using var monitor = FileSystemMonitor.Create(options =>
        {
            options.AddRoot(directory);
            options.Source = Enum.Parse<ChangeSourceKind>(source);
            options.Checksum.Enabled = sums == "sums";
        });
        var stream = monitor.ReadAllAsync();
        await monitor.StartAsync();
        var root = monitor.GetHealth().Roots[0];
        Say("active", root.Source, root.SourceReason ?? "");
        Say("ready", Elapsed(started));
        var reading = Task.Run(ReadAsync);
        while (Console.ReadLine() is not null)
        {
            var flushed = await monitor.FlushAsync();
            while (Volatile.Read(ref read) < flushed.Sequence && !reading.IsCompleted)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
            }

            Say("flushed", [.. flushed.Degradations, .. monitor.GetHealth().Degradations]);
        }

        await monitor.DisposeAsync();
        await reading;
        return 0;

        async Task ReadAsync()
        {
            await using var output = Console.OpenStandardOutput();
            var lines = new LineBuffer();
            var sequence = 0L;
            await using var events = stream.GetAsyncEnumerator();
            while (true)
            {
                // Nothing is there at the moment: what was collected goes out before the wait.
                var next = events.MoveNextAsync().AsTask();
                if (!next.IsCompleted || lines.IsFull)
                {
                    lines.MoveTo(output);
                    Volatile.Write(ref read, sequence);
                }

                if (!await next)
                {
                    lines.MoveTo(output);
                    return;
                }

                Add(lines, events.Current);
                sequence = events.Current.Sequence;
            }
        }
    }

    private static void Add(LineBuffer lines, AuditEvent one) => lines.Add(
        Stopwatch.GetTimestamp(),
        one.Kind switch
        {
            AuditEventKind.Created => "created",
            AuditEventKind.Modified => "modified",
            AuditEventKind.Deleted => "deleted",
            AuditEventKind.Renamed => "renamed",
            AuditEventKind.AttributesChanged => "attributes",
            AuditEventKind.Gap => one.Gap!.Phase == GapPhase.Closed ? "gap_closed" : "gap_opened",
            _ => "error",
        },
        one.Size ?? -1,
        one.LastWriteTime?.UtcTicks ?? -1,
        one.Root,
        one.RelativePath,
        one.OldRelativePath is { } old ? $"{one.Root}/{old}"
            : one.Gap is { } gap ? $"{gap.Cause}, {gap.Found ?? 0} found"
            : one.Kind > AuditEventKind.Gap ? one.Kind.ToString()
            : one.Sha256 ?? "");

    private static string Elapsed(long started) => Stopwatch.GetElapsedTime(started).TotalMilliseconds.ToString("0", System.Globalization.CultureInfo.InvariantCulture);

    private static void Say(string word, params string[] rest) => Console.Error.WriteLine(string.Join('\t', [word, .. rest.Select(text => text.ReplaceLineEndings(" "))]));
}
