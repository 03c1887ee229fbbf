using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests;

public sealed class AuditEventTextTests
{
    [Theory]
    [InlineData(AuditEventKind.AttributesChanged, ItemAttributes.Mode, "mode 0644 → 4755")]
    [InlineData(AuditEventKind.AttributesChanged, ItemAttributes.Owner | ItemAttributes.Group, "owner root → \"a b\", group 7 → unknown")]
    [InlineData(AuditEventKind.AttributesChanged, ItemAttributes.LastWriteTime, "written 2026-01-02 12:00:00Z → 2026-01-03 12:00:00Z")]
    [InlineData(AuditEventKind.AttributesChanged, ItemAttributes.LinkTarget, "target \"\\x1b[2J\" → \"a,b\"")]
    [InlineData(AuditEventKind.Modified, ItemAttributes.Mode | ItemAttributes.LastWriteTime, "mode 0644 → 4755")]    // the content was written, so the time tells nothing
    [InlineData(AuditEventKind.Modified, ItemAttributes.LastWriteTime, null)]
    [InlineData(AuditEventKind.Modified, ItemAttributes.None, null)]
    public void What_changed_of_the_metadata_is_told_before_and_after(AuditEventKind kind, ItemAttributes changed, string? words) =>
        AuditEventText.Changes(new()
        {
            Kind = kind,
            ChangedAttributes = changed,
            Previous = new() { Mode = 0x1A4, OwnerId = 0, OwnerName = "root", GroupId = 7, LastWriteTime = Noon, LinkTarget = "\u001b[2J" },
            Metadata = new() { Mode = 0x9ED, OwnerId = 9, OwnerName = "a b", LastWriteTime = Noon.AddDays(1), LinkTarget = "a,b" },
        }).Should().Be(words);

    [Fact]
    public void What_was_before_is_not_invented() =>
        AuditEventText.Changes(new() { Kind = AuditEventKind.AttributesChanged, ChangedAttributes = ItemAttributes.Mode }).Should().BeNull();

    [Theory]
    [InlineData("/usr/bin/tar", 4711, "root", 0L, false, "/usr/bin/tar (pid 4711, root)")]
    [InlineData("/usr/bin/tar", 4711, null, 1000L, true, "/usr/bin/tar (pid 4711, uid 1000) and others")]
    [InlineData(null, 4711, null, null, false, "an unknown program (pid 4711)")]
    [InlineData("/tmp/\u001b[2J", 1, "r\u202et", null, false, "\"/tmp/\\x1b[2J\" (pid 1, \"r\\u202et\")")]
    [InlineData("/tmp/x (pid 1, root)", 4711, "eve", null, false, "\"/tmp/x (pid 1, root)\" (pid 4711, eve)")]
    public void Who_made_the_change_is_told_as_far_as_it_is_known(string? program, int? number, string? user, long? userId, bool others, string words) =>
        AuditEventText.Actor(new()
        {
            Actor = new() { Confidence = ActorConfidence.Kernel, Executable = program, ProcessId = number, UserName = user, UserId = userId },
            HasOtherActors = others,
        }).Should().Be(words);

    [Theory]
    [InlineData(ActorConfidence.Kernel, "/usr/bin/tar (pid 4711, root)")]
    [InlineData(ActorConfidence.ProcLookup, "/usr/bin/tar (pid 4711, root, looked up)")]
    [InlineData(ActorConfidence.ExecCache, "/usr/bin/tar (pid 4711, root, from its start)")]
    public void What_is_less_certain_is_marked(ActorConfidence confidence, string words) =>
        AuditEventText.Actor(new() { Actor = new() { Confidence = confidence, Executable = "/usr/bin/tar", ProcessId = 4711, UserName = "root" } }).Should().Be(words);

    [Fact]
    public void Nobody_who_is_not_known_is_named()
    {
        AuditEventText.Actor(new()).Should().BeNull();
        AuditEventText.Actor(new() { Actor = new() { Confidence = ActorConfidence.Unknown, ProcessId = 4711 } }).Should().BeNull();
    }

    [Fact]
    public void There_must_be_an_event()
    {
        FluentActions.Invoking(() => AuditEventText.Changes(null!)).Should().Throw<ArgumentNullException>();
        FluentActions.Invoking(() => AuditEventText.Actor(null!)).Should().Throw<ArgumentNullException>();
    }

    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);
}
