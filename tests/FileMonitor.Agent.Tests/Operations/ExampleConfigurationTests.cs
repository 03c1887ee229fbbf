using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace FileMonitor.Agent.Tests.Operations;

/// <summary>The example of a configuration is one: the agent takes it, and means what it says.</summary>
public sealed class ExampleConfigurationTests : IDisposable
{
    private readonly string _place = Directory.CreateTempSubdirectory("example").FullName;

    [Fact]
    public async Task The_agent_starts_with_the_example()
    {
        var file = Path.Join(_place, "appsettings.json");
        await File.WriteAllTextAsync(file, Here(RepositoryFiles.Read("samples/FileMonitor.Agent/deploy/appsettings.example.json")), TestContext.Current.CancellationToken);
        await using var agent = AgentHost.Create(new AgentCommandLine(["--config", file, "--urls", "http://127.0.0.1:0"]));

        await agent.StartAsync(TestContext.Current.CancellationToken);
        try
        {
            var monitors = agent.Services.GetRequiredService<IReadOnlyList<FileSystemMonitor>>();
            Assert.Equal(["configuration", "uploads"], monitors.Select(monitor => monitor.GetHealth().Monitor).Order(StringComparer.Ordinal));
            Assert.All(monitors, monitor => Assert.True(monitor.GetHealth().Roots.All(root => root.IsAvailable)));
            var uploads = agent.Services.GetRequiredService<IOptionsMonitor<FileMonitorOptions>>().Get("uploads");
            Assert.Equal(1, uploads.Checksum.Concurrency);
            Assert.Equal(10 * 1024 * 1024, uploads.Checksum.BytesPerSecond);
            Assert.Contains("lost+found/", uploads.Roots[0].Ignore);
            Assert.Single(monitors.SelectMany(monitor => monitor.GetHealth().Sinks));
        }
        finally
        {
            await agent.StopAsync(TestContext.Current.CancellationToken);
        }
    }

    public void Dispose() => Directory.Delete(_place, recursive: true);

    /// <summary>The example with its directories below ours.</summary>
    private string Here(string example)
    {
        foreach (var directory in new[] { "/srv/uploads", "/etc/myservice", "/var/log/filemonitor-agent" })
        {
            var here = Directory.CreateDirectory(Path.Join(_place, directory)).FullName;
            Assert.Contains($"\"{directory}", example, StringComparison.Ordinal);
            example = example.Replace($"\"{directory}", JsonSerializer.Serialize(here)[..^1], StringComparison.Ordinal);
        }

        return example;
    }
}
