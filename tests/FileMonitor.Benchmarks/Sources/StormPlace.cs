using System.Diagnostics;
using System.Globalization;

namespace FileMonitor.Benchmarks.Sources;

/// <summary>Where a storm rages, how large it is, and when each of its operations began and ended.</summary>
internal sealed class StormPlace(string watched, string outside, double scale)
{
    private readonly List<StormOperation> _operations = [];
    private readonly byte[] _content = new byte[4_096];

    public string Watched { get; } = watched;

    /// <summary>A directory beside it, on the same file system, that nobody watches.</summary>
    public string Outside { get; } = outside;

    public double Scale { get; } = scale;

    private string Times => Path.Join(Outside, "times");

    public static string Name(string prefix, int number) => string.Create(CultureInfo.InvariantCulture, $"{prefix}{number}");

    public int Scaled(int count) => Math.Max(2, (int)(count * Scale));

    /// <summary>Opens, writes, closes; the end is when the file is closed.</summary>
    public void Write(string path, FileMode mode, int bytes, int content)
    {
        BitConverter.TryWriteBytes(_content, content);
        var absolute = $"{Watched}/{path}";
        var began = Stopwatch.GetTimestamp();
        using (var file = File.OpenHandle(absolute, mode, FileAccess.Write, FileShare.ReadWrite))
        {
            RandomAccess.Write(file, _content.AsSpan(0, bytes), 0);
        }

        _operations.Add(new(began, Stopwatch.GetTimestamp(), path));
    }

    public void SaveTimes() =>
        File.WriteAllLines(Times, _operations.Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Began}\t{one.Ended}\t{one.Path}")));

    public List<StormOperation> ReadTimes() =>
    [
        .. File.ReadLines(Times).Select(line => line.Split('\t')).Select(fields =>
            new StormOperation(long.Parse(fields[0], CultureInfo.InvariantCulture), long.Parse(fields[1], CultureInfo.InvariantCulture), fields[2])),
    ];
}

/// <summary>One write of one file.</summary>
internal readonly record struct StormOperation(long Began, long Ended, string Path);
