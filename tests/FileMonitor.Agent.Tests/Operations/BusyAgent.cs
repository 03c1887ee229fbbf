using System.Text.Json;
using Xunit;

namespace FileMonitor.Agent.Tests.Operations;

/// <summary>
/// An agent to which has happened what metrics speak of: changes, a pattern, a new directory, a sink, a root that went and came back,
/// comparisons after a loss and by the timer.
/// </summary>
public sealed class BusyAgent : IAsyncLifetime
{
    private readonly string _place = Directory.CreateTempSubdirectory("busy").FullName;
    private AgentProcess? _agent;

    /// <summary>The directory it watches.</summary>
    public string Root { get; private set; } = "";

    internal AgentProcess Agent
    {
        get
        {
            Assert.SkipUnless(OperatingSystem.IsLinux(), "Not every metric is there elsewhere.");
            return _agent ?? throw new InvalidOperationException("It has not started.");
        }
    }

    public async ValueTask InitializeAsync()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        Root = Directory.CreateDirectory(Path.Join(_place, "watched")).FullName;
        _agent = await AgentProcess.StartAsync(new Dictionary<string, string>
        {
            ["FileMonitor:Monitors:default:Roots:0:Path"] = Root,
            ["FileMonitor:Monitors:default:Roots:0:Ignore:0"] = "*.tmp",
            ["FileMonitor:Monitors:default:Debounce:QuietPeriod"] = "00:00:00.020",
            ["FileMonitor:Monitors:default:Recovery:RootCheckInterval"] = "00:00:00.050",
            ["FileMonitor:Monitors:default:Recovery:ReconcileInterval"] = "00:00:01",
            ["Agent:Monitors:default:JsonLinesFile:Path"] = Path.Join(_place, "events.jsonl"),
        });

        Write("left-out.tmp", "ignored");
        Write("report.txt", "one");
        Directory.CreateDirectory(InRoot("new/below"));
        Write("new/below/deep.txt", "deep");
        await UntilKnownAsync(4);
        Write("report.txt", "two");
        File.Delete(InRoot("new/below/deep.txt"));
        await UntilKnownAsync(3);

        // Behind its back: what changes while the root is away is found by comparing.
        var away = Path.Join(_place, "away");
        Directory.Move(Root, away);
        await _agent.UntilAsync("the root is lost", monitor => !monitor.GetProperty("roots")[0].GetProperty("isAvailable").GetBoolean());
        await File.WriteAllTextAsync(Path.Join(away, "meanwhile.txt"), "found later", TestContext.Current.CancellationToken);
        Directory.Move(away, Root);
        await UntilKnownAsync(4);
        await _agent.UntilAsync("the gap is closed", monitor => monitor.GetProperty("openGaps").GetArrayLength() == 0);
    }

    public async ValueTask DisposeAsync()
    {
        if (_agent is not null)
        {
            await _agent.DisposeAsync();
        }

        Directory.Delete(_place, recursive: true);
    }

    private Task<JsonElement> UntilKnownAsync(int items) =>
        _agent!.UntilAsync($"{items} items are known", monitor => monitor.GetProperty("knownItems").GetInt64() == items);

    private string InRoot(string path) => Path.Join(Root, path);

    private void Write(string path, string text) => File.WriteAllText(InRoot(path), text);
}
