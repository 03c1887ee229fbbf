using System.Text;
using FileMonitor.Durable.Journals;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Durable.Tests.Journals;

public sealed class RecordLineTests
{
    [Theory]
    [InlineData("""{"sequence":1,"hints":2,"redo":"AAAA"}""", """{"sequence":1,"hints":2}""")]
    [InlineData("""{"sequence":1}""", """{"sequence":1}""")]
    [InlineData("""{"sequence":1,"detail":",\"redo\":\"x\"","redo":"AAAA"}""", """{"sequence":1,"detail":",\"redo\":\"x\""}""")]
    [InlineData("""{"sequence":1,"gap":{"redo":1},"redo":{"a":[1]},"x":2}""", """{"sequence":1,"gap":{"redo":1},"x":2}""")]
    [InlineData("""{"redo":"AAAA","sequence":1}""", """{"sequence":1}""")]
    public void What_redo_needs_is_left_out_and_nothing_else(string line, string told) =>
        Encoding.UTF8.GetString(RecordLine.Read(Encoding.UTF8.GetBytes(line + "\n")).WithoutRedo(Encoding.UTF8.GetBytes(line + "\n"))).Should().Be(told + "\n");

    [Theory]
    [InlineData("")]
    [InlineData("[1]")]
    [InlineData("{")]
    [InlineData("{\"sequence\":")]
    [InlineData("{\"kind\":1,\"at\":2,\"id\":3}")]
    [InlineData("{\"kind\":\"\\ud800\",\"at\":\"tomorrow\",\"id\":\"x\"}")]
    public void What_is_no_record_has_nothing(string line)
    {
        var read = RecordLine.Read(Encoding.UTF8.GetBytes(line));

        (read.At, read.Kind, read.Id).Should().Be((null, null, null));
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_have_nothing() => RecordLine.Read([.. "{\"kind\":\""u8, 0xFF, .. "\"}"u8]).Kind.Should().BeNull();

    [Fact]
    public void An_event_and_another_record_say_when_they_were_written()
    {
        var id = Guid.NewGuid();
        RecordLine.Read(Encoding.UTF8.GetBytes($$"""{"id":"{{id}}","sequence":1,"kind":"Created","emittedAt":"2026-03-01T12:00:00Z"}"""))
            .Should().Be(new RecordLine("Created", StoryJournal.Begin, IsEvent: true, id, default, HasRedo: false));
        RecordLine.Read("""{"kind":"Started","at":"2026-03-01T12:00:00+00:00"}"""u8)
            .Should().Be(new RecordLine("Started", StoryJournal.Begin, IsEvent: false, Id: null, default, HasRedo: false));
    }
}
