using System.Text.Json;
using FileMonitor.Agent.Tests.Operations;
using Xunit;

namespace FileMonitor.Agent.Tests;

public sealed class ProcessTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("agent-");

    [Fact]
    public async Task SIGTERM_delivers_what_is_pending_and_ends_with_0_whoever_still_reads()
    {
        var root = _directory.CreateSubdirectory("root").FullName;
        var file = Path.Join(_directory.FullName, "audit.jsonl");
        using var agent = AgentProcess.Start(
        [
            "--root", root, "--urls=http://127.0.0.1:0", "--Agent:Monitors:default:JsonLinesFile:Path", file,
            "--FileMonitor:Monitors:default:Debounce:QuietPeriod=00:30:00", "--FileMonitor:Monitors:default:Debounce:MaxDelay=00:30:00",
            "--FileMonitor:Monitors:default:Debounce:FinishedDelay=00:30:00",
        ]);
        var address = await agent.AddressAsync();
        using var client = new HttpClient { BaseAddress = address };
        using var stuck = await RawConnection.OpenAsync(address, receiveBuffer: 4_096);
        await stuck.SendAsync("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
        using var stream = await client.GetAsync(new Uri("/events", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        for (var number = 0; number < 100; number++)
        {
            await File.WriteAllTextAsync(Path.Join(root, $"{number}"), $"{number}", TestContext.Current.CancellationToken);
        }

        await Polling.UntilAsync("all files are pending", _ => PendingAsync(client), pending => pending >= 100);

        agent.Terminate();

        Assert.Equal(0, await agent.EndAsync());
        Assert.Equal(100, (await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken)).Count(line => line.Contains("\"kind\":\"Created\"", StringComparison.Ordinal)));
        var told = await stream.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(100, told.Split('\n').Count(line => line.StartsWith("data: ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Without_a_monitor_it_says_what_to_do_and_ends_with_2()
    {
        using var agent = AgentProcess.Start([]);

        Assert.Equal(2, await agent.EndAsync());
        Assert.Contains("names no monitor", agent.Output, StringComparison.Ordinal);
        Assert.Contains("For a first look: filemonitor-agent --root <directory>.", agent.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", agent.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_of_settings_that_is_no_JSON_is_a_wrong_configuration()
    {
        var file = Path.Join(_directory.FullName, "settings.json");
        await File.WriteAllTextAsync(file, "{ \"Agent\": [ }", TestContext.Current.CancellationToken);
        using var agent = AgentProcess.Start(["--root", _directory.FullName, "--config", file]);

        Assert.Equal(2, await agent.EndAsync());
        Assert.Contains(file, agent.Output, StringComparison.Ordinal);
        Assert.Contains("LineNumber", agent.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", agent.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_level_that_is_none_is_a_wrong_configuration()
    {
        using var agent = AgentProcess.Start(["--root", _directory.FullName, "--Logging:LogLevel:Default=Chatty", "--urls=http://127.0.0.1:0"]);

        Assert.Equal(2, await agent.EndAsync());
        Assert.Contains("Logging:LogLevel:Default (Chatty) is no level", agent.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", agent.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_says_all_that_is_wrong_at_once_in_sentences_and_ends_with_2()
    {
        using var agent = AgentProcess.Start(
            [
                "--rooot=x", "--Agent:EventBuffer=1", "--Agent:MaxReader=1", "--Agent:ReaderPatience=250", "--urls=http://0.0.0.0:0", "--FileMonitor:Monitors:a:Roots:0:Path=relative",
                "--FileMonitor:Monitors:a:Roots:0:Ingore:0=*.tmp", "--FileMonitor:Monitors:a:Debounce:QuietPeriod=250", "--FileMonitor:Monitors:a:Queue:Capacity=0", "--FileMonitor:Monitors:b:Source=None",
                "--Logging:LogLevel:Default=7",
            ],
            new Dictionary<string, string> { ["Agent__MaxReaders"] = "many", ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = "here" });

        Assert.Equal(2, await agent.EndAsync());
        foreach (var wrong in new[]
                 {
                     "--rooot=x is no option. Did you mean `--root`?", "Agent:EventBuffer (1) is no whole number", "Agent:MaxReader is no setting. Did you mean `MaxReaders`?", "Agent:MaxReaders (many)",
                     "Agent:ReaderPatience (250) is no duration from 00:00:00 to 00:00:04: write it with its unit", "http://0.0.0.0:0 can be reached", "Logging:LogLevel:Default (7) is no level", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT (here) is no address",
                     "File monitor \"a\": FileMonitor:Monitors:a:Roots:0:Ingore is no option. Did you mean `Ignore`?", "File monitor \"a\": FileMonitor:Monitors:a:Debounce:QuietPeriod (250) is no duration",
                     "File monitor \"a\": Roots[0].Path (\"relative\") is not absolute", "File monitor \"a\": Queue.Capacity (0) is out of range",
                     "File monitor \"b\": FileMonitor:Monitors:b:Source (None) is none of Auto", "File monitor \"b\": Roots is empty",
                 })
        {
            Assert.Single(agent.Output.Split('\n'), line => line.StartsWith("filemonitor-agent: " + wrong, StringComparison.Ordinal));
        }

        Assert.All(agent.Output.Split('\n'), line => Assert.StartsWith("filemonitor-agent: ", line, StringComparison.Ordinal));
    }

    // As where the names show it: starting it again would not help.
    [Fact]
    public async Task Roots_that_are_one_through_a_link_are_a_wrong_configuration()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "not everybody may make links there");
        var link = Path.Join(_directory.FullName, "link");
        Directory.CreateSymbolicLink(link, Directory.CreateDirectory(Path.Join(_directory.FullName, "one")).FullName);
        using var agent = AgentProcess.Start(["--root", Path.Join(_directory.FullName, "one"), "--root", link, "--urls", "http://127.0.0.1:0"]);

        Assert.Equal(2, await agent.EndAsync());
        Assert.Single(agent.Output.Split('\n'), line => line.StartsWith("filemonitor-agent: The roots ", StringComparison.Ordinal));
    }

    // Also that no monitor has begun: it would read the whole tree, and only then the host would say why it ends.
    [Fact]
    public async Task A_port_that_is_taken_is_said_in_a_sentence_before_anything_is_read_and_ends_with_1()
    {
        using var first = AgentProcess.Start(["--root", _directory.FullName, "--urls", "http://127.0.0.1:0"]);
        var address = await first.AddressAsync();

        using var second = AgentProcess.Start(["--root", _directory.FullName, "--urls", address.ToString()]);

        Assert.Equal(1, await second.EndAsync());
        Assert.Equal($"filemonitor-agent: The port is taken: something else listens on {address.ToString().TrimEnd('/')}. End it, or set Agent:Urls (or --urls) to another address.", second.Output.TrimEnd('\n'));
    }

    [Fact]
    public async Task A_port_that_is_taken_does_not_hide_a_wrong_configuration()
    {
        using var first = AgentProcess.Start(["--root", _directory.FullName, "--urls", "http://127.0.0.1:0"]);
        var address = await first.AddressAsync();

        using var second = AgentProcess.Start(["--root", _directory.FullName, "--urls", address.ToString(), "--Agent:MaxReaders=0"]);

        Assert.Equal(2, await second.EndAsync());
        Assert.StartsWith("filemonitor-agent: Agent:MaxReaders", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_other_setting_opens_another_port()
    {
        using var agent = AgentProcess.Start(
            ["--root", _directory.FullName, "--urls", "http://127.0.0.1:0"],
            new Dictionary<string, string> { ["ASPNETCORE_HTTP_PORTS"] = "0", ["DOTNET_HTTP_PORTS"] = "0", ["HTTP_PORTS"] = "0" });
        await agent.AddressAsync();
        agent.Terminate();
        Assert.Equal(0, await agent.EndAsync());

        Assert.Single(agent.Output.Split('\n'), line => line.Contains("Now listening on", StringComparison.Ordinal));
    }

    // The package has its name and its version in its own words; this is for who has only the program.
    [Fact]
    public async Task The_version_is_that_of_the_library()
    {
        using var agent = AgentProcess.Start(["--version"]);

        Assert.Equal(0, await agent.EndAsync());
        Assert.Matches("^filemonitor-agent [0-9]+\\.[0-9]+\\.[0-9]+[^ \n+]*$", agent.Output);
    }

    // The server and the other services are on their way then, and what they say of their end explains nothing.
    [Fact]
    public async Task A_refused_start_says_its_sentence_and_nothing_of_the_machinery()
    {
        var root = _directory.CreateSubdirectory("root").FullName;
        using var agent = AgentProcess.Start(["--root", root, "--urls=http://127.0.0.1:0", $"--Agent:StateDirectory={root}/state"]);

        Assert.Equal(1, await agent.EndAsync());
        Assert.Single(agent.Output.Split('\n'), line => line.StartsWith("filemonitor-agent: The state directory ", StringComparison.Ordinal));
        Assert.DoesNotContain(" critical: ", agent.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", agent.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_says_how_it_is_started()
    {
        using var agent = AgentProcess.Start(["--help"]);

        Assert.Equal(0, await agent.EndAsync());
        Assert.Contains("--root DIRECTORY", agent.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hostile_name_in_the_log_does_nothing_to_a_terminal()
    {
        // It is missing, and the log says so.
        using var agent = AgentProcess.Start(["--root", Path.Join(_directory.FullName, "\u001B[2J\u202E\nforged"), "--urls", "http://127.0.0.1:0"]);
        await agent.AddressAsync();
        agent.Terminate();
        Assert.Equal(0, await agent.EndAsync());

        Assert.Contains("\\x1b[2J\\u202e\\nforged", agent.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(agent.Output, one => one is '\u001B' or '\u202E');
        Assert.DoesNotContain(agent.Output.Split('\n'), line => line.StartsWith("forged", StringComparison.Ordinal));
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private static async Task<int> PendingAsync(HttpClient client)
    {
        var status = await client.GetStringAsync(new Uri("/api/status", UriKind.Relative), TestContext.Current.CancellationToken);
        return JsonDocument.Parse(status).RootElement.GetProperty("monitors")[0].GetProperty("pendingPaths").GetInt32();
    }
}
