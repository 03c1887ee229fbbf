using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;

namespace FileMonitor.Benchmarks.Uploads;

/// <summary>chokidar with <c>awaitWriteFinish</c>, in a process of its own.</summary>
internal sealed class ChokidarWatcher : IDisposable
{
    private readonly Process _process;

    private ChokidarWatcher(Process process) => _process = process;

    /// <summary>The versions, for the table.</summary>
    public string Version { get; private init; } = "";

    /// <param name="installed">Where <c>npm ci</c> put it.</param>
    /// <param name="directory">What is watched.</param>
    public static async Task<ChokidarWatcher> StartAsync(string installed, string directory)
    {
        var process = Process.Start(new ProcessStartInfo(Path.Join(installed, "node_modules/.bin/node"), [Path.Join(installed, "watch.mjs"), directory]) { RedirectStandardOutput = true, RedirectStandardInput = true })!;
        using var ready = JsonDocument.Parse(await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("chokidar ended before it watched."));
        using var package = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Join(installed, "node_modules/chokidar/package.json")));
        return new(process) { Version = $"chokidar {package.RootElement.GetProperty("version").GetString()}, node {ready.RootElement.GetProperty("ready").GetString()}" };
    }

    /// <summary>Ends when the process is ended.</summary>
    public async Task ReadAsync(Action<Told> told)
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            using var json = JsonDocument.Parse(line);
            var said = json.RootElement;
            if (said.TryGetProperty("error", out var error))
            {
                throw new InvalidOperationException($"chokidar: {error.GetString()}");
            }

            told(new(DateTimeOffset.FromUnixTimeMilliseconds(said.GetProperty("at").GetInt64()), Path.GetFileName(said.GetProperty("path").GetString()!), said.GetProperty("sha256").GetString()!));
        }
    }

    public void End() => _process.Kill();

    public void Dispose()
    {
        // Also after a failure, of which nobody ended it. One that has ended is left alone.
        _process.Kill();
        _process.Dispose();
    }
}

/// <summary>A monitor that reports complete files.</summary>
internal static class OurWatcher
{
    public static FileSystemMonitor Create(string directory) => FileSystemMonitor.Create(options =>
    {
        options.AddRoot(directory, root =>
        {
            root.ReportWhen = ReportWhen.Closed;
            root.Ignore.Add("*.part");
        });

        // Otherwise an hour: here it is to show what is told of a file that is never closed.
        options.Debounce.MaxHold = UploadsBenchmark.MaxHold;
    });

    public static async Task ReadAsync(IAsyncEnumerable<AuditEvent> events, Action<Told> told)
    {
        await foreach (var said in events)
        {
            if (said is { ItemType: ItemType.File, Kind: AuditEventKind.Created or AuditEventKind.Modified or AuditEventKind.Renamed })
            {
                var at = DateTimeOffset.UtcNow;
                if (await ContentAsync(said.Path) is { } sha256)
                {
                    told(new(at, said.RelativePath, sha256, said.Writers == FileWriters.Open));
                }
            }
        }
    }

    // As the host would, not the checksum of the event.
    private static async Task<string?> ContentAsync(string path)
    {
        try
        {
            return Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(path)));
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }
}
