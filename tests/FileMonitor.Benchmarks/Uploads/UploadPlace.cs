using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;

namespace FileMonitor.Benchmarks.Uploads;

/// <summary>One file that is uploaded: what writes it uses this, and notes when the file was complete, and with which content.</summary>
internal sealed class UploadPlace(string directory, string outside, string name)
{
    private static readonly TimeSpan Stall = TimeSpan.FromSeconds(3);

    private readonly ConcurrentQueue<(DateTimeOffset At, string Sha256)> _complete = new();

    public string Name => name;

    public string Path => System.IO.Path.Join(directory, name);

    /// <summary>The contents that a host may take for the upload, with the time since when each is there.</summary>
    public IReadOnlyCollection<(DateTimeOffset At, string Sha256)> Complete => _complete;

    public DateTimeOffset Begun { get; private set; }

    public void Begin() => Begun = DateTimeOffset.UtcNow;

    /// <summary>The file is complete now.</summary>
    public void IsComplete(byte[] content) => _complete.Enqueue((DateTimeOffset.UtcNow, Convert.ToHexStringLower(SHA256.HashData(content))));

    /// <summary>The connection stalls.</summary>
    public static Task StallAsync() => Task.Delay(Stall, TimeProvider.System);

    public static byte[] Bytes(int seed, int count)
    {
        var content = new byte[count];
        new Random(seed).NextBytes(content);
        return content;
    }

    public FileStream Open(string? suffix = null) => new(Path + suffix, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    /// <summary>Copies with rsync at 1 MiB/s, and holds the process in the middle of it for as long as a stall.</summary>
    public async Task RsyncAsync(byte[] content, bool inPlace)
    {
        var source = System.IO.Path.Join(outside, name);
        await File.WriteAllBytesAsync(source, content);
        string[] options = inPlace ? ["--inplace"] : [];
        using var rsync = Process.Start(new ProcessStartInfo("rsync", ["--bwlimit=1024", "--whole-file", .. options, source, Path]) { UseShellExecute = false })!;
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        await SignalAsync("STOP", rsync.Id);
        await StallAsync();
        await SignalAsync("CONT", rsync.Id);
        await rsync.WaitForExitAsync();
        IsComplete(content);
    }

    // rsync copies between processes: the one that we started and those that it starts.
    private static async Task SignalAsync(string signal, int process)
    {
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"kill -{signal} {process} $(pgrep -P {process} | while read child; do echo $child; pgrep -P $child; done)"]) { UseShellExecute = false })!;
        await shell.WaitForExitAsync();
    }
}
