using System.Diagnostics;
using System.Globalization;
using FileMonitor.Extending;
using FileMonitor.Patterns;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Benchmarks;

/// <summary>A large tree: how fast a monitor starts on it, and what knowing it costs in memory.</summary>
internal static class ScanBenchmark
{
    private const int FilesPerDirectory = 10;
    private const int DirectoriesPerGroup = 1_000;

    /// <summary>Arguments: how many files; then "disk" or "memory" for one half alone.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var files = args is [var count, ..] ? int.Parse(count, CultureInfo.InvariantCulture) : 1_000_000;
        Console.WriteLine($"Snapshot: {files:n0} files, {FilesPerDirectory} in each directory");
        if (!args.Contains("disk"))
        {
            Fill("in memory, no checksums", files, withChecksums: false);
            Fill("in memory, each with a checksum", files, withChecksums: true);
        }

        if (!args.Contains("memory"))
        {
            await ScanAsync(files);
        }

        return 0;
    }

    /// <summary>Empty files in directories two levels down.</summary>
    public static void WriteTree(string root, int files)
    {
        for (var file = 0; file < files; file++)
        {
            if (file % FilesPerDirectory == 0)
            {
                Directory.CreateDirectory(Path.Join(root, PathOf(file / FilesPerDirectory)));
            }

            File.Create(Path.Join(root, FileOf(file))).Dispose();
        }
    }

    /// <summary>The path of one of these files, below the root.</summary>
    public static string FileOf(int file) => Path.Join(PathOf(file / FilesPerDirectory), NameOf(file));

    private static async Task ScanAsync(int files)
    {
        var root = Directory.CreateTempSubdirectory("fm-bench").FullName;
        try
        {
            WriteTree(root, files);
            await StartAsync("start, on disk", root, files);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static async Task StartAsync(string title, string root, int files)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await using var monitor = FileSystemMonitor.Create(options =>
        {
            options.AddRoot(root);
            options.Checksum.Enabled = false;
        });
        var started = Stopwatch.GetTimestamp();
        await monitor.StartAsync();
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        using var process = Process.GetCurrentProcess();
        Print($"  {title,-34}{files / seconds,12:n0} files/s{(double)bytes / files,8:n1} managed B/file, working set {process.WorkingSet64 / 1e6:n0} MB, peak {process.PeakWorkingSet64 / 1e6:n0} MB, {monitor.GetHealth().Counters.Gaps} gaps");
    }

    private static void Fill(string title, int files, bool withChecksums)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var started = Stopwatch.GetTimestamp();
        var snapshot = new Snapshot(new MonitoredRoot(0, "/root", "/root", IgnoreRules.None));
        var digest = new byte[Sha256Digest.Length];
        var directory = snapshot.Top;
        for (var file = 0; file < files; file++)
        {
            if (file % FilesPerDirectory == 0)
            {
                directory = AddDirectories(snapshot, PathOf(file / FilesPerDirectory));
            }

            var entry = snapshot.Add(directory, NameOf(file), StatusOf(ItemType.File, snapshot.Count + 1));
            entry.IsAnnounced = true;
            if (withChecksums)
            {
                BitConverter.TryWriteBytes(digest, file);
                entry.SetChecksum(ChecksumStatus.Computed, Sha256Digest.From(digest));
            }
        }

        var filled = Stopwatch.GetElapsedTime(started).TotalSeconds;
        started = Stopwatch.GetTimestamp();
        snapshot.IndexIdentities();
        var indexed = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        started = Stopwatch.GetTimestamp();
        for (var file = 0; file < files; file++)
        {
            if (snapshot.Find(string.Concat(PathOf(file / FilesPerDirectory), "/", NameOf(file))) is null)
            {
                throw new InvalidOperationException($"File {file} is not found.");
            }
        }

        var found = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Print($"  {title,-34}{(double)bytes / files,8:n1} B/file, {1e9 * filled / files,6:n0} ns to add,{1e9 * indexed / files,6:n0} ns to index, {1e9 * found / files,6:n0} ns to find by path");
        GC.KeepAlive(snapshot);
    }

    private static SnapshotEntry AddDirectories(Snapshot snapshot, string path)
    {
        var group = snapshot.Find(PathText.DirectoryOf(path))
            ?? snapshot.Add(snapshot.Top, PathText.DirectoryOf(path).ToString(), StatusOf(ItemType.Directory, snapshot.Count + 1));
        return snapshot.Add(group, PathText.NameOf(path).ToString(), StatusOf(ItemType.Directory, snapshot.Count + 1));
    }

    private static FileStatus StatusOf(ItemType type, int number) => new()
    {
        Outcome = FileStatusOutcome.Found,
        ItemType = type,
        Size = 1,
        LastWriteTicks = DateTime.UnixEpoch.Ticks + number,
        Device = 0x103_0000_0001,
        FileNumber = (ulong)number,
        Mode = 0x1A4,
        OwnerId = 1000,
        GroupId = 1000,
        HardLinkCount = 1,
    };

    private static string PathOf(int directory) =>
        string.Create(CultureInfo.InvariantCulture, $"group-{directory / DirectoriesPerGroup:d3}/directory-{directory % DirectoriesPerGroup:d3}");

    private static string NameOf(int file) => string.Create(CultureInfo.InvariantCulture, $"file-{file % 100_000:d5}.txt");

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
