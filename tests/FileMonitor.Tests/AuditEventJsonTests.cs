using System.Text.Json;
using FileMonitor.JsonLines;
using FileMonitor.Values;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests;

public sealed class AuditEventJsonTests
{
    [Fact]
    public void Who_did_it_is_one_object() => ActorOf(new()
    {
        Confidence = ActorConfidence.Kernel,
        ProcessId = 4711,
        StartKey = 123456789012,
        Executable = "/usr/bin/tar",
        CommandLine = "tar -xf \"a b\"",
        UserId = 4294967294,
        UserName = "backup",
        ContainerId = "0f1e",
    }).Should().Be("""
        {"confidence":"Kernel","processId":4711,"startKey":123456789012,"executable":"/usr/bin/tar","commandLine":"tar -xf \u0022a b\u0022","userId":4294967294,"userName":"backup","containerId":"0f1e","others":false}
        """);

    [Fact]
    public void What_is_not_known_of_it_is_left_out() =>
        ActorOf(new() { ProcessId = 1 }, others: true).Should().Be("""{"confidence":"Unknown","processId":1,"others":true}""");

    [Fact]
    public void Without_anybody_there_is_no_object() =>
        Parse(new AuditEvent { RelativePath = "a" }).EnumerateObject().Select(member => member.Name).Should()
            .Contain("relativePath").And.NotContain(["actor", "others", "hasOtherActors", "actorAsJson"]);

    [Fact]
    public void Besides_the_object_nothing_says_it_again() =>
        Parse(new AuditEvent { Actor = new(), HasOtherActors = true }).EnumerateObject().Select(member => member.Name).Should()
            .ContainSingle(name => name.Contains("actor", StringComparison.OrdinalIgnoreCase));

    [Fact]
    public void A_gap_is_one_object()
    {
        var said = Parse(new AuditEvent
        {
            Kind = AuditEventKind.Gap,
            Gap = new() { Cause = GapCause.QueueFull, Phase = GapPhase.Closed, Number = 2, Found = 0, Lost = 41, FirstSequence = 6, LastSequence = 9, Opening = new() },
            Detail = "words",
        });

        said.GetProperty("gap").GetRawText().Should().Be("""{"cause":"QueueFull","phase":"Closed","number":2,"found":0,"lost":41,"firstSequence":6,"lastSequence":9}""");
        said.EnumerateObject().Select(member => member.Name).Should().ContainSingle(name => name.Contains("gap", StringComparison.OrdinalIgnoreCase))
            .And.NotContain(["cause", "phase", "lost", "firstSequence"]);
    }

    [Fact]
    public void What_is_not_known_of_a_gap_is_left_out() =>
        Parse(new AuditEvent { Kind = AuditEventKind.Gap, Gap = new() { Cause = GapCause.ShutdownTimeout } }).GetProperty("gap").GetRawText()
            .Should().Be("""{"cause":"ShutdownTimeout","phase":"Opened"}""");

    [Fact]
    public void Other_kinds_say_nothing_of_a_gap()
    {
        foreach (var kind in Enum.GetValues<AuditEventKind>().Where(kind => kind != AuditEventKind.Gap))
        {
            Parse(new AuditEvent { Kind = kind, RelativePath = "a" }).EnumerateObject().Select(member => member.Name)
                .Should().Contain("relativePath").And.NotContain(name => name.Contains("gap", StringComparison.OrdinalIgnoreCase) || name == "lost");
        }
    }

    [Theory]
    [InlineData(new byte[] { (byte)'/', 0xFF, 0xE9, (byte)'x' }, "/\ufffd\ufffdx", "L//peA==")]
    [InlineData(new byte[] { (byte)'/', 0xF0, 0x9F, 0x92, 0xBE }, "/\U0001f4be", null)]
    public void A_name_that_is_not_utf8_is_written_as_a_path_is(byte[] bytes, string shown, string? inBase64)
    {
        var name = PathText.Decode(bytes);
        var said = Parse(new AuditEvent { RelativePath = name, Actor = new() { Executable = name, CommandLine = name } });
        var actor = said.GetProperty("actor");

        new[] { TextOf(said, "relativePath"), TextOf(actor, "executable"), TextOf(actor, "commandLine") }
            .Should().OnlyContain(text => text == shown);
        new[] { TextOf(said, "relativePathBytes"), TextOf(actor, "executableBytes"), TextOf(actor, "commandLineBytes") }
            .Should().OnlyContain(text => text == inBase64);
    }

    private static string? TextOf(JsonElement element, string name) => element.TryGetProperty(name, out var member) ? member.GetString() : null;

    private static string ActorOf(Actor actor, bool others = false) =>
        Parse(new AuditEvent { Actor = actor, HasOtherActors = others }).GetProperty("actor").GetRawText();

    private static JsonElement Parse(AuditEvent said)
    {
        using var document = JsonDocument.Parse(AuditEventJson.Serialize(said));
        return document.RootElement.Clone();
    }
}
