using FileMonitor.Collector.Configuration;
using FileMonitor.Collector.Tests.Services;
using FluentAssertions;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace FileMonitor.Collector.Tests;

/// <summary>A wrong configuration is refused as a whole, and no secret is in the words.</summary>
public sealed class ConfigurationTests
{
    private const string Secret = "hunter2-hunter2-hunter2";

    [Fact]
    public void Every_mistake_is_said_at_once()
    {
        var errors = Read(new()
        {
            ["Collector:Urls"] = "http://0.0.0.0:80;nowhere",
            ["Collector:BatchSize"] = "0",
            ["Collector:SilentAfter"] = "10",
            ["Collector:QuerryTimeout"] = "1s",
            ["Collector:ConnectionString"] = $"Host=a;Passwort={Secret}",
            ["Collector:Broker:Endpoints:0"] = $"amqp://user:{Secret}@broker",
            ["Collector:Broker:Queues"] = "1025",
            ["Collector:Broker:PasswordFile"] = "/nowhere/at/all",
        });

        errors.Should().HaveCount(9);
        errors.Should().Contain(error => error.Contains("Did you mean `QueryTimeout`?", StringComparison.Ordinal));
        errors.Should().Contain(error => error.Contains("no token is set", StringComparison.Ordinal));
        string.Join('\n', errors).Should().NotContain(Secret);
    }

    [Fact]
    public void What_is_right_is_taken()
    {
        var errors = new List<string>();
        var options = new CollectorOptionsReader(Of(new() { ["Collector:ConnectionString"] = "Host=/run/pg;Database=f", ["Collector:HoleAfter"] = "2min", ["Collector:Broker:Endpoints:0"] = "amqps://b:5671" }), errors).Read();

        errors.Should().BeEmpty();
        options.HoleAfter.Should().Be(TimeSpan.FromMinutes(2));
        options.ConnectionString.Should().Contain("filemonitor-collector");
    }

    [Fact]
    public void The_program_checks_its_configuration_and_says_no_secret()
    {
        using var process = ServiceProcess.Start(Path.Join(AppContext.BaseDirectory, "FileMonitor.Collector"), ["--check", $"--Collector:ConnectionString=Host=a;Passwort={Secret}", "--what"]);
        process.WaitForExit();

        process.ExitCode.Should().Be(2);
        process.Output.Should().Contain("--what is no argument").And.Contain("Collector:ConnectionString is none").And.NotContain(Secret);
    }

    private static List<string> Read(Dictionary<string, string?> settings)
    {
        var errors = new List<string>();
        _ = new CollectorOptionsReader(Of(settings), errors).Read();
        return errors;
    }

    private static IConfigurationRoot Of(Dictionary<string, string?> settings) => new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
}
