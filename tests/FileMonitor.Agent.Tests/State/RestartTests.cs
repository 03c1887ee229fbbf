using System.Text.Json;
using FileMonitor.Agent.Tests.Operations;
using Xunit;

namespace FileMonitor.Agent.Tests.State;

/// <summary>What the agent says of the time before its start: in its status, in its log, and by its exit code.</summary>
public sealed class RestartTests : IDisposable
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("agent-restart-");

    public RestartTests() => Root = _home.CreateSubdirectory("root").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Root { get; }

    private string State => Path.Join(_home.FullName, "state");

    [Fact]
    public async Task Killed_and_started_again_it_says_when_it_ran_and_what_changed_meanwhile()
    {
        await WriteAsync("service.conf", "port=1");
        await WriteAsync("gone.conf", "x");
        var before = DateTimeOffset.UtcNow;
        using (var first = Start())
        {
            var address = await first.AddressAsync();
            var restart = (await MonitorAsync(address)).GetProperty("restart");
            Assert.Equal("FirstStart", restart.GetProperty("knowledge").GetString());
            Assert.StartsWith("Nothing is known of the time before ", restart.GetProperty("summary").GetString(), StringComparison.Ordinal);
            Assert.Equal(JsonValueKind.Null, restart.GetProperty("lastRan").ValueKind);

            // Disposing it is SIGKILL.
        }

        await WriteAsync("service.conf", "port=2, and an open door");
        await WriteAsync("added.conf", "x");
        File.Delete(Path.Join(Root, "gone.conf"));
        using var second = Start();
        var again = await second.AddressAsync();

        var found = await Polling.UntilAsync(
            "the comparison is through",
            _ => MonitorAsync(again),
            monitor => monitor.GetProperty("restart").GetProperty("changes").EnumerateObject().Sum(kind => kind.Value.GetInt64()) == 3 && monitor.GetProperty("restart").GetProperty("knowledge").GetString() == "Known");
        var known = found.GetProperty("restart");
        Assert.Equal("""{"Created":1,"Modified":1,"Deleted":1}""", known.GetProperty("changes").GetRawText());
        Assert.InRange(known.GetProperty("lastRan").GetDateTimeOffset(), before.AddSeconds(-1), DateTimeOffset.UtcNow);
        var summary = known.GetProperty("summary").GetString()!;
        Assert.StartsWith($"Before this start it ran until {known.GetProperty("lastRan").GetDateTimeOffset().UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC at least. ", summary, StringComparison.Ordinal);
        Assert.EndsWith("While it did not run 3 changes were made: 1 created, 1 modified, 1 deleted.", summary, StringComparison.Ordinal);
        var store = found.GetProperty("store");
        Assert.Equal(Path.Join(State, "default"), store.GetProperty("directory").GetString());
        Assert.InRange(store.GetProperty("records").GetInt64(), 5, 100);

        // As it was when the state was opened, at least; the next look is a few seconds later.
        Assert.InRange(store.GetProperty("journalBytes").GetInt64(), 500, 1_000_000);
        Assert.Equal(JsonValueKind.Null, store.GetProperty("problem").ValueKind);
        Assert.DoesNotContain("Nothing is remembered", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_baseline_that_was_lost_is_said_with_its_roots()
    {
        await WriteAsync("a", "x");
        using (var first = Start())
        {
            await first.AddressAsync();
        }

        foreach (var file in Directory.GetFiles(Path.Join(State, "default"), "baseline.db*"))
        {
            await File.WriteAllTextAsync(file, new string('x', 8192), Token);
        }

        using var second = Start();
        var address = await second.AddressAsync();

        var monitor = await Polling.UntilAsync("the loss is told", _ => MonitorAsync(address), monitor => monitor.GetProperty("restart").GetProperty("knowledge").GetString() == "Lost");
        var restart = monitor.GetProperty("restart");
        Assert.Contains("is not known below one root", restart.GetProperty("summary").GetString(), StringComparison.Ordinal);
        var loss = Assert.Single(restart.GetProperty("losses").EnumerateArray());
        Assert.Equal(Root, loss.GetProperty("root").GetString());
        Assert.Contains("damaged", loss.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_journal_that_was_tampered_with_stops_the_start_with_a_sentence()
    {
        using (var first = Start())
        {
            await first.AddressAsync();
            first.Terminate();
            Assert.Equal(0, await first.EndAsync());
        }

        var segment = Directory.GetFiles(Path.Join(State, "default"), "*.ndjson").Order(StringComparer.Ordinal).Last();
        var text = await File.ReadAllTextAsync(segment, Token);
        await File.WriteAllTextAsync(segment, text.Replace("\"Started\"", "\"Stopped\"", StringComparison.Ordinal), Token);
        using var second = Start();

        Assert.Equal(1, await second.EndAsync());
        var sentence = Assert.Single(second.Output.Split('\n'), line => line.StartsWith("filemonitor-agent: ", StringComparison.Ordinal));
        Assert.Contains("damaged", sentence, StringComparison.Ordinal);
        Assert.Contains(State, sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_state_that_another_agent_has_stops_the_start_with_a_sentence()
    {
        var other = _home.CreateSubdirectory("other").FullName;
        using var first = Start("--FileMonitor:Monitors:other:Roots:0:Path=" + other);
        await first.AddressAsync();

        using var second = Start("--FileMonitor:Monitors:other:Roots:0:Path=" + other);

        // Each of its monitors, a sentence for each that got so far.
        Assert.Equal(1, await second.EndAsync());
        var sentences = second.Output.Split('\n').Where(line => line.StartsWith("filemonitor-agent: ", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(sentences);
        Assert.All(sentences, sentence => Assert.Contains("in use", sentence, StringComparison.Ordinal));
    }

    [Fact]
    public async Task State_inside_a_root_stops_the_start_with_a_sentence()
    {
        using var agent = AgentProcess.Start(["--root", Root, "--urls=http://127.0.0.1:0", $"--Agent:StateDirectory={Root}/state"]);

        Assert.Equal(1, await agent.EndAsync());
        Assert.Contains("filemonitor-agent: The state directory ", agent.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_state_directory_it_says_that_nothing_is_remembered()
    {
        using var agent = AgentProcess.Start(["--root", Root, "--urls=http://127.0.0.1:0"], new Dictionary<string, string> { ["STATE_DIRECTORY"] = "" });
        var monitor = await MonitorAsync(await agent.AddressAsync());

        Assert.Equal("NotKept", monitor.GetProperty("restart").GetProperty("knowledge").GetString());
        Assert.Equal(JsonValueKind.Null, monitor.GetProperty("store").ValueKind);
        Assert.Contains("Nothing is remembered across restarts", agent.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_directory_of_the_service_manager_is_used_and_is_for_its_user_alone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no modes.");
        using var agent = AgentProcess.Start(["--root", Root, "--urls=http://127.0.0.1:0"], new Dictionary<string, string> { ["STATE_DIRECTORY"] = State });
        await agent.AddressAsync();

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Join(State, "default")));
        }
    }

    public void Dispose() => _home.Delete(recursive: true);

    private static async Task<JsonElement> MonitorAsync(Uri address)
    {
        using var client = new HttpClient { BaseAddress = address };
        return JsonDocument.Parse(await client.GetStringAsync(new Uri("/api/status", UriKind.Relative), Token)).RootElement.GetProperty("monitors")[0];
    }

    private AgentProcess Start(params string[] more) => AgentProcess.Start(["--root", Root, "--urls=http://127.0.0.1:0", $"--Agent:StateDirectory={State}", .. more]);

    private Task WriteAsync(string name, string text) => File.WriteAllTextAsync(Path.Join(Root, name), text, Token);
}
