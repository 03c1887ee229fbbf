using System.Text.Json;
using FileMonitor.Agent.Tests.Operations;
using FileMonitor.Durable;
using FileMonitor.Durable.Tests.Journal;
using Xunit;

namespace FileMonitor.Agent.Tests.State;

/// <summary>The checkpoints of the agent's journals are kept besides, and dated, as its configuration says.</summary>
public sealed class AnchorTests : IDisposable
{
    private readonly AgentRuns _runs = new();
    private readonly TestAuthority _authority;

    public AnchorTests()
    {
        Assert.SkipUnless(TestAuthority.IsInstalled && OperatingSystem.IsLinux(), "openssl is not installed.");
        _authority = new();
        Anchors = _runs.Subdirectory("anchors");
        _runs.Settings["Agent:AnchorDirectory"] = Anchors;
        _runs.Settings["Agent:Timestamps:Uri"] = _authority.Uri.ToString();
        _runs.Settings["Agent:Timestamps:CertificateFile"] = _authority.RootPath;
    }

    private string Anchors { get; }

    [Fact]
    public async Task What_was_recorded_is_anchored_and_dated_and_the_status_says_so()
    {
        await using (var agent = await _runs.StartAsync())
        {
            await agent.WriteAsync("a");
            var anchor = await AnchorAsync(agent, one => one.GetProperty("anchored").ValueKind == JsonValueKind.Number);
            Assert.Equal((JsonValueKind.Null, 0), (anchor.GetProperty("problem").ValueKind, anchor.GetProperty("failures").GetInt64()));
        }

        var found = Verify();
        Assert.True(found.IsAuthentic, found.Problem);
        Assert.Equal((found.Records, found.Records, TestAuthority.Name), (found.AnchoredUpTo, found.TimestampedUpTo, found.TimestampedBy));
        Assert.InRange(_authority.Queries.Count, 2, 3);
    }

    [Fact]
    public async Task An_authority_that_fails_is_said_and_holds_up_neither_the_stop_nor_the_other_anchor()
    {
        _authority.Answer = (_, context) =>
        {
            context.Response.StatusCode = 503;
            return Task.FromResult<byte[]?>(null);
        };
        await using (var agent = await _runs.StartAsync())
        {
            await agent.WriteAsync("a");
            var anchor = await AnchorAsync(agent, one => one.GetProperty("problem").ValueKind == JsonValueKind.String);
            Assert.EndsWith("answers 503.", anchor.GetProperty("problem").GetString(), StringComparison.Ordinal);
            var ready = await agent.GetJsonAsync("/healthz/ready");
            Assert.Equal("Degraded", ready.GetProperty("status").GetString());
        }

        var found = AuditJournal.Verify(_runs.State, anchorPath: Path.Join(Anchors, "default.checkpoints"), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(found.Records, found.AnchoredUpTo);
    }

    [Fact]
    public async Task Two_runs_go_on_in_the_same_files()
    {
        for (var run = 0; run < 2; run++)
        {
            await using var agent = await _runs.StartAsync();
            await agent.WriteAsync($"run-{run}");
        }

        var found = Verify();
        Assert.True(found.IsAuthentic, found.Problem);
        Assert.Equal(found.Records, found.TimestampedUpTo);
    }

    [Fact]
    public async Task A_state_that_was_deleted_is_said_and_spoils_no_file_of_the_journal_before()
    {
        await using (var agent = await _runs.StartAsync())
        {
            await agent.WriteAsync("a");
        }

        var (files, before) = (Directory.GetFiles(Anchors), Verify().Origin);
        Assert.Equal(2, files.Length);
        var kept = files.Select(File.ReadAllText).ToArray();
        Directory.Delete(_runs.State, recursive: true);
        await using (var agent = await _runs.StartAsync())
        {
            var anchor = await AnchorAsync(agent, one => one.GetProperty("problem").ValueKind == JsonValueKind.String);
            Assert.StartsWith($"The anchor has the checkpoints of another journal, {before}; this journal is ", anchor.GetProperty("problem").GetString(), StringComparison.Ordinal);
            Assert.Equal(JsonValueKind.Null, anchor.GetProperty("anchored").ValueKind);
            Assert.Equal("Degraded", (await agent.GetJsonAsync("/healthz/ready")).GetProperty("status").GetString());
        }

        Assert.Equal(kept, files.Select(File.ReadAllText));
    }

    public void Dispose()
    {
        _authority?.Dispose();
        _runs.Dispose();
    }

    private JournalVerification Verify() => AuditJournal.Verify(
        _runs.State,
        anchorPath: Path.Join(Anchors, "default.checkpoints"),
        timestamps: new JournalTimestamps(Path.Join(Anchors, "default.timestamps"), [_authority.Root]),
        cancellationToken: TestContext.Current.CancellationToken);

    private static Task<JsonElement> AnchorAsync(RunningAgent agent, Func<JsonElement, bool> isIt) => Polling.UntilAsync(
        "the anchor does so",
        async _ => (await agent.GetJsonAsync("/api/status")).GetProperty("monitors")[0].GetProperty("store").GetProperty("anchor"),
        isIt);
}
