using System.Diagnostics;
using System.Globalization;

namespace FileMonitor.Benchmarks.Sources;

/// <summary>One thing that is done to the watched directory: prepared before the watcher starts, then written by a process of its own.</summary>
/// <param name="HasTimes">Whether the writer notes when each operation began and ended, which gives latencies.</param>
/// <param name="WaitsForQuiet">Whether a flush of ours comes only when all is quiet: a flush does not wait for quiet periods, and these are measured.</param>
internal sealed record SourceStorm(int Number, string Title, Action<StormPlace> Prepare, Action<StormPlace> Write, bool HasTimes = false, bool WaitsForQuiet = false)
{
    private const int Directories = 200;

    public static readonly SourceStorm[] All =
    [
        new(1, "{0:n0} small files created in 200 directories", MakeDirectories, Create, HasTimes: true),
        new(2, "{1:n0} times three new directories and a file in the deepest", _ => { }, Nest, HasTimes: true),
        new(3, "{2:n0} files unpacked, half of them removed", MakeArchive, Unpack),
        new(4, "{3:n0} mixed operations", place => new MixedOperations(place.Watched).Begin(make: true), Mix),
        new(5, "1,000 writes per second, {4:n0} in all, onto 1,000 files", MakeFiles, WriteSteadily, HasTimes: true, WaitsForQuiet: true),
    ];

    public string TitleAt(double scale)
    {
        var place = new StormPlace("", "", scale);
        return string.Format(CultureInfo.InvariantCulture, Title, place.Scaled(50_000), place.Scaled(3_000), place.Scaled(400) * 100, place.Scaled(60_000), place.Scaled(10_000));
    }

    /// <summary>In the writer's process: number, watched directory, the one beside it, scale.</summary>
    public static int RunWriter(string[] args)
    {
        var storm = All[int.Parse(args[0], CultureInfo.InvariantCulture) - 1];
        var place = new StormPlace(args[1], args[2], double.Parse(args[3], CultureInfo.InvariantCulture));
        storm.Write(place);
        place.SaveTimes();
        return 0;
    }

    public static Process StartWriter(int number, StormPlace place) => Process.Start(new ProcessStartInfo(
        Environment.ProcessPath!,
        ["sources-writer", number.ToString(CultureInfo.InvariantCulture), place.Watched, place.Outside, place.Scale.ToString(CultureInfo.InvariantCulture)])
    {
        UseShellExecute = false,
    })!;

    private static void MakeDirectories(StormPlace place)
    {
        for (var i = 0; i < Directories; i++)
        {
            Directory.CreateDirectory(Path.Join(place.Watched, StormPlace.Name("d", i)));
        }
    }

    private static void Create(StormPlace place)
    {
        for (var i = 0; i < place.Scaled(50_000); i++)
        {
            place.Write(string.Create(CultureInfo.InvariantCulture, $"d{i % Directories}/f{i}"), FileMode.CreateNew, 100 + (i % 400), i);
        }
    }

    private static void Nest(StormPlace place)
    {
        for (var i = 0; i < place.Scaled(3_000); i++)
        {
            var directory = StormPlace.Name("d", i) + "/b/c";
            Directory.CreateDirectory(Path.Join(place.Watched, directory));
            place.Write(directory + "/file", FileMode.CreateNew, 100, i);
        }
    }

    private static void MakeArchive(StormPlace place)
    {
        if (!SourceSubject.IsInstalled("tar"))
        {
            return;
        }

        MakeTrees(place, place.Outside);
        Run("tar", "-c", "-f", Path.Join(place.Outside, "archive.tar"), "-C", place.Outside, "archive");
        Directory.Delete(Path.Join(place.Outside, "archive"), recursive: true);
    }

    private static void Unpack(StormPlace place)
    {
        var archive = Path.Join(place.Outside, "archive.tar");
        if (File.Exists(archive))
        {
            Run("tar", "-x", "-f", archive, "-C", place.Watched);
        }
        else
        {
            MakeTrees(place, place.Watched);
        }

        for (var i = 0; i < place.Scaled(400); i += 2)
        {
            Directory.Delete(Path.Join(place.Watched, "archive", StormPlace.Name("t", i)), recursive: true);
        }
    }

    /// <summary>400 trees of ten directories, ten files in each directory.</summary>
    private static void MakeTrees(StormPlace place, string directory)
    {
        for (var i = 0; i < place.Scaled(400); i++)
        {
            for (var j = 0; j < 10; j++)
            {
                var below = Directory.CreateDirectory(Path.Join(directory, "archive", StormPlace.Name("t", i), j == 0 ? "" : StormPlace.Name("b", j))).FullName;
                for (var file = 0; file < 10; file++)
                {
                    File.WriteAllText(Path.Join(below, StormPlace.Name("f", file)), StormPlace.Name("content ", i * file));
                }
            }
        }
    }

    private static void Mix(StormPlace place)
    {
        var operations = new MixedOperations(place.Watched);
        operations.Begin(make: false);
        for (var i = 0; i < place.Scaled(60_000); i++)
        {
            operations.Do();
        }
    }

    private static void MakeFiles(StormPlace place)
    {
        for (var i = 0; i < 1_000; i++)
        {
            File.WriteAllBytes(Path.Join(place.Watched, StormPlace.Name("f", i)), new byte[1_024]);
        }
    }

    private static void WriteSteadily(StormPlace place)
    {
        var started = Stopwatch.GetTimestamp();
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        for (var write = 0; write < place.Scaled(10_000); write++)
        {
            // It sleeps in between: a writer that spins would take one of few cores away.
            while (Stopwatch.GetElapsedTime(started).TotalMilliseconds < write)
            {
                ticks.WaitForNextTickAsync().AsTask().Wait();
            }

            place.Write(StormPlace.Name("f", write % 1_000), FileMode.Open, 1_024, write);
        }
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false })!;
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}.");
        }
    }
}
