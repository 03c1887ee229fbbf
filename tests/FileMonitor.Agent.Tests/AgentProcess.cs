using System.Diagnostics;
using System.Text.RegularExpressions;
using Xunit;

namespace FileMonitor.Agent.Tests;

/// <summary>The agent as a process of its own, as a service manager starts it.</summary>
internal sealed partial class AgentProcess : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _lines = [];
    private Uri? _listening;

    private AgentProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public static string Program { get; } = Path.Join(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "FileMonitor.Agent.exe" : "FileMonitor.Agent");

    /// <summary>All it has written, to standard output and standard error.</summary>
    public string Output
    {
        get
        {
            lock (_lines)
            {
                return string.Join('\n', _lines);
            }
        }
    }

    public static AgentProcess Start(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? program = null)
    {
        var start = new ProcessStartInfo(program ?? Program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new(Process.Start(start)!);
    }

    /// <summary>Where it listens, once it has started: it listens before that.</summary>
    public async Task<Uri> AddressAsync()
    {
        var ended = _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        await Task.WhenAny(_address.Task, ended).WaitAsync(Deadline, TestContext.Current.CancellationToken);
        return _address.Task.IsCompletedSuccessfully ? await _address.Task : throw new InvalidOperationException("It ended: " + Output);
    }

    /// <summary>Its exit code.</summary>
    public async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Deadline, TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    /// <summary>What a service manager sends first.</summary>
    public void Terminate() => Signal("TERM");

    /// <summary>What reads the configuration again.</summary>
    public void HangUp() => Signal("HUP");

    /// <summary>Waits until it has written this so many times.</summary>
    public Task UntilSaidAsync(string words, int times = 1) => Operations.Polling.UntilAsync(
        $"it says {words}", _ => Task.FromResult(Output), output => output.Split(words).Length > times);

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    private void Take(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_lines)
        {
            _lines.Add(line);
        }

        if (ListeningOn().Match(line) is { Success: true } match)
        {
            _listening = new Uri(match.Groups[1].Value);
        }
        else if (line.Contains("Application started", StringComparison.Ordinal) && _listening is not null)
        {
            _address.TrySetResult(_listening);
        }
    }

    [GeneratedRegex("Now listening on: (http://\\S+)")]
    private static partial Regex ListeningOn();
}
