using System.Text.Json;
using FileMonitor.Agent.Tests.Operations;
using Xunit;

namespace FileMonitor.Agent.Tests.State;

/// <summary>What the agent says of a root that was out of its configuration, or that is in it for the first time.</summary>
public sealed class ReturningRootRestartTests : IDisposable
{
    // Takes the line for its own when it is printed as it is.
    private const string Hostile = "other<b>\u202e";

    private readonly AgentRuns _runs = new();

    public ReturningRootRestartTests() => Other = _runs.Subdirectory(Hostile);

    private string Other { get; }

    [Fact]
    public async Task A_root_that_comes_back_tells_what_changed_and_one_that_is_new_is_not_called_unchanged()
    {
        Assert.Equal("FirstStart", (await RestartAsync(withOther: false)).GetProperty("knowledge").GetString());
        var first = (await RestartAsync(withOther: true)).GetProperty("summary").GetString()!;
        Assert.Contains("While it did not run nothing changed in what it had watched before. Of the time before nothing is known below ", first, StringComparison.Ordinal);
        Assert.Contains("other\\u003Cb\\u003E\\u202E': watched for the first time.", first, StringComparison.Ordinal);
        Assert.EndsWith("While it did not run nothing changed.", (await RestartAsync(withOther: true)).GetProperty("summary").GetString(), StringComparison.Ordinal);
        await RestartAsync(withOther: false);
        await File.WriteAllTextAsync(Path.Join(Other, "b"), "EVIL", TestContext.Current.CancellationToken);

        var again = await RestartAsync(withOther: true, changes: 1);

        var summary = again.GetProperty("summary").GetString()!;
        Assert.Equal("""{"Created":1}""", again.GetProperty("changes").GetRawText());
        Assert.Contains("1 change was made: 1 created. What changed below ", summary, StringComparison.Ordinal);
        Assert.EndsWith("at least, is counted, too: it was not configured.", summary, StringComparison.Ordinal);
        Assert.DoesNotContain(Hostile, summary, StringComparison.Ordinal);
    }

    public void Dispose() => _runs.Dispose();

    private async Task<JsonElement> RestartAsync(bool withOther, int changes = 0)
    {
        _runs.Settings["FileMonitor:Monitors:default:Roots:1:Path"] = withOther ? Other : null;
        if (!withOther)
        {
            _runs.Settings.Remove("FileMonitor:Monitors:default:Roots:1:Path");
        }

        await using var agent = await _runs.StartAsync();
        return await Polling.UntilAsync(
            "the comparison is through",
            async _ => (await agent.GetJsonAsync("/api/status")).GetProperty("monitors")[0].GetProperty("restart"),
            restart => restart.GetProperty("knowledge").GetString() is "Known" or "FirstStart" && restart.GetProperty("changes").EnumerateObject().Sum(kind => kind.Value.GetInt64()) == changes);
    }
}
