using System.Globalization;

namespace FileMonitor.Benchmarks.Sources;

/// <summary>The arguments of <c>sources</c>.</summary>
internal sealed class SourcesOptions
{
    public const string Usage = "sources [--only raw,fsw,inotify,inotify-sums,fanotify,inotifywait,c] [--storm 1,2,3,4,5,6] [--scale 0.1] [--reader FILE] [--disk]";

    /// <summary>Empty for all.</summary>
    public string[] Only { get; private set; } = [];

    /// <summary>Empty for all.</summary>
    public int[] Storms { get; private set; } = [];

    public double Scale { get; private set; } = 1;

    /// <summary>The C reader.</summary>
    public string? Reader { get; private set; }

    /// <summary>On the disk rather than in memory: there, the storms are as fast as the disk, and fanotify hears of everybody's changes.</summary>
    public bool OnDisk { get; private set; }

    /// <summary>Null when the arguments are wrong.</summary>
    public static SourcesOptions? Parse(string[] args)
    {
        var options = new SourcesOptions();
        for (var rest = args.AsSpan(); rest.Length > 0;)
        {
            switch (rest)
            {
                case ["--disk", ..]:
                    options.OnDisk = true;
                    rest = rest[1..];
                    continue;
                case ["--only", var names, ..] when names.Split(',') is var only && only.All(name => SourceSubject.All.Any(subject => subject.Name == name)):
                    options.Only = only;
                    break;
                case ["--storm", var numbers, ..] when numbers.Split(',') is var storms && storms.All(number => number is ['1' or '2' or '3' or '4' or '5' or '6']):
                    options.Storms = [.. storms.Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
                    break;
                case ["--scale", var text, ..] when double.TryParse(text, CultureInfo.InvariantCulture, out var scale) && scale is > 0 and <= 10:
                    options.Scale = scale;
                    break;
                case ["--reader", var file, ..]:
                    options.Reader = Path.GetFullPath(file);
                    break;
                default:
                    return null;
            }

            rest = rest[2..];
        }

        return options;
    }

    public bool Wants(int storm) => Storms.Length == 0 || Storms.Contains(storm);

    public Scratch NewScratch() => OnDisk ? Scratch.OnDisk() : Scratch.InMemory(4L << 30);
}
