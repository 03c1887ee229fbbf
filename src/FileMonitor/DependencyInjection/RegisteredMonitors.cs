using FileMonitor.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FileMonitor;

/// <summary>
/// Says, when the container is disposed, which of its monitors nobody ever asked for: a host that forgot to start one has a program that runs and watches nothing. A monitor that was
/// made says it itself. Thread-safe.
/// </summary>
/// <remarks>The container makes it with the first options of a monitor; a host, when it checks options at its start. Where neither happens, nobody is there to notice.</remarks>
internal sealed class RegisteredMonitors(IOptions<MonitorNames> names, ILogger<FileSystemMonitor>? logger = null) : IDisposable
{
    private readonly Lock _lock = new();

    // Under the lock.
    private readonly HashSet<string> _made = new(StringComparer.Ordinal);

    public void Made(string name)
    {
        lock (_lock)
        {
            _made.Add(name);
        }
    }

    public void Dispose()
    {
        if (logger is null)
        {
            return;
        }

        lock (_lock)
        {
            var guarded = new GuardedLogger(logger);
            foreach (var name in names.Value.All.Except(_made))
            {
                guarded.NeverStarted(name);
            }
        }
    }
}

/// <summary>The names of all monitors that were added to a container.</summary>
internal sealed class MonitorNames
{
    public List<string> All { get; } = [];
}
