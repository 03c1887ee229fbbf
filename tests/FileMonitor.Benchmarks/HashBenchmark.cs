using System.Diagnostics;
using System.Globalization;

namespace FileMonitor.Benchmarks;

/// <summary>
/// The hasher against the tools people have: each comparison alternates between both in one run, and the ratio is taken pair by pair,
/// because a machine's speed drifts by more than they differ.
/// </summary>
internal static class HashBenchmark
{
    private const int Rounds = 5;

    /// <summary>Arguments: any of "large", "small", "tree"; all when none is given.</summary>
    public static int Run(string[] args)
    {
        var directory = Directory.CreateTempSubdirectory("filemonitor-hash-").FullName;
        try
        {
            if (args is [] || args.Contains("large"))
            {
                LargeFile(Path.Combine(directory, "large"));
            }

            if (args is [] || args.Contains("small"))
            {
                Concurrency(Path.Combine(directory, "small"));
            }

            if (args is [] || args.Contains("tree"))
            {
                Tree(Path.Combine(directory, "tree"), Path.Combine(directory, "aide"));
            }

            return 0;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static void LargeFile(string path)
    {
        WriteFile(path, 1L << 30);
        Compare(
            "one file of 1 GiB, cached",
            "openssl dgst -sha256", () => Execute("openssl", "dgst", "-sha256", path),
            "FileHasher", () => HashOne(path));
    }

    private static void Concurrency(string directory)
    {
        WriteTree(directory, files: 20_000, bytes: 16 * 1024);
        Compare(
            "20,000 files of 16 KiB, cached",
            "concurrency 1", () => HashTree(directory, concurrency: 1),
            "concurrency 2", () => HashTree(directory, concurrency: 2));
    }

    private static void Tree(string directory, string aide)
    {
        WriteTree(directory, files: 50_000, bytes: 4 * 1024);
        if (!IsInstalled("aide"))
        {
            Console.WriteLine("aide is not installed: FileHasher alone");
            Compare("50,000 files of 4 KiB, cached", "once", () => HashTree(directory, concurrency: 2), "again", () => HashTree(directory, concurrency: 2));
            return;
        }

        Directory.CreateDirectory(aide);
        var configuration = Path.Combine(aide, "aide.conf");
        File.WriteAllText(configuration, $"""
            database_out=file:{aide}/out.db
            gzip_dbout=no
            report_url=file:{aide}/report
            {directory} p+i+n+u+g+s+m+c+sha256

            """);
        Compare(
            "50,000 files of 4 KiB, cached",
            "aide --init", () => Execute("aide", "--init", "--config", configuration),
            "FileHasher", () => HashTree(directory, concurrency: 2));
    }

    private static void Compare(string title, string name, Action other, string ourName, Action ours)
    {
        // Once each beforehand: code is compiled, the cache is filled, and files are older than a clock's tick.
        other();
        ours();
        ours();
        var pairs = new (double Other, double Ours)[Rounds];
        for (var round = 0; round < Rounds; round++)
        {
            pairs[round] = (Seconds(other), Seconds(ours));
            Print($"  {title}: {name} {pairs[round].Other:F3} s, {ourName} {pairs[round].Ours:F3} s, ratio {pairs[round].Other / pairs[round].Ours:F2}");
        }

        PrintSpread(name, pairs.Select(pair => pair.Other), "F3");
        PrintSpread(ourName, pairs.Select(pair => pair.Ours), "F3");
        PrintSpread("ratio", pairs.Select(pair => pair.Other / pair.Ours), "F2");
    }

    private static void PrintSpread(string name, IEnumerable<double> values, string format)
    {
        var sorted = values.Order().Select(value => value.ToString(format, CultureInfo.InvariantCulture)).ToArray();
        Print($"{name,-22} min {sorted[0]}  median {sorted[Rounds / 2]}  max {sorted[^1]}");
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private static double Seconds(Action action)
    {
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static void HashOne(string path)
    {
        using var hasher = new FileHasher();
        var hash = hasher.HashAsync(path).GetAwaiter().GetResult();
        if (hash.Status != ChecksumStatus.Computed)
        {
            throw new InvalidOperationException($"{path}: {hash.Status} {hash.Detail}");
        }
    }

    private static void HashTree(string directory, int concurrency)
    {
        HashTreeAsync(directory, concurrency).GetAwaiter().GetResult();

        static async Task HashTreeAsync(string directory, int concurrency)
        {
            using var hasher = new FileHasher(new ChecksumOptions { Concurrency = concurrency });
            await foreach (var hash in hasher.HashTreesAsync([directory]))
            {
                if (hash.Status != ChecksumStatus.Computed)
                {
                    throw new InvalidOperationException($"{hash.Path}: {hash.Status} {hash.Detail}");
                }
            }
        }
    }

    private static void WriteTree(string directory, int files, int bytes)
    {
        var content = new byte[bytes];
        for (var file = 0; file < files; file++)
        {
            if (file % 500 == 0)
            {
                Directory.CreateDirectory(Path.Combine(directory, $"d{file / 500}"));
            }

            Random.Shared.NextBytes(content);
            File.WriteAllBytes(Path.Combine(directory, $"d{file / 500}", $"file-{file}.bin"), content);
        }
    }

    private static void WriteFile(string path, long bytes)
    {
        using var file = File.Create(path);
        var content = new byte[1024 * 1024];
        for (var written = 0L; written < bytes; written += content.Length)
        {
            Random.Shared.NextBytes(content);
            file.Write(content);
        }
    }

    private static bool IsInstalled(string tool) =>
        Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator).Any(place => File.Exists(Path.Combine(place, tool))) == true;

    private static void Execute(string tool, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(tool, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{tool} ended with {process.ExitCode}: {errors.Result}");
        }
    }
}
