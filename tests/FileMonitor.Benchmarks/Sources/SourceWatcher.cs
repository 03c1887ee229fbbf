using System.Diagnostics;

namespace FileMonitor.Benchmarks.Sources;

/// <summary>
/// A watcher in a process of its own, seen from outside. Two threads read what it writes and when that came; what it means is found out
/// after the storm, so that nobody waits for the benchmark.
/// </summary>
internal sealed class SourceWatcher : IDisposable
{
    private readonly List<(long Arrived, byte[] Bytes)> _pieces = [];
    private readonly List<string> _complaints = [];
    private readonly Lock _gate = new();
    private readonly Process _process;
    private readonly Thread _reading;
    private readonly Thread _listening;
    private long _lastArrived = Stopwatch.GetTimestamp();
    private volatile string? _ready;
    private volatile string? _active;
    private volatile string? _flushed;

    private SourceWatcher(Process process)
    {
        _process = process;
        _reading = new Thread(Read) { IsBackground = true };
        _listening = new Thread(Listen) { IsBackground = true };
        _reading.Start();
        _listening.Start();
    }

    /// <summary>The source that the monitor's health names, and why.</summary>
    public string[] Active => _active?.Split('\t', StringSplitOptions.RemoveEmptyEntries) ?? [];

    public bool IsReady => _ready is not null;

    /// <summary>How long arming took by the watcher's own clock, which begins after its runtime has; null where it does not say.</summary>
    public double? ArmedSeconds => double.TryParse(_ready, System.Globalization.CultureInfo.InvariantCulture, out var milliseconds) ? milliseconds / 1000 : null;

    /// <summary>When something was last heard of it; its start, when nothing was.</summary>
    public long LastArrived => Volatile.Read(ref _lastArrived);

    public bool HasExited => _process.HasExited;

    public bool HoldsInotify => ProcessCost.HoldsInotify(_process.Id);

    /// <summary>What it wrote on standard error, and how it ended if it ended by itself.</summary>
    public IReadOnlyList<string> Complaints
    {
        get
        {
            lock (_gate)
            {
                return _process.HasExited && _flushed is null ? [.. _complaints, $"**it ended by itself**, exit code {_process.ExitCode}"] : [.. _complaints];
            }
        }
    }

    public static SourceWatcher Start(string program, params IEnumerable<string> arguments) => new(Process.Start(new ProcessStartInfo(program, arguments)
    {
        UseShellExecute = false,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!);

    public ProcessCost? ReadCost() => ProcessCost.Read(_process.Id);

    public Task<bool> ReadyAsync(TimeSpan patience) => UntilAsync(() => IsReady || HasExited, patience);

    /// <summary>Until nothing has come for so long, from the call on.</summary>
    public Task<bool> QuietAsync(TimeSpan quiet, TimeSpan patience)
    {
        var called = Stopwatch.GetTimestamp();
        return UntilAsync(() => Stopwatch.GetElapsedTime(Math.Max(called, LastArrived)) >= quiet || HasExited, patience);
    }

    /// <summary>Only a monitor of ours understands it: until everything that was done before is delivered, and its line written.</summary>
    public async Task<bool> FlushAsync(TimeSpan patience)
    {
        _flushed = null;
        try
        {
            await _process.StandardInput.WriteLineAsync("flush");
            await _process.StandardInput.FlushAsync();
        }
        catch (IOException)
        {
            // It has ended; the next line finds out.
        }

        return await UntilAsync(() => _flushed is not null || HasExited, patience) && _flushed is not null;
    }

    /// <summary>Ends the process, if it has not ended, and gives every line it wrote.</summary>
    public List<WatcherLine> End(string root)
    {
        _process.Kill();
        _process.WaitForExit();
        _reading.Join();
        _listening.Join();
        return WatcherLine.ParseAll(_pieces, root);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static async Task<bool> UntilAsync(Func<bool> condition, TimeSpan patience)
    {
        var started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(started) > patience)
            {
                return false;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System);
        }

        return true;
    }

    private void Read()
    {
        var buffer = new byte[64 * 1024];
        var output = _process.StandardOutput.BaseStream;
        while (output.Read(buffer) is > 0 and var count)
        {
            var now = Stopwatch.GetTimestamp();
            _pieces.Add((now, buffer[..count]));
            Volatile.Write(ref _lastArrived, now);
        }
    }

    private void Listen()
    {
        while (_process.StandardError.ReadLine() is { } line)
        {
            var tab = line.IndexOf('\t', StringComparison.Ordinal);
            var (word, rest) = tab < 0 ? (line, "") : (line[..tab], line[(tab + 1)..]);
            switch (word)
            {
                case "active":
                    _active = rest;
                    break;
                case "ready" or "Watches established.":
                    _ready = rest;
                    break;
                case "flushed":
                    Complain(rest);
                    _flushed = rest;
                    break;
                case var announcement when announcement.StartsWith("Setting up watches.", StringComparison.Ordinal):
                    break;
                default:
                    Complain(line);
                    break;
            }
        }
    }

    private void Complain(string text)
    {
        lock (_gate)
        {
            // The first few say why; a watch that cannot be had is complained about for each directory.
            if (text.Length > 0 && _complaints.Count < 3)
            {
                _complaints.Add(text.Replace('\t', ' '));
            }
        }
    }
}
