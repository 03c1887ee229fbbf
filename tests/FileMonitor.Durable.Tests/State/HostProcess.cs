using System.Diagnostics;
using System.Globalization;
using System.Text;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Durable.Tests.State;

/// <summary>A process of FileMonitor.KilledHost: a monitor with durable state and one consumer. It is killed when it is disposed.</summary>
internal sealed class HostProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly StringBuilder _errors = new();

    private HostProcess(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) => AddError(line.Data);
        process.BeginErrorReadLine();
    }

    public bool HasExited => _process.HasExited;

    /// <summary>Its warnings and errors up to now: the number, the name and the text of each.</summary>
    public string Errors
    {
        get
        {
            lock (_errors)
            {
                return _errors.ToString();
            }
        }
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Where the consumer of a host writes what it was told, before it acknowledges.</summary>
    public static string ConsumedBy(DurableHost host) => host.State + ".consumed";

    /// <param name="host">Has the directories.</param>
    /// <param name="step">The step of the journal's device at which the process kills itself; 0 for none.</param>
    /// <param name="environment">Variables besides its own.</param>
    public static HostProcess Start(DurableHost host, int step = 0, IEnumerable<KeyValuePair<string, string>>? environment = null)
    {
        var name = OperatingSystem.IsWindows() ? "FileMonitor.KilledHost.exe" : "FileMonitor.KilledHost";
        string[] arguments = [host.Root, host.State, ConsumedBy(host), step.ToString(CultureInfo.InvariantCulture)];
        var start = new ProcessStartInfo(Path.Join(AppContext.BaseDirectory, name), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (variable, value) in environment ?? [])
        {
            start.Environment[variable] = value;
        }

        return new HostProcess(Process.Start(start)!);
    }

    /// <summary>The next line that it writes: "ready" once it runs. Null when it has ended.</summary>
    public Task<string?> ReadLineAsync() => _process.StandardOutput.ReadLineAsync(Token).AsTask().WaitAsync(Patience, Token);

    public async Task WriteLineAsync(string line)
    {
        try
        {
            await _process.StandardInput.WriteLineAsync(line.AsMemory(), Token);
            await _process.StandardInput.FlushAsync(Token);
        }
        catch (IOException)
        {
            // It has ended.
        }
    }

    /// <summary>Fails unless it starts.</summary>
    public async Task BecomesReadyAsync() => (await ReadLineAsync()).Should().Be("ready", "{0}", Errors);

    /// <summary>What is wrong with its state; "well" when nothing is.</summary>
    public async Task<string?> HealthAsync()
    {
        await WriteLineAsync("health");
        return await ReadLineAsync();
    }

    /// <summary>Flushes and stops it, and fails unless both are done to the end.</summary>
    public async Task StopAsync()
    {
        await WriteLineAsync("stop");
        (await ReadLineAsync()).Should().Be("stopped", "{0}", Errors);
        await WaitForExitAsync();
    }

    public Task WaitForExitAsync() => _process.WaitForExitAsync(Token).WaitAsync(Patience, Token);

    /// <summary>Asks until the answer begins with a text.</summary>
    public async Task<string> UntilHealthAsync(string begin)
    {
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            var health = await HealthAsync();
            if (health?.StartsWith(begin, StringComparison.Ordinal) == true)
            {
                return health;
            }

            (HasExited || Stopwatch.GetElapsedTime(since) > Patience).Should().BeFalse("it says {0}: {1}", health, Errors);
        }
    }

    /// <summary>Waits for a warning or an error of this number.</summary>
    public async Task UntilErrorAsync(string number)
    {
        var since = Stopwatch.GetTimestamp();
        while (!Errors.Split('\n').Any(line => line.StartsWith(number + " ", StringComparison.Ordinal)))
        {
            (HasExited || Stopwatch.GetElapsedTime(since) > Patience).Should().BeFalse("only this was told: {0}", Errors);
            await Task.Yield();
        }
    }

    /// <summary>Waits until it ends by itself, but not longer, and kills it then.</summary>
    /// <returns>Whether it had ended by itself.</returns>
    public async Task<bool> KillAfterAsync(TimeSpan pause)
    {
        await _process.WaitForExitAsync(Token).WaitAsync(pause, Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var hadExited = _process.HasExited;
        _process.Kill();
        await WaitForExitAsync();
        return hadExited;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private void AddError(string? line)
    {
        lock (_errors)
        {
            _errors.Append(line).Append('\n');
        }
    }

    /// <summary>One run that is not disturbed: it tells what is left to be told.</summary>
    public static async Task RunInOrderAsync(DurableHost host)
    {
        using var process = Start(host);
        await process.BecomesReadyAsync();
        await process.StopAsync();
    }
}
