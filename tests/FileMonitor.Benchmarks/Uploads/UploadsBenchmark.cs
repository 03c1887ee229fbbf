using System.Collections.Concurrent;
using System.Globalization;

namespace FileMonitor.Benchmarks.Uploads;

/// <summary>
/// When is an uploaded file told of, and is it complete then? chokidar with <c>awaitWriteFinish</c> and our <see cref="ReportWhen.Closed"/> watch the same directory at the same time, while files
/// come into it in all the ways that hosts meet.
/// </summary>
internal static class UploadsBenchmark
{
    public static readonly TimeSpan MaxHold = TimeSpan.FromSeconds(15);

    /// <summary>How long everything is watched: longer than the longest upload and its last word.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(25);

    /// <returns>1 when ours is wrong in a row.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not [var installed])
        {
            Console.Error.WriteLine("uploads DIRECTORY: where chokidar was installed; make bench-uploads does that");
            return 2;
        }

        using var scratch = Scratch.OnDisk();
        var (theirs, ours) = (new ConcurrentQueue<Told>(), new ConcurrentQueue<Told>());
        using var chokidar = await ChokidarWatcher.StartAsync(installed, scratch.Watched);
        await using var monitor = OurWatcher.Create(scratch.Watched);
        var reading = Task.WhenAll(chokidar.ReadAsync(theirs.Enqueue), OurWatcher.ReadAsync(monitor.ReadAllAsync(), ours.Enqueue));
        await monitor.StartAsync();

        var places = Upload.All.Select(upload => new UploadPlace(scratch.Watched, scratch.Outside, upload.Name)).ToList();
        await Task.WhenAll(Upload.All.Zip(places, static (upload, place) => Task.Run(() =>
        {
            place.Begin();
            return upload.RunAsync(place);
        })));
        await monitor.StopAsync();
        chokidar.End();
        await reading;

        Console.WriteLine($"{DateTimeOffset.UtcNow:yyyy-MM-dd}, kernel {Environment.OSVersion.Version}, .NET {Environment.Version}; {chokidar.Version}.");
        Console.WriteLine();
        Console.WriteLine("| Upload | Complete after | chokidar: told after | FileMonitor: told after |");
        Console.WriteLine("|---|---|---|---|");
        var wrong = 0;
        foreach (var (upload, place) in Upload.All.Zip(places))
        {
            var (their, our) = (Row.Of(upload, place, theirs), Row.Of(upload, place, ours));
            wrong += our.IsRight ? 0 : 1;
            Console.WriteLine($"| {upload.Title} | {Row.Times(place, place.Complete.Select(complete => complete.At))} | {their.Words} | {our.Words} |");
        }

        Console.WriteLine();
        Console.WriteLine($"FileMonitor was wrong in {wrong} of {Upload.All.Count} rows.");
        return wrong == 0 ? 0 : 1;
    }

    /// <summary>What a watcher told of one upload, judged.</summary>
    private sealed record Row(string Words, bool IsRight)
    {
        public static Row Of(Upload upload, UploadPlace place, IEnumerable<Told> all)
        {
            var told = all.Where(one => one.Name == upload.Name).OrderBy(one => one.At).ToList();
            var contents = place.Complete.Select(complete => complete.Sha256).ToHashSet();
            bool IsWrong(Told one) => !one.IsCalledOpen && !contents.Contains(one.Sha256);

            // Told in the end, once for each complete content at most, and never as complete with another one.
            var isRight = !told.Exists(IsWrong)
                && (upload.IsNeverClosed || (told.Count > 0 && told.Count <= contents.Count && told[^1].Sha256 == place.Complete.Last().Sha256));
            var words = told.Count == 0
                ? "nothing"
                : string.Join(", ", told.Select(one => $"{After(place, one.At)}{(one.IsCalledOpen ? " as open" : IsWrong(one) ? " **incomplete**" : "")}"));
            return new(words, isRight);
        }

        public static string Times(UploadPlace place, IEnumerable<DateTimeOffset> times) =>
            string.Join(", ", times.Select(at => After(place, at))) is { Length: > 0 } text ? text : "never";

        private static string After(UploadPlace place, DateTimeOffset at) => string.Create(CultureInfo.InvariantCulture, $"{(at - place.Begun).TotalSeconds:0.0} s");
    }
}
