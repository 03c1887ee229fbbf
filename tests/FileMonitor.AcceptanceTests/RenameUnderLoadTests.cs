using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace FileMonitor.AcceptanceTests;

/// <summary>
/// Directories are renamed without pause while writers create files and directories in them: what a source knows of its directories is wrong
/// at nearly every moment. After each round the events add up to the disk, and a verification finds no difference.
/// </summary>
/// <remarks>A few seconds for each source; FILEMONITOR_RENAME_MINUTES=10 goes on for so long. The seed is in the message of a failure.</remarks>
public sealed class RenameUnderLoadTests
{
    private const int Writers = 2;
    private const int StepsInARound = 400;

    private static readonly TimeSpan Duration =
        double.TryParse(Environment.GetEnvironmentVariable("FILEMONITOR_RENAME_MINUTES"), NumberStyles.Float, CultureInfo.InvariantCulture, out var minutes)
            ? TimeSpan.FromMinutes(minutes)
            : TimeSpan.FromSeconds(3);

    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task The_events_add_up_to_the_disk(ChangeSourceKind source)
    {
        await TestSources.SkipUnlessUsableAsync(source);
        SystemLimits.SkipWhereRenamedDirectoriesKeepTheirNames(source);
        var seed = Environment.TickCount;
        var began = Stopwatch.GetTimestamp();
        var round = 0;
        try
        {
            // A monitor tells what it knows to the test, which keeps it all: a new one now and then, also because a start is part of the matter.
            while (round == 0 || Stopwatch.GetElapsedTime(began) < Duration)
            {
                await using var watched = await WatchedDirectory.StartAsync(Fill, options =>
                {
                    options.Source = source;
                    options.Polling.Interval = TimeSpan.FromMilliseconds(100);
                });
                for (var part = 0; part < 10 && (part == 0 || Stopwatch.GetElapsedTime(began) < Duration); part++, round++)
                {
                    await PlayAsync(watched, new Random(seed + round));
                    await watched.SettledAsync();
                }

                await watched.StopAsync(loses: true);
            }
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"{source}, seed {seed}, round {round}: {failure.Message}", failure);
        }
    }

    private static void Fill(WatchedDirectory watched)
    {
        for (var i = 0; i < 12; i++)
        {
            Directory.CreateDirectory(watched.PathOf($"n{i % 4}/n{i % 3}/n{i % 2}"));
            File.WriteAllText(watched.PathOf($"n{i % 4}/n{i % 3}/f{i}"), $"{i}");
        }
    }

    /// <summary>Some write until the one that renames is done.</summary>
    private static async Task PlayAsync(WatchedDirectory watched, Random dice)
    {
        using var enough = new CancellationTokenSource();
        var seeds = Enumerable.Range(0, Writers).Select(_ => dice.Next()).ToArray();
        var writing = seeds.Select((seed, writer) => Task.Run(() => Write(watched, new Random(seed), writer, enough.Token), TestContext.Current.CancellationToken)).ToArray();
        await Task.Run(() => Rename(watched, dice), TestContext.Current.CancellationToken);
        await enough.CancelAsync();
        await Task.WhenAll(writing);
    }

    private static void Rename(WatchedDirectory watched, Random dice)
    {
        for (var step = 0; step < StepsInARound; step++)
        {
            Try(() =>
            {
                switch (dice.Next(8))
                {
                    case 0 or 1 or 2:
                        // Often into another's subtree; over an empty directory it is a rename, over a full one it fails.
                        Move(ADirectory(watched, dice), ADirectory(watched, dice));
                        break;
                    case 3 when OperatingSystem.IsLinux():
                        DirectoryRename.Swap(ADirectory(watched, dice), ADirectory(watched, dice));
                        break;
                    case 3 or 4:
                        Swap(watched, ADirectory(watched, dice), ADirectory(watched, dice));
                        break;
                    case 5:
                        var empty = Directory.CreateDirectory(ADirectory(watched, dice)).FullName;
                        Move(ADirectory(watched, dice), empty);
                        break;
                    case 6:
                        Move(ADirectory(watched, dice), Path.Join(watched.Outside, "aside"));
                        Move(Path.Join(watched.Outside, "aside"), ADirectory(watched, dice));
                        break;
                    default:
                        var all = ADirectory(watched, dice);
                        if (all.Length > watched.Root.Length + 4)
                        {
                            Directory.Delete(all, recursive: true);
                        }

                        break;
                }
            });

            // What could not come back from outside makes room for the next.
            Try(() => Directory.Delete(Path.Join(watched.Outside, "aside"), recursive: true));
        }
    }

    private static void Write(WatchedDirectory watched, Random dice, int writer, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            Try(() =>
            {
                var directory = ADirectory(watched, dice);
                switch (dice.Next(6))
                {
                    case 0:
                        Directory.CreateDirectory(Path.Join(directory, $"n{dice.Next(4)}"));
                        break;
                    case 1:
                        Directory.CreateDirectory(Path.Join(directory, $"n{dice.Next(4)}/n{dice.Next(3)}"));
                        File.WriteAllText(Path.Join(directory, $"n{dice.Next(4)}/f{writer}"), $"{dice.Next()}");
                        break;
                    case 2:
                        File.Delete(Path.Join(directory, $"f{dice.Next(6)}"));
                        break;
                    case 3:
                        File.Move(Path.Join(directory, $"f{dice.Next(6)}"), Path.Join(ADirectory(watched, dice), $"f{dice.Next(6)}"), overwrite: true);
                        break;
                    default:
                        File.WriteAllText(Path.Join(directory, $"f{dice.Next(6)}"), $"{dice.Next()}");
                        break;
                }
            });
        }
    }

    private static string ADirectory(WatchedDirectory watched, Random dice)
    {
        var path = $"n{dice.Next(4)}";
        for (var depth = dice.Next(4); depth > 0; depth--)
        {
            path += $"/n{dice.Next(3)}";
        }

        return watched.PathOf(path);
    }

    private static void Swap(WatchedDirectory watched, string one, string other)
    {
        var aside = watched.PathOf("swap");
        Move(one, aside);
        try
        {
            Move(other, one);
        }
        finally
        {
            // Back where it was when the other could not take its place.
            Move(aside, Directory.Exists(other) ? one : other);
        }
    }

    private static void Move(string from, string to) => DirectoryRename.Over(from, to);

    private static void Try(Action act)
    {
        try
        {
            act();
        }
        catch (Exception lost) when (lost is IOException or UnauthorizedAccessException)
        {
            // Somebody else was faster, or it cannot be: the disk is right in any case.
        }
    }
}
