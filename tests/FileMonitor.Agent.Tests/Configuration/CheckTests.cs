using Microsoft.Extensions.Options;
using Xunit;

namespace FileMonitor.Agent.Tests.Configuration;

/// <summary><c>--check</c>: everything that is wrong, and nothing is started.</summary>
public sealed class CheckTests : IDisposable
{
    private readonly string _place = Directory.CreateTempSubdirectory("check-").FullName;

    [Fact]
    public async Task A_right_configuration_ends_with_0_and_starts_nothing()
    {
        var state = Path.Join(_place, "state");
        using var agent = AgentProcess.Start(["--check", "--root", Make("a"), $"--Agent:StateDirectory={state}", $"--FileMonitor:Monitors:other:Roots:0:Path={Make("b")}"]);

        Assert.Equal(0, await agent.EndAsync());
        Assert.Equal("The configuration is right: monitors: 2, roots: 2.", agent.Output.Trim());
        Assert.False(Directory.Exists(state));
    }

    [Fact]
    public async Task The_port_may_be_taken_by_the_agent_whose_configuration_it_is()
    {
        using var running = AgentProcess.Start(["--root", Make("a"), "--urls", "http://127.0.0.1:0"]);
        var address = await running.AddressAsync();

        using var agent = AgentProcess.Start(["--root", Make("a"), "--urls", address.ToString(), "--check"]);

        Assert.Equal(0, await agent.EndAsync());
    }

    [Fact]
    public async Task All_mistakes_are_said_those_of_a_file_with_its_sections_too_and_it_ends_with_2()
    {
        var file = Path.Join(_place, "agent.json");
        await File.WriteAllTextAsync(
            file,
            """
            {
              "Agents": { "EventBuffer": 100 },
              "Agent": { "EventBuffer": "1e3", "Url": "http://127.0.0.1:1" },
              "FileMonitor": { "Monitors": { "inbox": { "Roots": [ { "Path": "/srv", "Ignores": [ "*.tmp" ] } ], "Polling": { "Interval": "1 minute" } } } }
            }
            """,
            TestContext.Current.CancellationToken);
        using var agent = AgentProcess.Start(["--check", "--config", file, "--urls", "http://127.0.0.1:0"]);

        Assert.Equal(2, await agent.EndAsync());
        string[] wrong =
        [
            "Agents is no section. Did you mean `Agent`?",
            "Agent:EventBuffer (1e3)",
            "Agent:Url is no setting. Did you mean `Urls`?",
            "File monitor \"inbox\": FileMonitor:Monitors:inbox:Polling:Interval (1 minute) is no duration",
            "File monitor \"inbox\": FileMonitor:Monitors:inbox:Roots:0:Ignores is no option. Did you mean `Ignore`?",
        ];
        Assert.Equal(wrong, agent.Output.Split('\n').Select((line, at) => line["filemonitor-agent: ".Length..][..wrong[at].Length]));
    }

