using System.Text;
using FileMonitor.Testing;
using FluentAssertions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Xunit;

namespace FileMonitor.Hosting.Tests;

public sealed class FileMonitorsConfigurationTests
{
    // A path that is absolute on this system.
    private static readonly string Srv = OperatingSystem.IsWindows() ? "C:/srv" : "/srv";

    [Fact]
    public void Settings_environment_and_command_line_add_up_the_later_wins()
    {
        using var home = new TemporaryDirectory();
        File.WriteAllText(home.PathOf("appsettings.json"), """
            {
              "FileMonitor": {
                "Monitors": {
                  "uploads": {
                    "Roots": [ { "Path": "/srv/uploads", "Ignore": [ "*.tmp" ] } ],
                    "Queue": { "Capacity": 11, "MaxPendingPaths": 12 },
                    "Debounce": { "QuietPeriod": "00:00:00.125" }
                  },
                  "outbox": { "Roots": [ { "Path": "/srv/outbox" } ] }
                }
              }
            }
            """.Replace("/srv", Srv, StringComparison.Ordinal));

        // The name of the environment's variables is of this test alone: others run beside it in this process.
        const string Variables = "FileMonitor__Monitors__uploads_of_environment_test__";
        Environment.SetEnvironmentVariable(Variables + "Roots__0__Path", Srv + "/environment");
        Environment.SetEnvironmentVariable(Variables + "Queue__Capacity", "21");
        HostApplicationBuilder builder;
        try
        {
            builder = TestHost.Create(
                home.Root,
                "--FileMonitor:Monitors:uploads:Queue:Capacity=31",
                "--FileMonitor:Monitors:uploads:Roots:1:Path=" + Srv + "/more",
                "--FileMonitor:Monitors:uploads_of_environment_test:Queue:MaxPendingPaths=32");
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variables + "Roots__0__Path", null);
            Environment.SetEnvironmentVariable(Variables + "Queue__Capacity", null);
        }

        var names = new List<string>();
        builder.Services.AddFileMonitors(builder.Configuration.GetSection("FileMonitor"), monitor => names.Add(monitor.Name));
        using var host = builder.Build();

