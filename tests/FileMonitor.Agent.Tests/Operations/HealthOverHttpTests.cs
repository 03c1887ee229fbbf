using System.Net;
using FileMonitor.Agent.Status;
using FileMonitor.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace FileMonitor.Agent.Tests.Operations;

/// <summary>What an orchestrator and a person on call are told when a root goes away and comes back.</summary>
public sealed class HealthOverHttpTests
{
    private static readonly Uri Ready = new("/healthz/ready", UriKind.Relative);

    [Fact]
    public async Task Readiness_goes_with_a_root_and_comes_back_with_it()
    {
        await using var agent = await RunningAgent.StartAsync(
            new Dictionary<string, string?> { ["FileMonitor:Monitors:default:Recovery:RootCheckInterval"] = "00:00:00.050" },
            // At once, not after a minute.
            builder => builder.Services.Configure<FileMonitorHealthOptions>(StatusReport.HealthCheck, health => health.RootLostAfter = TimeSpan.Zero));
        var away = agent.Root + "-away";
        await UntilAsync(agent, HttpStatusCode.OK, "\"Healthy\"");

        Directory.Move(agent.Root, away);
        var lost = await UntilAsync(agent, HttpStatusCode.ServiceUnavailable, "\"Unhealthy\"");
        Assert.Contains(Path.GetFileName(agent.Root), lost, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(agent, new Uri("/healthz/live", UriKind.Relative), TestContext.Current.CancellationToken)).Status);

        Directory.Move(away, agent.Root);
        await UntilAsync(agent, HttpStatusCode.OK, "\"Healthy\"");
    }

    private static async Task<string> UntilAsync(RunningAgent agent, HttpStatusCode status, string word) =>
        (await Polling.UntilAsync($"{status} with {word}", token => AskAsync(agent, Ready, token), answer => answer.Status == status && answer.Text.Contains(word, StringComparison.Ordinal))).Text;

    private static async Task<(HttpStatusCode Status, string Text)> AskAsync(RunningAgent agent, Uri address, CancellationToken cancellationToken)
    {
        using var answer = await agent.Client.GetAsync(address, cancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellationToken));
    }
}
