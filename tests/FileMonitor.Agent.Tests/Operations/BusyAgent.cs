using System.Text.Json;
using Xunit;

namespace FileMonitor.Agent.Tests.Operations;

/// <summary>
/// An agent to which has happened what metrics speak of: changes, a pattern, a new directory, a sink, a root that went and came back,
/// comparisons after a loss and by the timer. A process of its own: meters of one name are one for whoever collects them in a process, so
/// metrics are only those of one agent where there is only one.
/// </summary>
public sealed class BusyAgent : IAsyncLifetime
{
    private readonly string _place = Directory.CreateTempSubdirectory("busy").FullName;
    private AgentProcess? _agent;
    private HttpClient? _client;

    /// <summary>The directory it watches.</summary>
    public string Root { get; private set; } = "";

    /// <summary>Where it listens.</summary>
    public Uri Address => Client.BaseAddress!;

    public HttpClient Client
    {
        get
        {
            Assert.SkipUnless(OperatingSystem.IsLinux(), "Not every metric is there elsewhere.");
            return _client ?? throw new InvalidOperationException("It has not started.");
        }
    }

    public async ValueTask InitializeAsync()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        Root = Directory.CreateDirectory(Path.Join(_place, "watched")).FullName;
        var settings = new Dictionary<string, string>
        {
            ["FileMonitor:Monitors:default:Roots:0:Path"] = Root,
            ["FileMonitor:Monitors:default:Roots:0:Ignore:0"] = "*.tmp",
            ["FileMonitor:Monitors:default:Debounce:QuietPeriod"] = "00:00:00.020",
            ["FileMonitor:Monitors:default:Recovery:RootCheckInterval"] = "00:00:00.050",
            ["FileMonitor:Monitors:default:Recovery:ReconcileInterval"] = "00:00:01",
            ["Agent:StateDirectory"] = Path.Join(_place, "state"),
            ["Agent:AnchorDirectory"] = Directory.CreateDirectory(Path.Join(_place, "anchors")).FullName,
            ["Agent:VerificationInterval"] = "1s",
            ["Agent:Monitors:default:JsonLinesFile:Path"] = Path.Join(_place, "events.jsonl"),
        };
        _agent = AgentProcess.Start(["--urls", "http://127.0.0.1:0", .. settings.Select(setting => $"--{setting.Key}={setting.Value}")]);
        try
        {
            _client = new HttpClient { BaseAddress = await _agent.AddressAsync() };
        }
        catch
        {
            _agent.Dispose();
            throw;
        }

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
        await UntilAsync("the root is lost", monitor => !monitor.GetProperty("roots")[0].GetProperty("isAvailable").GetBoolean());
        await File.WriteAllTextAsync(Path.Join(away, "meanwhile.txt"), "found later", TestContext.Current.CancellationToken);
        Directory.Move(away, Root);
        await UntilKnownAsync(4);
        await UntilAsync("the gap is closed", monitor => monitor.GetProperty("openGaps").GetArrayLength() == 0);
        await UntilAsync("the journal was verified", monitor => monitor.GetProperty("store").GetProperty("verification").ValueKind == JsonValueKind.Object);
        await UntilAsync("a checkpoint was anchored", monitor => monitor.GetProperty("store").GetProperty("anchor").GetProperty("anchored").ValueKind == JsonValueKind.Number);
    }

    public ValueTask DisposeAsync()
    {
        _client?.Dispose();
        _agent?.Dispose();
        Directory.Delete(_place, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Waits until what <c>/api/status</c> says of the one monitor will do.</summary>
    private Task<JsonElement> UntilAsync(string what, Func<JsonElement, bool> isIt) => Polling.UntilAsync(
        what,
        async token => JsonDocument.Parse(await Client.GetStringAsync(new Uri("/api/status", UriKind.Relative), token)).RootElement.GetProperty("monitors")[0],
        isIt);

    private Task<JsonElement> UntilKnownAsync(int items) =>
        UntilAsync($"{items} items are known", monitor => monitor.GetProperty("knownItems").GetInt64() == items);

    private string InRoot(string path) => Path.Join(Root, path);

    private void Write(string path, string text) => File.WriteAllText(InRoot(path), text);
}
