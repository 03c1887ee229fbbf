using System.Diagnostics;

namespace FileMonitor.Collector.Tests.Services;

/// <summary>A program that a test starts and ends.</summary>
internal sealed class ServiceProcess : IDisposable
{
    private readonly Process _process;
    private readonly List<string> _lines = [];

    private ServiceProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>All it has written.</summary>
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

    public static ServiceProcess Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath() };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new(Process.Start(start)!);
    }

    /// <summary>Runs to its end; what it wrote is in the exception when it fails.</summary>
    public static void Run(string program, params string[] arguments)
    {
        using var process = Start(program, arguments);
        process._process.WaitForExit();
        if (process._process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} ended with {process._process.ExitCode}: {process.Output}");
        }
    }

    /// <summary>Ends a process as kill -9 does.</summary>
    public static void Kill(int id)
    {
        using var kill = Process.Start("kill", ["-KILL", $"{id}"]);
        kill.WaitForExit();
    }

    public void Kill() => Kill(Id);

    public void WaitForExit() => _process.WaitForExit();

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private void Take(string? line)
    {
        lock (_lines)
        {
            if (line is not null)
            {
                _lines.Add(line);
            }
        }
    }
}
