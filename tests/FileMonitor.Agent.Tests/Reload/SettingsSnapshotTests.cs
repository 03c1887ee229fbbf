using FileMonitor.Agent.Reload;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace FileMonitor.Agent.Tests.Reload;

public sealed class SettingsSnapshotTests
{
    private const string Running = "a/Roots:0:Path=/one; a/Roots:0:Ignore:0=*.tmp; a/Roots:1:Path=/two; a/Queue:Capacity=1; Agent:MaxReaders=2; Agent:BearerToken=secret; Logging:LogLevel:Default=Debug";

    [Theory]
    [InlineData(Running, "")]
    [InlineData("A/roots:0:path=/one; a/Roots:0:IGNORE:0=*.tmp; a/Roots:1:Path=/two/; a/queue:capacity=1; agent:maxreaders=2; Agent:BearerToken=secret; Logging:LogLevel:Default=Debug", "")]

    // In another order, and between others: the number of a root says nothing.
    [InlineData("a/Roots:5:Path=/two; a/Roots:7:Path=/one; a/Roots:7:Ignore:0=*.tmp; a/Queue:Capacity=1; Agent:MaxReaders=2; Agent:BearerToken=secret; Logging:LogLevel:Default=Debug", "")]
    [InlineData(Running + "; a/Roots:2:Path=/three; a/Roots:2:Ignore:0=x", "+a:/three")]
    [InlineData("a/Roots:0:Path=/one; a/Roots:0:Ignore:0=*.tmp; a/Queue:Capacity=1; Agent:MaxReaders=2; Agent:BearerToken=secret; Logging:LogLevel:Default=Debug", "-a:/two")]
    [InlineData("a/Roots:0:Path=/ONE; a/Roots:1:Path=/two; a/Queue:Capacity=1; Agent:MaxReaders=2; Agent:BearerToken=secret; Logging:LogLevel:Default=Debug", "+a:/ONE -a:/one")]
    [InlineData(Running + "; a/Roots:0:Ignore:1=x", "FileMonitor:Monitors:a:Roots:0:Ignore:1")]
    [InlineData("a/Roots:0:Path=/one; a/Roots:1:Path=/two; Agent:MaxReaders=3; Agent:BearerToken=other; Logging:LogLevel:Default=Trace", "access:Agent:BearerToken logging:Logging:LogLevel:Default Agent:MaxReaders FileMonitor:Monitors:a:Queue:Capacity FileMonitor:Monitors:a:Roots:0:Ignore:0")]
    [InlineData(Running + "; b/Roots:0:Path=/four; b/Queue:Capacity=1", "FileMonitor:Monitors:b")]
    [InlineData("b/Roots:0:Path=/one; Agent:MaxReaders=2; Agent:BearerToken=secret; Logging:LogLevel:Default=Debug", "FileMonitor:Monitors:a FileMonitor:Monitors:b")]
    [InlineData(Running + "; Agent:AllowedHosts:0=x; Agent:Monitors:a:JsonLinesFile:Path=/f; Agent:Urls=http://localhost:1", "access:Agent:AllowedHosts:0 Agent:Monitors:a:JsonLinesFile:Path Agent:Urls")]
    public void A_difference_is_named_by_its_key_and_a_root_by_its_path(string wanted, string difference) =>
        Assert.Equal(difference, Words(Of(Running).To(Of(wanted))));

    [Fact]
    public void What_was_not_taken_over_is_different_the_next_time_too()
    {
        var running = Of(Running);
        var wanted = Of("a/Roots:0:Path=/one; a/Roots:1:Path=/three; a/Roots:1:Ignore:0=x; Agent:MaxReaders=3; Agent:BearerToken=other");

        // The root /two could not be removed, nothing but the token was taken over.
        var after = running.With([new("a", "/one"), new("a", "/two"), new("a", "/three")], wanted, kind => kind == SettingKind.Access);

        Assert.Equal(
            "-a:/two logging:Logging:LogLevel:Default Agent:MaxReaders FileMonitor:Monitors:a:Queue:Capacity FileMonitor:Monitors:a:Roots:0:Ignore:0",
            Words(after.To(wanted)));
    }

    private static string Words(SettingsDifference difference) => string.Join(
        ' ',
        difference.Added.Select(root => $"+{root.Monitor}:{root.Path}")
            .Concat(difference.Removed.Select(root => $"-{root.Monitor}:{root.Path}"))
            .Concat(difference.Access.Select(key => "access:" + key))
            .Concat(difference.Logging.Select(key => "logging:" + key))
            .Concat(difference.Fixed));

    /// <summary>Settings as <c>key=value</c>, where <c>a/</c> stands for the section of monitor a.</summary>
    private static SettingsSnapshot Of(string settings) => SettingsSnapshot.Of(new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Split("; ").Select(setting => setting.Split('=')).Select(pair => KeyValuePair.Create(
            pair[0].Split('/') is [var monitor, var key] ? $"FileMonitor:Monitors:{monitor}:{key}" : pair[0], (string?)pair[1])))
        .Build());
}
