using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace FileMonitor.Agent.Tests;

public sealed class StatusTests
{
    [Fact]
    public async Task Status_says_how_every_monitor_is()
    {
        await using var agent = await RunningAgent.StartAsync();
        await agent.WriteAsync("a");

        var status = await agent.GetJsonAsync("/api/status");

        Assert.Equal("Healthy", status.GetProperty("status").GetString());
        Assert.Equal(Environment.MachineName, status.GetProperty("agent").GetProperty("host").GetString());
        Assert.InRange(status.GetProperty("agent").GetProperty("startedAt").GetDateTimeOffset(), DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow);
        Assert.NotEmpty(status.GetProperty("agent").GetProperty("version").GetString()!);
        var monitor = Assert.Single(status.GetProperty("monitors").EnumerateArray());
        Assert.Equal(("default", "Running", "Healthy"), (monitor.GetProperty("name").GetString(), monitor.GetProperty("state").GetString(), monitor.GetProperty("status").GetString()));
        Assert.Equal(agent.Root, monitor.GetProperty("roots")[0].GetProperty("path").GetString());
        Assert.Equal(1, monitor.GetProperty("counters").GetProperty("events").GetInt64());
        Assert.Equal(1, status.GetProperty("events").GetProperty("buffered").GetInt32());
        Assert.EndsWith("-1", status.GetProperty("events").GetProperty("latestId").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "agent events monitors status")]
    [InlineData("agent", "host refusedConfiguration startedAt version waitingSettings")]
    [InlineData("events", "buffered capacity latestId missed readers")]
    [InlineData("monitors", "counters degradations description directoriesToReconcile filesBeingRead filesWaitingToBeRead findings knownItems maxConcurrentReads name oldestWaitSeconds openGaps pendingPaths queueCapacity queueLength readers restart roots sinks source state status store")]
    [InlineData("monitors/counters", "checksumBytes checksumFiles coalesced emitted events gaps ignored lost pending received sourceLosses sourceRestarts suppressed transient")]
    [InlineData("monitors/restart", "changes knowledge lastRan losses summary")]
    [InlineData("monitors/store", "anchor checkpointed consumers directory journalBytes lastCheckpoint problem records verification")]
    [InlineData("monitors/store/consumers", "acknowledged lag name")]
    [InlineData("monitors/roots", "isAvailable path problem source sourceReason")]
    [InlineData("monitors/openGaps", "cause detail number relativePath root since")]
    [InlineData("monitors/sinks", "buffered dropped failures isFailing lastError name promise written")]
    [InlineData("monitors/readers", "buffered capacity isLagging skipped")]
    public async Task Status_has_the_names_that_its_readers_rely_on(string path, string names)
    {
        var file = Path.Join(Path.GetTempPath(), $"agent-{Guid.NewGuid()}.jsonl");
        var state = Directory.CreateTempSubdirectory("agent-state-");
        await using var agent = await RunningAgent.StartAsync(new Dictionary<string, string?>
        {
            // Not there: an open gap.
            ["FileMonitor:Monitors:default:Roots:1:Path"] = Path.Join(Path.GetTempPath(), $"{Guid.NewGuid()}"),
            ["Agent:Monitors:default:JsonLinesFile:Path"] = file,
            ["Agent:StateDirectory"] = state.FullName,
        });

        var place = await agent.GetJsonAsync("/api/status");
        foreach (var name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            place = place.GetProperty(name);
            place = place.ValueKind == JsonValueKind.Array ? place[0] : place;
        }

        Assert.Equal(names, string.Join(' ', place.EnumerateObject().Select(property => property.Name).Order(StringComparer.Ordinal)));
        File.Delete(file);
        await agent.StopAsync();
        state.Delete(recursive: true);
    }

