using Microsoft.Extensions.Configuration;
using Xunit;

namespace FileMonitor.Agent.Tests.Configuration;

public sealed class AgentCommandLineTests
{
    [Fact]
    public void Roots_become_those_of_a_monitor_named_default()
    {
        var (configuration, errors) = Apply("--root", "/srv/inbox/", "--root=/srv/outbox");

        Assert.Empty(errors);
        Assert.Equal("/srv/inbox", configuration["FileMonitor:Monitors:default:Roots:0:Path"]);
        Assert.Equal("/srv/outbox", configuration["FileMonitor:Monitors:default:Roots:1:Path"]);
    }

    [Fact]
    public void A_relative_root_is_below_the_directory_it_is_started_in() =>
        Assert.Equal(Path.GetFullPath("inbox"), Apply("--root", "inbox").Configuration["FileMonitor:Monitors:default:Roots:0:Path"]);

    [Fact]
    public void Settings_are_passed_on()
    {
        var settings = new AgentCommandLine(["--Agent:EventBuffer=17", "--urls", "http://localhost:1", "--Logging:LogLevel:Default=Debug=x"]).Settings;

        Assert.Equal("17", settings["Agent:EventBuffer"]);
        Assert.Equal("http://localhost:1", settings["urls"]);
        Assert.Equal("Debug=x", settings["Logging:LogLevel:Default"]);
    }

    [Theory]
    [InlineData("--rooot=/srv")]
    [InlineData("/srv")]
    [InlineData("--root")]
    [InlineData("--root=")]
    [InlineData("--Agents:EventBuffer=1")]
    [InlineData("-x")]
    public void What_is_not_understood_is_refused(string argument) => Assert.Single(Apply(argument).Errors);

    [Fact]
    public void A_root_beside_those_of_the_configuration_is_refused()
    {
        var (configuration, errors) = Apply("--root", "/srv/a", "--FileMonitor:Monitors:default:Roots:0:Path=/srv/b");

        Assert.Contains("--root", Assert.Single(errors), StringComparison.Ordinal);
        Assert.Equal("/srv/b", configuration["FileMonitor:Monitors:default:Roots:0:Path"]);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    public void Help_is_asked_for(string argument) => Assert.True(new AgentCommandLine([argument]).IsHelp);

    private static (IConfiguration Configuration, List<string> Errors) Apply(params string[] arguments)
    {
        var commandLine = new AgentCommandLine(arguments);
        var (configuration, errors) = (new ConfigurationManager(), new List<string>());
        configuration.AddInMemoryCollection(commandLine.Settings);
        commandLine.Apply(configuration, errors);
        return (configuration, errors);
    }
}
