using System.Diagnostics;
using System.Globalization;

namespace FileMonitor.Benchmarks;

/// <summary>Writes files from a process of its own, so that what the monitor costs can be read off the monitor's process alone.</summary>
internal static class WriterProcess
{
    private const int StormDirectories = 200;

    public static Process Start(params string[] arguments) =>
        Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["writer", .. arguments]) { UseShellExecute = false })!;

    /// <summary>The content of one file of a storm: different for each, so that a wrong checksum cannot pass.</summary>
    public static byte[] StormContent(int file)
    {
        var content = new byte[1024];
        new Random(file).NextBytes(content);
        return content;
    }

    public static string StormFile(string directory, int file) =>
        Path.Join(directory, string.Create(CultureInfo.InvariantCulture, $"d{file % StormDirectories}"), string.Create(CultureInfo.InvariantCulture, $"f{file}"));

    public static void MakeStormDirectories(string directory)
    {
        for (var i = 0; i < StormDirectories; i++)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(StormFile(directory, i))!);
        }
    }

    public static async Task<int> RunAsync(string[] args)
    {
        switch (args)
        {
            case ["storm", var directory, var files]:
                for (var file = 0; file < int.Parse(files, CultureInfo.InvariantCulture); file++)
                {
                    File.WriteAllBytes(StormFile(directory, file), StormContent(file));
                }

                return 0;
            case ["steady", var directory, var perSecond, var seconds]:
                await WriteSteadilyAsync(directory, int.Parse(perSecond, CultureInfo.InvariantCulture), int.Parse(seconds, CultureInfo.InvariantCulture));
                return 0;
            default:
                return 2;
        }
    }

    /// <summary>Each file is written again only after a second, long after its quiet period: every write is a change of its own.</summary>
    private static async Task WriteSteadilyAsync(string directory, int perSecond, int seconds)
    {
        var content = new byte[1024];
        var started = Stopwatch.GetTimestamp();
        for (var write = 0; write < perSecond * seconds; write++)
        {
            var due = TimeSpan.FromSeconds((double)write / perSecond);
            while (Stopwatch.GetElapsedTime(started) is var elapsed && elapsed < due)
            {
                if (due - elapsed > TimeSpan.FromMilliseconds(2))
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
                }
            }

            BitConverter.TryWriteBytes(content, write);
            File.WriteAllBytes(Path.Join(directory, string.Create(CultureInfo.InvariantCulture, $"f{write % perSecond}")), content);
        }
    }
}
