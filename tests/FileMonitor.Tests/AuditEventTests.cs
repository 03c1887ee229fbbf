using FileMonitor.Testing;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests;

public sealed class AuditEventTests
{
    [Fact]
    public void A_line_says_number_kind_root_and_path()
    {
        FakeAuditEvent.Created("d/a", Set).ToString().Should().Be("#7 Created  /srv/in box  d/a");
        FakeAuditEvent.Renamed("old", "new", Set).ToString().Should().Be("#7 Renamed  /srv/in box  old → new");
        FakeAuditEvent.RootLost(Set).ToString().Should().Be("#7 RootLost  /srv/in box");
        FakeAuditEvent.Gap(GapCause.QueueFull, Set).ToString().Should().Be("#7 Gap QueueFull Opened  /srv/in box");
        FakeAuditEvent.Gap(GapCause.SinkFailed, e => (e.Sequence, e.Root) = (7, "")).ToString().Should().Be("#7 Gap SinkFailed Opened");
        FakeAuditEvent.Gap(GapCause.Inaccessible, e =>
        {
            Set(e);
            (e.RelativePath, e.GapPhase) = ("d", GapPhase.Closed);
        }).ToString().Should().Be("#7 Gap Inaccessible Closed  /srv/in box  d");

        static void Set(FakeAuditEvent e) => (e.Sequence, e.Root) = (7, "/srv/in box");
    }

    [Theory]
    [InlineData("\e[2J", "\"\\x1b[2J\"")]
    [InlineData("a\n#8 Deleted", "\"a\\n#8 Deleted\"")]
    [InlineData("a  b", "\"a  b\"")]
    [InlineData("a → b", "\"a → b\"")]
    [InlineData("\u202egpj.exe", "\"\\u202egpj.exe\"")]
    public void A_hostile_name_does_nothing_to_a_terminal_and_forges_no_line(string name, string shown)
    {
        FakeAuditEvent.Renamed(name + "x", name, e => (e.Sequence, e.Root) = (7, name)).ToString()
            .Should().Be($"#7 Renamed  {shown}  {shown[..^1]}x\" → {shown}");
        new Actor { ProcessId = 1, Executable = name }.ToString().Should().Be($"1 {shown} ({ActorConfidence.Unknown})");
    }

    [Fact]
    public void A_byte_that_is_not_utf8_is_shown() =>
        FakeAuditEvent.Created("a\udcff", e => (e.Sequence, e.Root) = (7, "/r")).ToString().Should().Be("#7 Created  /r  \"a\\xff\"");
}
