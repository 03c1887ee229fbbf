using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using FileMonitor.Durable.Baseline;
using FileMonitor.Extending;
using FileMonitor.Patterns;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Benchmarks;

/// <summary>What the stored baseline of a large tree costs: to write, to read, to keep up, on the disk and in memory.</summary>
internal static class BaselineBenchmark
{
    private const string Root = "/srv/data";
    private const int FilesInDirectory = 20;
    private const int Chunk = 10_000;
    private const int Batch = 256;

    public static int Run(string[] arguments)
    {
        var files = arguments is [var count, ..] ? int.Parse(count, CultureInfo.InvariantCulture) : 1_000_000;
        var directory = Directory.CreateTempSubdirectory("fm-baseline").FullName;
        try
        {
            Print($"Baseline of {files:n0} files in {files / FilesInDirectory:n0} directories, in {directory}");
            Write(directory, files);
            Read(directory, files);
            Update(directory, files, isNear: true);
            Update(directory, files, isNear: false);
            Rename(directory, files);
            return 0;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static void Write(string directory, int files)
    {
        var chunks = Tree(files).Chunk(Chunk).ToList();
        GC.Collect();
        var before = Memory();
        var started = Stopwatch.GetTimestamp();
        using (var store = Open(directory))
        {
            foreach (var chunk in chunks)
            {
                store.WriteChunk(Root, chunk);
            }

            store.Complete(Root, 1);
            Print($"  written in {Seconds(started):n2} s; {Memory() - before:n0} MB of the process more than before");
            started = Stopwatch.GetTimestamp();
            store.Flush();
            Print($"  on the disk after {Seconds(started):n2} s");
        }

        Print($"  {(double)new FileInfo(Path.Join(directory, BaselineFile.Name)).Length / files:n1} bytes of disk for each file");
    }

    private static void Read(string directory, int files)
    {
        for (var i = 0; i < 3; i++)
        {
            var started = Stopwatch.GetTimestamp();
            using var store = Open(directory);
            Print($"  opened in {Seconds(started) * 1000:n1} ms");
            started = Stopwatch.GetTimestamp();
            var before = Memory();
            var count = store.Load(Root).Count();
            Print($"  {count:n0} changes read in {Seconds(started):n2} s; {Memory() - before:n0} MB of the process more than before");
            if (count <= files)
            {
                throw new InvalidOperationException("Not all came back.");
            }
        }

        {
            using var store = Open(directory);
            var started = Stopwatch.GetTimestamp();
            var snapshot = new Snapshot(new MonitoredRoot(0, Root, Root, IgnoreRules.None), ignoresCase: false);
            foreach (var delta in store.Load(Root))
            {
                snapshot.Apply(delta);
            }

            Print($"  {snapshot.Count:n0} items read into a snapshot in {Seconds(started):n2} s");
        }
    }

    private static void Update(string directory, int files, bool isNear)
    {
        const int Batches = 400;
        var random = new Random(1);
        using var store = Open(directory);
        var took = new List<double>();
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < Batches; i++)
        {
            var first = random.Next(files - Batch);
            var deltas = Enumerable.Range(0, Batch).Select(number => isNear ? first + number : random.Next(files))
                .Select(number => TreeDelta.Update(FileOf(number), Status(number, i + 2)) with { Checksum = ChecksumStatus.Computed, Digest = Digest(number + i) }).ToList();
            var began = Stopwatch.GetTimestamp();
            store.Apply(Root, deltas, store.Applied + 1);
            took.Add(Seconds(began));
        }

        took.Sort();
        Print($"  {(isNear ? "neighbouring" : "random")} updates: {Batches * Batch / took.Sum():n0}/s, batches of {Batch}: p50 {took[Batches / 2] * 1000:n1} ms, p99 {took[Batches * 99 / 100] * 1000:n1} ms ({Seconds(started):n1} s, {Memory():n0} MB)");
    }

    private static void Rename(string directory, int files)
    {
        using var store = Open(directory);
        var started = Stopwatch.GetTimestamp();
        store.Apply(Root, [TreeDelta.Move("area-0", "area-moved")], store.Applied);
        Print($"  a directory renamed with {Math.Min(files, 100 * FilesInDirectory):n0} files in it: {Seconds(started) * 1000:n2} ms");
        started = Stopwatch.GetTimestamp();
        store.RemoveRoot(Root);
        Print($"  the root removed in {Seconds(started):n2} s");
    }

    private static IEnumerable<TreeDelta> Tree(int files)
    {
        var random = new Random(1);
        for (var directory = 0; directory < files / FilesInDirectory; directory++)
        {
            if (directory % 100 == 0)
            {
                yield return TreeDelta.Add($"area-{directory / 100}", DirectoryStatus);
            }

            yield return TreeDelta.Add($"area-{directory / 100}/directory-{directory}", DirectoryStatus);

            // In any order, as a directory lists them.
            foreach (var file in Enumerable.Range(directory * FilesInDirectory, FilesInDirectory).OrderBy(_ => random.Next()))
            {
                yield return TreeDelta.Add(FileOf(file), Status(file, 1)) with { Checksum = ChecksumStatus.Computed, Digest = Digest(file), IsAnnounced = true };
            }
        }
    }

    private static FileStatus DirectoryStatus => Status(0, 1) with { ItemType = ItemType.Directory };

    private static string FileOf(int file) =>
        string.Create(CultureInfo.InvariantCulture, $"area-{file / FilesInDirectory / 100}/directory-{file / FilesInDirectory}/report-{file:d7}.txt");

    private static FileStatus Status(int file, int version) => new()
    {
        Outcome = FileStatusOutcome.Found,
        ItemType = ItemType.File,
        Size = 1000 + (file * 7L % 1_000_000),
        LastWriteTicks = new DateTime(2026, 1, 1).Ticks + (file * 1_234_567L) + version,
        ChangeTicks = new DateTime(2026, 1, 1).Ticks + (file * 1_234_567L) + version,
        BirthTicks = new DateTime(2026, 1, 1).Ticks + (file * 1_234_567L),
        Device = 65_024,
        FileNumber = 5_000_000 + (ulong)file,
        Mode = 420,
        OwnerId = 1000,
        GroupId = 1000,
    };

    private static Sha256Digest Digest(int file) => Sha256Digest.From(SHA256.HashData(BitConverter.GetBytes(file)));

    private static BaselineStore Open(string directory) => BaselineStore.Open(directory, DateTimeOffset.UnixEpoch);

    private static double Seconds(long since) => Stopwatch.GetElapsedTime(since).TotalSeconds;

    private static double Memory()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64 / 1e6;
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
