using System.Globalization;
using System.Net.Sockets;
using FileMonitor.Agent.Status;
using Microsoft.Extensions.Hosting.Systemd;

namespace FileMonitor.Agent.Systemd;

/// <summary>
/// Notifies systemd as long as the agent works: a monitor that ended by a defect is as bad as a process that hangs, and a restart helps both.
/// </summary>
/// <remarks>The host starts and stops it; the timer only checks and notifies.</remarks>
internal sealed class Watchdog(ISystemdNotifier notifier, StatusReport report, TimeProvider time, WatchdogLimit limit) : IHostedService, IDisposable
{
    private static readonly ServiceState Works = new("WATCHDOG=1");

    private ITimer? _timer;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (limit.Within is { } within)
        {
            // Twice in that time, as sd_watchdog_enabled(3) advises.
            _timer = time.CreateTimer(_ => Tell(), state: null, TimeSpan.Zero, within / 2);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _timer?.Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => _timer?.Dispose();

    private void Tell()
    {
        if (report.IsLive)
        {
            try
            {
                notifier.Notify(Works);
            }
            catch (SocketException)
            {
                // The notification failed. If that goes on, systemd treats the process as hanging.
            }
        }
    }
}

/// <param name="Within">The time within which systemd expects a notification; null when it expects none.</param>
internal sealed record WatchdogLimit(TimeSpan? Within)
{
    /// <summary>Reads the variables that systemd sets, <c>WATCHDOG_USEC</c> and <c>WATCHDOG_PID</c>.</summary>
    public static WatchdogLimit Read(string? microseconds, string? processId)
    {
        // The variables are inherited; the second names the process that they are for.
        var isForUs = string.IsNullOrEmpty(processId) || processId == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        return new(isForUs && long.TryParse(microseconds, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit > 0
            ? TimeSpan.FromMicroseconds(limit)
            : null);
    }
}
