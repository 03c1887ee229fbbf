using System.Diagnostics;
using System.Globalization;

namespace FileMonitor.Benchmarks;

/// <summary>
/// What loses changes elsewhere, done to a monitor with its default options, checksums included: whether events, applied in order, still add
/// up to what is on disk, and how long that takes.
/// </summary>
internal static class RecoveryBenchmark
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Arguments: any of the names below; all of them when none is given.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        (string Name, Func<Task<bool>> RunAsync)[] all =
        [
            ("nested", () => NestedAsync("3,000 x 3 new directories and a file", ChangeSourceKind.FileSystemWatcher)),
            ("polled", () => NestedAsync("the same, polled every 2 s", ChangeSourceKind.Polling)),
            ("unpacked", UnpackedAsync),
            ("moved", MovedAsync),
            ("overflow", OverflowAsync),
            ("periodic", ReconcileBenchmark.PeriodicAsync),
            ("large", ReconcileBenchmark.LargeAsync),
        ];
        if (args is [] || args.Intersect(all.Select(one => one.Name).Except(["periodic", "large"])).Any())
        {
            Console.WriteLine("Recovery: missed = paths on one side only, wrong = other size or checksum, twice = created again, senseless = about what is not there");
            Console.WriteLine($"{"",-50}{"items",8}{"events",8}{"missed",8}{"wrong",7}{"twice",7}{"senseless",11}{"gaps opened",13}{"closed",8}{"written in s",14}{"all told s",12}");
        }

        var isExact = true;
        foreach (var (name, runAsync) in all)
        {
            if (args is [] || args.Contains(name))
            {
                isExact &= await runAsync();
            }
        }

        return isExact ? 0 : 1;
    }

    private static async Task<bool> NestedAsync(string title, ChangeSourceKind source)
    {
        await using var tree = await WatchedTree.StartAsync(Scratch.OnDisk(), options => options.Source = source);
        return await MeasureAsync(title, tree, () =>
        {
            for (var i = 0; i < 3_000; i++)
            {
                var directory = Directory.CreateDirectory(Path.Join(tree.Root, Name("d", i), "b", "c")).FullName;
                File.WriteAllText(Path.Join(directory, "file"), Name("content ", i));
            }
        });
    }

    private static async Task<bool> UnpackedAsync()
    {
        await using var tree = await WatchedTree.StartAsync(Scratch.OnDisk());
        return await MeasureAsync("40,000 files unpacked, half deleted, some remade", tree, () =>
        {
            WriteTrees(tree.Root, "t", first: 0, step: 1, files: 20);
            for (var i = 0; i < 2_000; i += 2)
            {
                Directory.Delete(Path.Join(tree.Root, Name("t", i)), recursive: true);
            }

            WriteTrees(tree.Root, "t", first: 0, step: 10, files: 20);
        });

        static void WriteTrees(string directory, string name, int first, int step, int files)
        {
            for (var i = first; i < 2_000; i += step)
            {
                WriteTree(Path.Join(directory, Name(name, i)), files, i);
            }
        }
    }

    private static async Task<bool> MovedAsync()
    {
        const int Trees = 200;
        const int Files = 50;
        await using var tree = await WatchedTree.StartAsync(Scratch.OnDisk());
        var outside = tree.Scratch.Outside;
        Directory.CreateDirectory(Path.Join(tree.Root, "new"));
        for (var i = 0; i < Trees; i++)
        {
            WriteTree(Path.Join(tree.Root, Name("within", i)), Files, i);
            WriteTree(Path.Join(tree.Root, Name("out", i)), Files, i);
            WriteTree(Path.Join(outside, Name("in", i)), Files, i);
        }

        await tree.FlushAsync();
        return await MeasureAsync("200 trees of 50 files within, 200 out, 200 in", tree, () =>
        {
            for (var i = 0; i < Trees; i++)
            {
                Directory.Move(Path.Join(tree.Root, Name("within", i)), Path.Join(tree.Root, "new", Name("moved", i)));
                Directory.Move(Path.Join(tree.Root, Name("out", i)), Path.Join(outside, Name("out", i)));
                Directory.Move(Path.Join(outside, Name("in", i)), Path.Join(tree.Root, Name("in", i)));
            }
        });
    }

    private static async Task<bool> OverflowAsync()
    {
        const int Files = 60_000;
        const int Directories = 200;
        using var clock = new GatedClock();
        await using var tree = await WatchedTree.StartAsync(
            Scratch.OnDisk(),
            options => options.Source = ChangeSourceKind.FileSystemWatcher,
            components => components.TimeProvider = clock);
        for (var i = 0; i < Directories; i++)
        {
            Directory.CreateDirectory(Path.Join(tree.Root, Name("d", i)));
        }

        await tree.FlushAsync();
        clock.Close();
        var started = Stopwatch.GetTimestamp();
        File.WriteAllText(Path.Join(tree.Root, "first"), "");
        await clock.Held.WaitAsync(Patience);
        await Task.Run(() =>
        {
            for (var i = 0; i < Files; i++)
            {
                File.WriteAllText(Path.Join(tree.Root, Name("d", i % Directories), Name("f", i)), Name("content ", i));
            }
        });
        var written = Stopwatch.GetElapsedTime(started);
        var healed = tree.WhenAsync((replay, _) => replay.GapsOpened > 0 && replay.GapsOpened == replay.ClosedGaps.Count);
        clock.Open();
        started = Stopwatch.GetTimestamp();
        await healed.WaitAsync(Patience);
        var healing = Stopwatch.GetElapsedTime(started);
        await tree.FlushAsync().WaitAsync(Patience);
        var isExact = Print("60,000 files behind a held watcher, then let go", tree.Compare(), written, Stopwatch.GetElapsedTime(started));
        var kernelQueue = OperatingSystem.IsLinux() ? (await File.ReadAllTextAsync("/proc/sys/fs/inotify/max_queued_events")).Trim() : "?";
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"    the kernel's queue holds {kernelQueue}; last gap closed {healing.TotalSeconds:n2} s, all told as above after it was let go: "
            + $"{string.Join(", ", tree.ClosedGaps.Select(gap => $"#{gap.Gap!.Number} {gap.Gap.Cause}, {gap.Gap.Found} changes found by comparing"))}"));
        return isExact;
    }

    private static async Task<bool> MeasureAsync(string title, WatchedTree tree, Action write)
    {
        var started = Stopwatch.GetTimestamp();
        await Task.Run(write);
        var written = Stopwatch.GetElapsedTime(started);
        await tree.FlushAsync().WaitAsync(Patience);
        var told = Stopwatch.GetElapsedTime(started);
        return Print(title, tree.Compare(), written, told);
    }

    private static bool Print(string title, TreeOutcome outcome, TimeSpan written, TimeSpan told)
    {
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{title,-50}{outcome.Items,8}{outcome.Events,8}{outcome.Missed,8}{outcome.Wrong,7}{outcome.Duplicates,7}{outcome.Senseless,11}{outcome.GapsOpened,13}{outcome.GapsClosed,8}{written.TotalSeconds,14:n2}{told.TotalSeconds,12:n2}"));
        return outcome.IsExact;
    }

    private static void WriteTree(string directory, int files, int content)
    {
        Directory.CreateDirectory(Path.Join(directory, "below"));
        for (var file = 0; file < files; file++)
        {
            File.WriteAllText(Path.Join(directory, file % 2 == 0 ? "" : "below", Name("f", file)), Name("content ", content + file));
        }
    }

    private static string Name(string prefix, int number) => string.Create(CultureInfo.InvariantCulture, $"{prefix}{number}");
}