        names.Should().BeEquivalentTo("uploads", "outbox", "uploads_of_environment_test");
        var uploads = OptionsOf(host, "uploads");
        uploads.Roots.Select(root => $"{root.Path} -{string.Join('-', root.Ignore)}").Should().Equal(Srv + "/uploads -*.tmp", Srv + "/more -");
        (uploads.Queue.Capacity, uploads.Queue.MaxPendingPaths, uploads.Debounce.QuietPeriod).Should().Be((31, 12, TimeSpan.FromMilliseconds(125)));
        OptionsOf(host, "outbox").Should().BeEquivalentTo(new FileMonitorOptions().AddRoot(Srv + "/outbox"));
        var environment = OptionsOf(host, "uploads_of_environment_test");
        environment.Roots.Should().ContainSingle().Which.Path.Should().Be(Srv + "/environment");
        (environment.Queue.Capacity, environment.Queue.MaxPendingPaths).Should().Be((21, 32));
        host.Services.GetServices<IHostedService>().Should().HaveCount(3);
    }

    [Fact]
    public async Task Each_monitor_of_the_configuration_runs_with_the_host_and_has_the_parts_it_was_given()
    {
        using var home = new TemporaryDirectory();
        var sinks = new Dictionary<string, CapturingSink>();
        var builder = TestHost.Create();
        builder.Services.AddFileMonitors(
            Section(new() { ["uploads"] = Directory.CreateDirectory(home.PathOf("uploads")).FullName, ["outbox"] = Directory.CreateDirectory(home.PathOf("outbox")).FullName }),
            monitor => monitor.AddSink(_ => sinks[monitor.Name] = new CapturingSink(), SinkPromise.Required));
        using var host = builder.Build();
        await host.StartWithinAsync();

        await File.WriteAllTextAsync(home.PathOf("uploads/x"), "1", TestContext.Current.CancellationToken);
        await host.Monitor("uploads").FlushAsync(TestContext.Current.CancellationToken).WaitAsync(TestHost.Deadline, TestContext.Current.CancellationToken);
        await host.StopWithinAsync();

        sinks["uploads"].Events.Should().ContainSingle().Which.Monitor.Should().Be("uploads");
        sinks["outbox"].Events.Should().BeEmpty();
        new[] { host.State("uploads"), host.State("outbox") }.Should().AllBeEquivalentTo(MonitorState.Stopped);
    }

    [Theory]
    [InlineData("""{ }""", "Section FileMonitor names no monitor: add Monitors:<name>:Roots:0:Path with the directory to watch.")]
    [InlineData("""{ "FileMonitor": { "Monitors": { } } }""", "Section FileMonitor names no monitor: add Monitors:<name>:Roots:0:Path with the directory to watch.")]
    [InlineData(
        """{ "FileMonitor": { "Monitor": { "uploads": { } }, "Queue": { } } }""",
        "Section FileMonitor has keys beside Monitors: Monitor, Queue. Remove or move them; options of a monitor stand below Monitors:<name>.",
        "Section FileMonitor names no monitor: add Monitors:<name>:Roots:0:Path with the directory to watch.")]
    [InlineData(
        """{ "FileMonitor": { "monitors": { "uploads": { "Roots": [ { "Path": "/srv" } ] } }, "n": 1, "o": 1, "p": 1, "q": 1, "r": 1, "s": 1 } }""",
        "Section FileMonitor has keys beside Monitors: n, o, p, q, r and more. Remove or move them; options of a monitor stand below Monitors:<name>.")]
    [InlineData(
        """{ "FileMonitor": { "Monitors": { "uploads": "/srv", "outbox": { "Roots": [ { "Path": "/srv" } ] } } } }""",
        "FileMonitor:Monitors:uploads is the value \"/srv\": write its options below it, such as FileMonitor:Monitors:uploads:Roots:0:Path.")]
    public void A_section_that_makes_no_sense_is_refused_at_the_call(string json, params string[] errors)
    {
        var adding = () => new ServiceCollection().AddFileMonitors(Json(json).GetSection("FileMonitor"));

        adding.Should().Throw<OptionsValidationException>().Which.Failures.Should().Equal(errors);
    }

    [Fact]
    public void A_whole_configuration_in_the_place_of_the_section_is_refused()
    {
        var adding = () => new ServiceCollection().AddFileMonitors(Json("""{ "FileMonitor": { "Monitors": { } } }"""));

        adding.Should().Throw<OptionsValidationException>().Which.Failures.Should().Equal(
            "The configuration has keys beside Monitors: FileMonitor. Remove or move them; options of a monitor stand below Monitors:<name>.",
            "The configuration names no monitor: add Monitors:<name>:Roots:0:Path with the directory to watch.");
    }

    [Fact]
    public async Task What_cannot_be_read_of_a_monitor_fails_the_start_and_is_told_with_what_is_out_of_range()
    {
        var builder = TestHost.Create();
        builder.Services.AddFileMonitors(Json("""
            { "FileMonitor": { "Monitors": { "uploads": { "Roots": [ { "Pfad": "/srv", "Path": "srv" } ], "Debounce": { "QuietPeriod": 250 }, "Queue": { "Capacity": 0 } } } } }
            """).GetSection("FileMonitor"));
        using var host = builder.Build();

        (await host.Awaiting(one => one.StartWithinAsync()).Should().ThrowAsync<OptionsValidationException>()).Which.Failures.Should().SatisfyRespectively(
            duration => duration.Should().StartWith("File monitor \"uploads\": FileMonitor:Monitors:uploads:Debounce:QuietPeriod (250) is no duration"),
            key => key.Should().StartWith("File monitor \"uploads\": FileMonitor:Monitors:uploads:Roots:0:Pfad is no option. "),
            root => root.Should().StartWith("File monitor \"uploads\": Roots[0].Path (\"srv\") is not absolute"),
            range => range.Should().Be("File monitor \"uploads\": Queue.Capacity (0) is out of range: use 1 to 10,000,000."));
    }

    [Fact]
    public async Task All_bad_options_of_a_monitor_are_told_when_the_host_starts()
    {
        var builder = TestHost.Create();
        builder.Services.AddFileMonitors(Json("""{ "FileMonitor": { "Monitors": { "uploads": { "Queue": { "Capacity": 0 }, "Sinks": { "Retries": -1 } } } } }""").GetSection("FileMonitor"));
        using var host = builder.Build();

        (await host.Awaiting(one => one.StartWithinAsync()).Should().ThrowAsync<OptionsValidationException>()).Which.Failures.Should().Equal(
            "File monitor \"uploads\": Roots is empty: add at least one directory or file to watch.",
            "File monitor \"uploads\": Queue.Capacity (0) is out of range: use 1 to 10,000,000.",
            "File monitor \"uploads\": Sinks.Retries (-1) is out of range: use 0 to 100.");
    }

    [Fact]
    public async Task What_is_wrong_with_several_monitors_is_told_at_once()
    {
        var builder = TestHost.Create();
        builder.Services.AddFileMonitors(Json("""{ "FileMonitor": { "Monitors": { "a": { }, "b": { "Root": "/srv" }, "c": { "Roots": [ { "Path": "srv" } ] } } } }""").GetSection("FileMonitor"));
        using var host = builder.Build();

        (await host.Awaiting(one => one.StartWithinAsync()).Should().ThrowAsync<AggregateException>())
            .Which.InnerExceptions.Should().AllBeOfType<OptionsValidationException>().And.Subject.Select(error => error.Message).Should().SatisfyRespectively(
                a => a.Should().Be("File monitor \"a\": Roots is empty: add at least one directory or file to watch."),
                b => b.Should().Contain("File monitor \"b\": FileMonitor:Monitors:b:Root is no option. Did you mean `Roots`? ").And.Contain("Roots is empty"),
                c => c.Should().StartWith("File monitor \"c\": Roots[0].Path (\"srv\") is not absolute"));
    }

    [Fact]
    public void Null_is_refused_at_the_call()
    {
        Action[] calls =
        [
            () => FileMonitorHostingExtensions.AddFileMonitors(null!, Json("{}")),
            () => new ServiceCollection().AddFileMonitors(null!),
        ];

        foreach (var call in calls)
        {
            call.Should().Throw<ArgumentNullException>();
        }
    }

    private static FileMonitorOptions OptionsOf(IHost host, string name) => host.Services.GetRequiredService<IOptionsMonitor<FileMonitorOptions>>().Get(name);

    private static IConfigurationRoot Json(string json) => new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).Build();

    private static IConfigurationSection Section(Dictionary<string, string> rootsByMonitor) => new ConfigurationBuilder()
        .AddInMemoryCollection(rootsByMonitor.Select(monitor => KeyValuePair.Create($"FileMonitor:Monitors:{monitor.Key}:Roots:0:Path", (string?)monitor.Value)))
        .Build()
        .GetSection("FileMonitor");
}