    [Theory]
    [InlineData("--chek", "--chek is no option. Did you mean `--check`? --help shows what there is.")]
    [InlineData("--config=/none/agent.json", "--config (/none/agent.json): there is no such file.")]
    [InlineData("--rot=/srv", "--rot=/srv is no option. Did you mean `--root`? --help shows what there is.")]
    public void That_nothing_is_watched_is_not_said_of_a_mistyped_command_line(string argument, string said)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Paths of Unix.");
        Assert.Equal([said], Errors(argument));
    }

    [Fact]
    public void What_only_the_disk_shows_is_found_too()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "not everybody may make links there");
        var directory = Make("a/below");
        var link = Path.Join(_place, "link");
        Directory.CreateSymbolicLink(link, Path.Join(_place, "a"));

        Assert.Contains($"the roots '{directory}' and '{link}' overlap once links are resolved", Assert.Single(Errors("--root", directory, "--root", link)), StringComparison.Ordinal);
        Assert.Contains("its state", Assert.Single(Errors("--root", link, $"--Agent:StateDirectory={directory}")), StringComparison.Ordinal);
        Assert.Contains("Agent:AnchorDirectory", Assert.Single(Errors("--root", link, "--Agent:StateDirectory=/nowhere", $"--Agent:AnchorDirectory={directory}/anchors")), StringComparison.Ordinal);
        Assert.Contains("does not exist", Assert.Single(Errors("--root", directory + "/missing", "--FileMonitor:Monitors:default:RootsMustExist=true")), StringComparison.Ordinal);
        Assert.Empty(Errors("--root", directory + "/missing"));

        // A circle of links is no mistake of the configuration: the root is lost until it leads somewhere.
        Directory.CreateSymbolicLink(Path.Join(_place, "round"), Path.Join(_place, "round"));
        Assert.Empty(Errors("--root", Path.Join(_place, "round")));
    }

    // The state has the keys, and files that are only appended to: what others write there is taken for a part of it, or destroys it.
    [Theory]
    [InlineData("s", "s", "e.jsonl", "Agent:AnchorDirectory (HERE/s) and the state directory (HERE/s) must not be one, nor one inside the other: whoever can change a journal there could change its checkpoints, too. Set it to another place, best on another machine.")]
    [InlineData("s", "s/default", "e.jsonl", "Agent:AnchorDirectory (HERE/s/default) and the state directory (HERE/s) must not be one")]
    [InlineData("s/t", "s", "e.jsonl", "Agent:AnchorDirectory (HERE/s) and the state directory (HERE/s/t) must not be one")]
    [InlineData("s", "link", "e.jsonl", "Agent:AnchorDirectory (HERE/link) and the state directory (HERE/s) must not be one")]
    [InlineData("s", "a", "s/default/journal.pub", "Agent:Monitors:default:JsonLinesFile:Path (HERE/s/default/journal.pub) is inside the state directory (HERE/s): events would be written among the files of the journal. Set it to another place.")]
    [InlineData("s", "a", "link/e.jsonl", "Agent:Monitors:default:JsonLinesFile:Path (HERE/link/e.jsonl) is inside the state directory (HERE/s)")]
    [InlineData("s", "a", "a/default.checkpoints", "Agent:Monitors:default:JsonLinesFile:Path (HERE/a/default.checkpoints) is inside Agent:AnchorDirectory (HERE/a): events would be written among the checkpoints of the journals. Set it to another place.")]
    [InlineData("s", "sa", "s.jsonl", null)]
    public void What_the_agent_writes_has_places_of_its_own(string state, string anchors, string file, string? said)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "not everybody may make links there");
        Make("s");
        Directory.CreateSymbolicLink(Path.Join(_place, "link"), Path.Join(_place, "s"));
        string[] arguments =
        [
            "--root", Make("root"), $"--Agent:StateDirectory={_place}/{state}", $"--Agent:AnchorDirectory={_place}/{anchors}", $"--Agent:Monitors:default:JsonLinesFile:Path={_place}/{file}",
        ];

        var errors = Errors(arguments);

        if (said is null)
        {
            Assert.Empty(errors);
            return;
        }

        Assert.StartsWith(said.Replace("HERE", _place, StringComparison.Ordinal), Assert.Single(errors), StringComparison.Ordinal);

        // The start refuses it with the same sentence, before anything is made.
        var refused = Assert.Throws<OptionsValidationException>(() => AgentHost.Create(new AgentCommandLine([.. arguments, "--urls", "http://127.0.0.1:0"])));
        Assert.Equal(errors, refused.Failures);
    }

    public void Dispose() => Directory.Delete(_place, recursive: true);

    private static List<string> Errors(params string[] arguments)
    {
        var errors = new List<string>();
        AgentHost.Check(new AgentCommandLine([.. arguments, "--urls", "http://127.0.0.1:0"]), errors);
        return errors;
    }

    private string Make(string name) => Directory.CreateDirectory(Path.Join(_place, name)).FullName;
}
