using System.Diagnostics;
using Xunit;

namespace FileMonitor.Cli.Tests;

/// <summary>The command as a process of its own: for what a signal does, which in this process would be one for the tests.</summary>
internal sealed class CliProcess : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly Lock _lock = new();
    private readonly List<string> _output = [];
    private readonly List<string> _error = [];
    private TaskCompletionSource _said = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private CliProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Take(_output, line.Data);
        process.ErrorDataReceived += (_, line) => Take(_error, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>What it has written to standard output.</summary>
    public string Output => Join(_output);

    /// <summary>What it has written to standard error.</summary>
    public string Error => Join(_error);

    public static CliProcess Start(params string[] arguments) => Start(Program, arguments);

    /// <summary>Starts it by nohup: with SIGHUP ignored.</summary>
    public static CliProcess StartByNohup(params string[] arguments) => Start("nohup", [Program, .. arguments]);

    /// <summary>Waits until standard error has the words.</summary>
    public async Task UntilSaidAsync(string words)
    {
        var ended = _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        while (true)
        {
            Task said;
            lock (_lock)
            {
                said = _said.Task;
            }

            if (Error.Contains(words, StringComparison.Ordinal))
            {
                return;
            }

            if (ended.IsCompleted)
            {
                throw new InvalidOperationException($"It ended without saying {words}: {Error}");
            }

            await Task.WhenAny(said, ended).WaitAsync(Deadline, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Its exit code, once all that it wrote is here.</summary>
    public async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Deadline, TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private static string Program { get; } = Path.Join(AppContext.BaseDirectory, "FileMonitor.Cli");

    private static CliProcess Start(string program, string[] arguments) =>
        new(Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!);

    private string Join(List<string> lines)
    {
        lock (_lock)
        {
            return string.Concat(lines.Select(line => line + "\n"));
        }
    }

    private void Take(List<string> lines, string? line)
    {
        TaskCompletionSource said;
        lock (_lock)
        {
            if (line is not null)
            {
                lines.Add(line);
            }

            said = _said;
            _said = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        said.TrySetResult();
    }
}
