using System.Globalization;
using System.Net.Sockets;
using FileMonitor.Agent.Status;
using Microsoft.Extensions.Hosting.Systemd;

namespace FileMonitor.Agent.Systemd;

/// <summary>
/// Tells systemd that the agent works, as long as it does: a monitor that has ended by a defect is as bad as a process that hangs, and a
/// new start helps both.
/// </summary>
/// <remarks>The host starts and stops it; the timer's calls do nothing but ask and tell.</remarks>
internal sealed class Watchdog(ISystemdNotifier notifier, StatusReport report, TimeProvider time, WatchdogLimit limit) : IHostedService, IDisposable
{
    private static readonly ServiceState Works = new("WATCHDOG=1");

    private ITimer? _timer;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (limit.Within is { } within)
        {
            // Twice in that time, as sd_watchdog_enabled(3) has it.
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
                // It is not heard. If that goes on, systemd does what it does with a process that says nothing.
            }
        }
    }
}

/// <param name="Within">Within which time systemd wants to hear of this process; null when it does not.</param>
internal sealed record WatchdogLimit(TimeSpan? Within)
{
    /// <summary>Reads the variables that systemd sets, <c>WATCHDOG_USEC</c> and <c>WATCHDOG_PID</c>.</summary>
    public static WatchdogLimit Read(string? microseconds, string? processId)
    {
        // They are inherited; the second says whom they are meant for.
        var isForUs = string.IsNullOrEmpty(processId) || processId == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        return new(isForUs && long.TryParse(microseconds, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit > 0
            ? TimeSpan.FromMicroseconds(limit)
            : null);
    }
}
