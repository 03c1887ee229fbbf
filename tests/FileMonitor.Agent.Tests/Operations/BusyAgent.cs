using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace FileMonitor.Agent.Tests.Operations;

/// <summary>
/// An agent to which everything has happened that metrics speak of: changes, patterns, a new directory, a root that went and came back, a
/// sink that failed, comparisons after a loss and by the timer.
/// </summary>
public sealed class BusyAgent : IAsyncLifetime
{
    private readonly string _outside = Directory.CreateTempSubdirectory("beside").FullName;
    private RunningAgent? _agent;

    internal RunningAgent Agent => _agent ?? throw new InvalidOperationException("It has not started.");

    public async ValueTask InitializeAsync()
    {
        _agent = await RunningAgent.StartAsync(
            new Dictionary<string, string?>
            {
                ["FileMonitor:Monitors:default:Roots:0:Ignore:0"] = "*.tmp",
                ["FileMonitor:Monitors:default:Debounce:QuietPeriod"] = "00:00:00.020",
                ["FileMonitor:Monitors:default:Recovery:RootCheckInterval"] = "00:00:00.050",
                ["FileMonitor:Monitors:default:Recovery:ReconcileInterval"] = "00:00:01",
                ["Agent:Monitors:default:JsonLinesFile:Path"] = Path.Join(_outside, "events.jsonl"),
            },
            builder => builder.Services.AddFileMonitor("default", _ => { }).AddSink(_ => new SinkThatFailsOnce(), SinkPromise.BestEffort));
        var monitor = Agent.Services.GetRequiredService<IReadOnlyList<FileSystemMonitor>>()[0];

        Write("report.txt", "one");
        Write("left-out.tmp", "ignored");
        Directory.CreateDirectory(InRoot("new/below"));
        Write("new/below/deep.txt", "deep");
        await monitor.FlushAsync(TestContext.Current.CancellationToken);
        Write("report.txt", "two");
        File.Move(InRoot("new/below/deep.txt"), InRoot("new/moved.txt"));
        await monitor.FlushAsync(TestContext.Current.CancellationToken);
        File.Delete(InRoot("report.txt"));

        // Behind its back: what changes while the root is away is found by comparing.
        var away = Path.Join(_outside, "away");
        Directory.Move(Agent.Root, away);
        await UntilRootsAreAsync(monitor, available: false);
        await File.WriteAllTextAsync(Path.Join(away, "meanwhile.txt"), "found later", TestContext.Current.CancellationToken);
        Directory.Move(away, Agent.Root);
        await UntilRootsAreAsync(monitor, available: true);
        await monitor.FlushAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_agent is not null)
        {
            await _agent.DisposeAsync();
        }

        Directory.Delete(_outside, recursive: true);
    }

    private static Task<MonitorHealth> UntilRootsAreAsync(FileSystemMonitor monitor, bool available) =>
        Polling.UntilAsync($"the root is {(available ? "there" : "lost")}", _ => Task.FromResult(monitor.GetHealth()), health => health.Roots.All(root => root.IsAvailable == available));

    private string InRoot(string path) => Path.Join(Agent.Root, path);

    private void Write(string path, string text) => File.WriteAllText(InRoot(path), text);

    private sealed class SinkThatFailsOnce : IAuditEventSink
    {
        private bool _hasFailed;

        public Task WriteAsync(IReadOnlyList<AuditEvent> batch, CancellationToken cancellationToken)
        {
            if (_hasFailed)
            {
                return Task.CompletedTask;
            }

            _hasFailed = true;
            return Task.FromException(new IOException("Once."));
        }
    }
}
