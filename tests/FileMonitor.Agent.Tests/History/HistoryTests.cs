using System.Text.Json;
using FileMonitor.Agent.History;
using FileMonitor.Agent.Tests.State;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Agent.Tests.History;

/// <summary>What a running agent says of the last hours, over its runs.</summary>
public sealed class HistoryTests : IDisposable
{
    private readonly AgentRuns _runs = new();

    [Fact]
    public async Task Without_state_nothing_is_known_of_the_time_before_the_start()
    {
        await using var agent = await RunningAgent.StartAsync();
        Assert.StartsWith("Unknown, ", await StatesAsync(agent, "Watched"), StringComparison.Ordinal);
        Assert.Empty(await IncidentsAsync(agent));
    }

    [Fact]
    public async Task A_stop_and_a_run_that_was_not_stopped_are_told_apart()
    {
        await using (var first = await _runs.StartAsync())
        {
            await first.WriteAsync("a");
        }

        await using (var second = await _runs.StartAsync())
        {
            await second.WriteAsync("b");
            Assert.Equal("Unknown, Watched, NotRunning, Watched", await StatesAsync(second, "Watched"));
            Assert.Empty(await IncidentsAsync(second));
            CopyTo(_runs.StateDirectory, _runs.StateDirectory + "-killed");
        }

        Directory.Delete(_runs.StateDirectory, recursive: true);
        Directory.Move(_runs.StateDirectory + "-killed", _runs.StateDirectory);
        await using var third = await _runs.StartAsync();

        Assert.Equal("Unknown, Watched, NotRunning, Watched, NotRunning, Watched", await StatesAsync(third, "Watched"));
        Assert.Equal("RunEnded Closed kept", Assert.Single(await IncidentsAsync(third)));
        Assert.Equal("RunEnded Closed kept", Assert.Single(await IncidentsAsync(third)));
    }

    [Fact]
    public async Task A_lost_root_is_an_incident_of_this_run_and_of_the_next()
    {
        await using (var first = await _runs.StartAsync())
        {
            Directory.Move(_runs.Root, _runs.Root + "-away");
            await Wait.UntilAsync(() => first.Monitor.GetHealth().OpenGaps.Count > 0);
            await Wait.UntilAsync(async () => (await IncidentsAsync(first)).SequenceEqual(["RootLost Open kept"]));
            Assert.EndsWith(", RootLost", await StatesAsync(first, "RootLost"), StringComparison.Ordinal);
            Directory.Move(_runs.Root + "-away", _runs.Root);
            await Wait.UntilAsync(() => first.Monitor.GetHealth().OpenGaps.Count == 0);
            await Wait.UntilAsync(async () => (await IncidentsAsync(first)).SequenceEqual(["RootLost Closed kept"]));
            await first.WriteAsync("a");
        }

        await using var second = await _runs.StartAsync();
        Assert.Contains("RootLost", await StatesAsync(second, "Watched"), StringComparison.Ordinal);
        Assert.Equal("RootLost Closed kept", Assert.Single(await IncidentsAsync(second)));
        var incident = (await second.GetJsonAsync("/api/incidents")).GetProperty("incidents")[0];
        var found = await second.GetJsonAsync($"/api/events?monitor=default&sequence={incident.GetProperty("sequence")}&id={incident.GetProperty("eventId").GetString()}");
        Assert.Equal("Gap", found.GetProperty("events")[0].GetProperty("kind").GetString());
    }

    [Fact]
    public async Task A_sink_that_fails_is_an_incident_of_this_run()
    {
        var blocked = Path.Join(_runs.Subdirectory("out"), "file", "events.jsonl");
        await File.WriteAllTextAsync(Path.GetDirectoryName(blocked)!, "no directory", TestContext.Current.CancellationToken);
        _runs.Settings["Agent:Monitors:default:JsonLinesFile:Path"] = blocked;
        _runs.Settings["FileMonitor:Monitors:default:ShutdownTimeout"] = "100ms";
        await using var agent = await _runs.StartAsync();
        await File.WriteAllTextAsync(_runs.PathOf("a"), "a", TestContext.Current.CancellationToken);

        await Wait.UntilAsync(async () => (await IncidentsAsync(agent)).Contains("SinkFailing Open"));
    }

    [Fact]
    public void What_was_seen_by_looking_stays_listed_with_its_end()
    {
        var time = new FakeTimeProvider();
        var watch = new IncidentWatch([], new HistoryLedger(time), time);
        Incident Of(string kind, string subject, string detail) => new(kind, "in", subject, null, null, null, time.GetUtcNow(), null, Incidents.Open, detail, null, null, IsKept: false);
        var begin = time.GetUtcNow();

        watch.Take([Of("SinkFailing", "a", "full"), Of("SinkFailing", "b", "gone")], time.GetUtcNow());
        time.Advance(TimeSpan.FromSeconds(2));
        watch.Take([Of("SinkFailing", "a", "still full")], time.GetUtcNow());
        time.Advance(TimeSpan.FromSeconds(2));
        watch.Take([Of("SinkFailing", "a", "still full"), Of("SinkFailing", "b", "gone again")], time.GetUtcNow());

        Assert.Equal(
            [("a", 0, null, "still full"), ("b", 4, null, "gone again"), ("b", 0, 2, "gone")],
            watch.Read().Select(one => (one.Subject!, (one.Since - begin).TotalSeconds, (double?)(one.Until - begin)?.TotalSeconds, one.Detail)));
    }

    [Fact]
    public async Task State_that_was_lost_is_an_incident_by_that_name()
    {
        await using (var first = await _runs.StartAsync())
        {
            await first.WriteAsync("a");
        }

        foreach (var file in Directory.GetFiles(_runs.State, "baseline.db*"))
        {
            await File.WriteAllTextAsync(file, new string('x', 8192), TestContext.Current.CancellationToken);
        }

        await using var second = await _runs.StartAsync();
        await Wait.UntilAsync(async () => (await IncidentsAsync(second)).Contains("StateLost Closed kept"));
    }

    public void Dispose() => _runs.Dispose();

    /// <summary>The states of the last hour, once the last one is this.</summary>
    private static async Task<string> StatesAsync(RunningAgent agent, string last)
    {
        var states = new List<string>();
        await Wait.UntilAsync(async () =>
        {
            var monitor = (await agent.GetJsonAsync("/api/history?hours=1")).GetProperty("monitors")[0];
            states = [.. monitor.GetProperty("segments").EnumerateArray().Select(one => one.GetProperty("state").GetString()!)];
            return monitor.GetProperty("isRead").GetBoolean() && states[^1] == last;
        });

        // How long a start took nobody can tell beforehand: it may be shorter than what is seen of it.
        return string.Join(", ", states.Where(state => state != "Starting"));
    }

    private static async Task<List<string>> IncidentsAsync(RunningAgent agent)
    {
        JsonElement document;
        do
        {
            document = await agent.GetJsonAsync("/api/incidents");
        }
        while (!document.GetProperty("isRead").GetBoolean());
        return [.. document.GetProperty("incidents").EnumerateArray().Select(one => $"{one.GetProperty("kind")} {one.GetProperty("end")}{(one.GetProperty("isKept").GetBoolean() ? " kept" : "")}")];
    }

    private static void CopyTo(string from, string to)
    {
        // All but the lock, which nobody may read while the agent has it.
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)))
        {
            var copy = Path.Join(to, Path.GetRelativePath(from, file));
            var directory = Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            if (!OperatingSystem.IsWindows())
            {
                directory.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            }

            File.Copy(file, copy);
        }
    }
}
