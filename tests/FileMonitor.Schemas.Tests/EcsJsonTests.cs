using System.Text.Json;
using FileMonitor.Testing;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Schemas.Tests;

/// <summary>What an event becomes in ECS, field by field (docs/events.md).</summary>
public sealed class EcsJsonTests
{
    private static readonly SchemaContext Context = new() { HostName = "web-1", HostId = "42aa", Product = "ingest", Version = "3.1", Vendor = "Example" };

    [Fact]
    public void A_file_with_everything_that_is_known()
    {
        var at = new DateTimeOffset(2026, 5, 4, 3, 2, 1, TimeSpan.Zero);
        var changed = FakeAuditEvent.AttributesChanged("in/report.tar.gz", e =>
        {
            (e.Root, e.Mode, e.OwnerId, e.OwnerName, e.GroupId, e.GroupName, e.FileId) = ("/srv", 0b110_100_000, 1000, "ann", 100, "users", "fe01:77");
            (e.OccurredAt, e.LastWriteTime, e.ChangeTime, e.Flags) = (at, at.AddHours(-2), at.AddHours(-1), ItemFlags.AppendOnly | ItemFlags.Immutable);
            e.ChangedAttributes = ItemAttributes.Mode | ItemAttributes.Owner;
            e.Previous = new ItemMetadata { Mode = 0b110_100_100, OwnerId = 0, OwnerName = "root" };
            e.ExtendedAttributes = new ExtendedAttributes(new Dictionary<string, byte[]?> { ["user.a.b"] = [1] });
            e.Actor = new Actor { Confidence = ActorConfidence.Kernel, ProcessId = 7, StartKey = 99, Executable = "/usr/bin/chmod", CommandLine = "chmod 640 a", UserId = 0, UserName = "root", ContainerId = "0f1e" };
            e.SetContent("1;2");
        });
        var ecs = Schema.Ecs.Read(changed, Context);

        Values(ecs, "ecs", "agent", "host", "process", "user", "container", "related").Should().Equal(
            "ecs.version=9.4.0", "agent.name=ingest", "agent.type=filemonitor", "agent.version=3.1", "host.name=web-1", "host.id=42aa",
            "process.pid=7", "process.entity_id=42aa:7:99", "process.executable=/usr/bin/chmod", "process.name=chmod", "process.command_line=chmod 640 a", "process.user.id=0", "process.user.name=root",
            "user.id=0", "user.name=root", "container.id=0f1e", $"related.hash=[\"{changed.Sha256}\"]", "related.user=[\"root\",\"ann\"]");
        Values(ecs, "file").Should().Equal(
            "file.path=/srv/in/report.tar.gz", "file.name=report.tar.gz", "file.directory=/srv/in", "file.extension=gz", "file.type=file", "file.size=3", $"file.hash.sha256={changed.Sha256}",
            "file.device=fe01", "file.inode=77", "file.mode=0640", "file.uid=1000", "file.owner=ann", "file.gid=100", "file.group=users",
            "file.mtime=2026-05-04T01:02:01+00:00", "file.ctime=2026-05-04T02:02:01+00:00", "file.attributes=[\"immutable\",\"appendonly\"]");
        Values(ecs, "labels").Should().Equal(
            "labels.origin=Live", "labels.item_type=File", "labels.checksum_status=Computed", "labels.root=/srv", "labels.settled_at=2026-05-04T03:02:01+00:00", "labels.writers=None",
            "labels.changed_attributes=Mode, Owner", "labels.actor_confidence=Kernel", "labels.actor_others=false", "labels.actor_start_key=99", "labels.hints=1",
            $"labels.other_attributes=user.a.b={changed.ExtendedAttributes!.Others["user.a.b"]}", "labels.previous_mode=0644", "labels.previous_uid=0", "labels.previous_owner=root");
        Values(ecs, "event").Should().Contain(["event.kind=event", "event.action=attributes-changed", "event.code=AttributesChanged", "event.type=[\"change\"]", "event.outcome=success", "event.provider=ingest"]);
    }

    [Theory]
    [InlineData(AuditEventKind.Created, "event", "creation", "created")]
    [InlineData(AuditEventKind.Modified, "event", "change", "modified")]
    [InlineData(AuditEventKind.Deleted, "event", "deletion", "deleted")]
    [InlineData(AuditEventKind.Renamed, "event", "change", "renamed")]
    [InlineData(AuditEventKind.AttributesChanged, "event", "change", "attributes-changed")]
    [InlineData(AuditEventKind.ChecksumUpdated, "event", "info", "checksum-updated")]
    [InlineData(AuditEventKind.Baseline, "state", "info", "baseline")]
    [InlineData(AuditEventKind.Gap, "pipeline_error", "info", "gap")]
    [InlineData(AuditEventKind.RootLost, "pipeline_error", "info", "root-lost")]
    [InlineData(AuditEventKind.RootRestored, "event", "info", "root-restored")]
    public void Each_kind_has_its_words(AuditEventKind kind, string ecsKind, string type, string action)
    {
        var fields = Schema.Ecs.Read(new AuditEvent { Kind = kind, Root = "/srv" }).GetProperty("event");

        fields.GetProperty("kind").GetString().Should().Be(ecsKind);
        fields.GetProperty("type")[0].GetString().Should().Be(type);
        fields.GetProperty("action").GetString().Should().Be(action);
    }