    [Fact]
    public async Task A_root_that_is_lost_shows_in_health_with_what_to_do_and_is_well_again_when_it_is_back()
    {
        await using var agent = await RunningAgent.StartAsync(new Dictionary<string, string?> { ["FileMonitor:Monitors:default:Recovery:RootCheckInterval"] = "00:00:00.05" });
        using var well = await agent.GetAsync("/healthz/ready");
        Assert.Equal(HttpStatusCode.OK, well.StatusCode);

        Directory.Delete(agent.Root);
        var status = await UntilAsync(agent, "Degraded", monitor => monitor.GetProperty("openGaps").EnumerateArray().Any(gap => gap.GetProperty("cause").GetString() == "RootLost"));
        Assert.Contains(agent.Root, status.GetProperty("monitors")[0].GetProperty("description").GetString(), StringComparison.Ordinal);
        using var degraded = await agent.GetAsync("/healthz/ready");
        Assert.Equal(HttpStatusCode.OK, degraded.StatusCode);
        var ready = await agent.GetJsonAsync("/healthz/ready");
        Assert.Equal("Degraded", ready.GetProperty("status").GetString());
        Assert.Contains(agent.Root, ready.GetProperty("description").GetString(), StringComparison.Ordinal);
        Assert.Equal("Degraded", ready.GetProperty("entries").GetProperty("filemonitor").GetProperty("status").GetString());
        using var live = await agent.GetAsync("/healthz/live");
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);

        Directory.CreateDirectory(agent.Root);
        await UntilAsync(agent, "Healthy", monitor => monitor.GetProperty("openGaps").GetArrayLength() == 0);
    }

    [Fact]
    public async Task Series_counts_events_by_the_second()
    {
        await using var agent = await RunningAgent.StartAsync();
        await agent.WriteAsync("a", "b", "c");

        JsonElement series;
        do
        {
            series = await agent.GetJsonAsync("/api/series?seconds=60");
        }
        while (series.GetProperty("events").EnumerateArray().Sum(one => one.GetInt32()) < 3);

        Assert.Equal(60, series.GetProperty("events").GetArrayLength());
        Assert.Equal(60, series.GetProperty("latencyP50Ms").GetArrayLength());
        Assert.Contains(series.GetProperty("latencyP99Ms").EnumerateArray(), one => one.ValueKind == JsonValueKind.Number);
        Assert.Contains(series.GetProperty("latencyP50Ms").EnumerateArray(), one => one.ValueKind == JsonValueKind.Null);
        Assert.InRange(series.GetProperty("end").GetInt64(), DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 30, DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        Assert.Equal(300, (await agent.GetJsonAsync("/api/series")).GetProperty("events").GetArrayLength());
        foreach (var wrong in new[] { "0", "601", "-1", "many" })
        {
            using var refused = await agent.GetAsync("/api/series?seconds=" + wrong);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }
    }

    [Fact]
    public async Task Metrics_are_those_of_the_monitors_and_of_the_runtime()
    {
        // A name of its own: agents in one process hear the meters of each other.
        var name = $"{Guid.NewGuid()}";
        var root = Directory.CreateTempSubdirectory("agent-").FullName;
        await using var agent = await RunningAgent.StartAsync(new Dictionary<string, string?> { [$"FileMonitor:Monitors:{name}:Roots:0:Path"] = root });
        await File.WriteAllTextAsync(Path.Join(root, "a"), "a", TestContext.Current.CancellationToken);
        await agent.Services.GetRequiredKeyedService<FileSystemMonitor>(name).FlushAsync(TestContext.Current.CancellationToken);

        using var answer = await agent.GetAsync("/metrics");
        var metrics = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Equal("text/plain", answer.Content.Headers.ContentType?.MediaType);
        Assert.Matches("(?m)^filemonitor_event_emitted_total\\{.*filemonitor_name=\"" + name + "\".*\\} 1", metrics);
        Assert.Matches("(?m)^dotnet_gc_heap_total_allocated_bytes_total\\{", metrics);
        Directory.Delete(root, recursive: true);
    }

    private static async Task<JsonElement> UntilAsync(RunningAgent agent, string status, Func<JsonElement, bool> condition)
    {
        JsonElement document;
        do
        {
            document = await agent.GetJsonAsync("/api/status");
        }
        while (document.GetProperty("status").GetString() != status || !condition(document.GetProperty("monitors")[0]));

        return document;
    }
}
