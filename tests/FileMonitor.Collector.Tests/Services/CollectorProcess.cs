using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace FileMonitor.Collector.Tests.Services;

/// <summary>The collector as a process of its own, as a service manager starts it.</summary>
internal sealed partial class CollectorProcess : IDisposable
{
    private readonly ServiceProcess _process;

    private CollectorProcess(ServiceProcess process) => _process = process;

    /// <summary>All it has written.</summary>
    public string Output => _process.Output;

    public static CollectorProcess Start(FleetPlace place, params string[] more) => Start(place, new Dictionary<string, string>(), more);

    public static CollectorProcess Start(FleetPlace place, IReadOnlyDictionary<string, string> environment, params string[] more) => new(ServiceProcess.Start(
        Path.Join(AppContext.BaseDirectory, "FileMonitor.Collector"),
        [.. place.Settings.Where(setting => setting.Key.StartsWith("Collector:", StringComparison.Ordinal)).Select(setting => $"--{setting.Key}={setting.Value}"), .. more],
        environment));

    public Task UntilReadingAsync() => Wait.UntilAsync("the collector reads the queues", () =>
        _process.HasExited ? throw new InvalidOperationException(Output) : Task.FromResult(Reading().IsMatch(Output)));

    /// <summary>The most memory that it had at once.</summary>
    public int PeakMebibytes()
    {
        var peak = File.ReadLines($"/proc/{_process.Id}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return int.Parse(peak.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
    }

    public TimeSpan CpuTime()
    {
        using var process = Process.GetProcessById(_process.Id);
        return process.TotalProcessorTime;
    }

    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public int WaitForExit()
    {
        _process.WaitForExit();
        return _process.ExitCode;
    }

    public void Dispose() => _process.Dispose();

    [GeneratedRegex("reading [0-9]+ queues")]
    private static partial Regex Reading();
}