    [Fact]
    public void A_change_whose_file_could_not_be_read_has_happened()
    {
        var ecs = Schema.Ecs.Read(FakeAuditEvent.Deleted("a", e => (e.ChecksumStatus, e.Detail) = (ChecksumStatus.Unreadable, "Permission denied.")));

        ecs.GetProperty("event").GetProperty("outcome").GetString().Should().Be("success");
        ecs.GetProperty("event").GetProperty("reason").GetString().Should().Be("Unreadable");
        ecs.GetProperty("message").GetString().Should().Be("Permission denied.");
        ecs.TryGetProperty("error", out _).Should().BeFalse();
    }

    [Theory]
    [InlineData(ChecksumStatus.Computed, "success")]
    [InlineData(ChecksumStatus.TooLarge, "success")]
    [InlineData(ChecksumStatus.Pending, "unknown")]
    [InlineData(ChecksumStatus.TimedOut, "failure")]
    [InlineData(ChecksumStatus.Vanished, "failure")]
    public void Reading_a_file_may_fail(ChecksumStatus status, string outcome) =>
        Schema.Ecs.Read(new AuditEvent { Kind = AuditEventKind.ChecksumUpdated, Root = "/srv", RelativePath = "a", ChecksumStatus = status })
            .GetProperty("event").GetProperty("outcome").GetString().Should().Be(outcome);

    [Fact]
    public void A_gap_fails_until_it_is_closed()
    {
        var opened = Schema.Ecs.Read(FakeAuditEvent.Gap(GapCause.QueueFull, e => (e.Lost, e.GapNumber) = (7, 3)));
        var closed = Schema.Ecs.Read(FakeAuditEvent.Gap(GapCause.QueueFull, e => (e.GapPhase, e.GapNumber) = (GapPhase.Closed, 3)));
        var skipped = Schema.Ecs.Read(FakeAuditEvent.Gap(GapCause.ReaderTooSlow, e => e.GapPhase = GapPhase.Closed));

        new[] { opened, closed, skipped }.Select(ecs => ecs.GetProperty("event").GetProperty("outcome").GetString()).Should().Equal("failure", "success", "failure");
        opened.GetProperty("event").GetProperty("reason").GetString().Should().Be("QueueFull");
        opened.GetProperty("error").GetProperty("message").GetString().Should().Be("A gap that a test made.");
        Values(opened, "labels").Should().Contain(["labels.gap_cause=QueueFull", "labels.gap_phase=Opened", "labels.gap_number=3", "labels.gap_lost=7"]);
    }

    [Fact]
    public void Each_attribute_that_changed_has_its_own_name() =>
        Schema.Ecs.Read(FakeAuditEvent.AttributesChanged("a", e => e.ChangedAttributes = ItemAttributes.Permissions | ItemAttributes.OtherExtendedAttributes))
            .GetProperty("labels").GetProperty("changed_attributes").GetString().Should().Be("Mode, Owner, Group, Flags, OtherExtendedAttributes");

    [Fact]
    public void A_rename_has_the_path_before_and_what_it_replaced()
    {
        var renamed = FakeAuditEvent.Renamed("a.txt", "b.txt", e => (e.Root, e.ReplacedSha256) = ("/srv", new string('a', 64)));
        var ecs = Schema.Ecs.Read(renamed);

        ecs.GetProperty("file").GetProperty("path").GetString().Should().Be("/srv/b.txt");
        ecs.GetProperty("labels").GetProperty("previous_path").GetString().Should().Be("/srv/a.txt");
        ecs.GetProperty("labels").GetProperty("replaced_sha256").GetString().Should().Be(renamed.ReplacedSha256);
        ecs.GetProperty("related").GetProperty("hash").EnumerateArray().Select(hash => hash.GetString()).Should().Equal(renamed.Sha256, renamed.ReplacedSha256);
    }

    [Fact]
    public void A_name_that_is_not_UTF_8_comes_with_its_bytes()
    {
        var ecs = Schema.Ecs.Read(FakeAuditEvent.Created("a\udcff.txt"));

        ecs.GetProperty("file").GetProperty("name").GetString().Should().Be("a\ufffd.txt");
        ecs.GetProperty("labels").GetProperty("relative_path_bytes").GetBytesFromBase64().Should().Equal((byte)'a', 0xFF, (byte)'.', (byte)'t', (byte)'x', (byte)'t');
    }

    [Theory]
    [InlineData(".bashrc", null)]
    [InlineData("Makefile", null)]
    [InlineData("a.", null)]
    [InlineData(".a.b", "b")]
    public void A_dot_in_front_or_at_the_end_makes_no_extension(string name, string? extension)
    {
        var file = Schema.Ecs.Read(FakeAuditEvent.Created($"x.y/{name}")).GetProperty("file");

        (file.TryGetProperty("extension", out var found) ? found.GetString() : null).Should().Be(extension);
    }

    /// <summary>The fields below the given names as <c>name=value</c>.</summary>
    internal static IEnumerable<string> Values(JsonElement document, params string[] names) => names.SelectMany(name => Values(name, document.GetProperty(name)));

    private static IEnumerable<string> Values(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Object ? value.EnumerateObject().SelectMany(member => Values($"{name}.{member.Name}", member.Value)) : [$"{name}={value}"];
}
