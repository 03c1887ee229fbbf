using System.Text.Json;
using FileMonitor.Testing;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Schemas.Tests;

/// <summary>What an event becomes in OCSF, attribute by attribute (docs/events.md).</summary>
public sealed class OcsfJsonTests
{
    private static readonly SchemaContext Context = new() { HostName = "web-1", HostId = "42aa", Product = "ingest", Version = "3.1", Vendor = "Example" };
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeMilliseconds(1_777_777_777_123);

    [Fact]
    public void The_version_is_the_one_that_is_checked() => OcsfJson.SchemaVersion.Should().Be(OcsfRules.Version);

    [Fact]
    public void A_change_has_the_file_before_and_after()
    {
        var modified = FakeAuditEvent.Modified("in/a.csv", e =>
        {
            (e.Root, e.Monitor, e.FileId, e.Mode, e.OwnerId, e.OwnerName) = ("/srv", "uploads", "fe01:77", 0b110_100_000, 1000, "ann");
            (e.OccurredAt, e.FirstOccurredAt, e.Sequence, e.Hints) = (At, At.AddSeconds(-1), 5, 3);
            (e.LastWriteTime, e.PreviousSize) = (At.AddSeconds(-2), 9);
            e.Previous = new ItemMetadata { Mode = 0b110_100_100, OwnerId = 0, OwnerName = "root", LastWriteTime = At.AddHours(-1) };
            e.Actor = new Actor { ProcessId = 7, StartKey = 99, Executable = "/bin/cp", CommandLine = "cp x a.csv", UserId = 1000, UserName = "ann", ContainerId = "0f1e" };
            e.SetContent("1;2");
        });
        var ocsf = Schema.Ocsf.Read(modified, Context);

        Values(ocsf, "category_uid", "class_uid", "activity_id", "activity_name", "type_uid", "severity_id", "status_id", "time", "start_time", "end_time", "count").Should().Equal(
            "category_uid=1", "class_uid=1001", "activity_id=3", "activity_name=Update", "type_uid=100103", "severity_id=1", "status_id=1",
            "time=1777777777123", "start_time=1777777776123", "end_time=1777777777123", "count=3");
        Values(ocsf, "metadata", "device", "actor").Should().Equal(
            "metadata.version=1.8.0", $"metadata.uid={modified.Id}", "metadata.event_code=Modified", "metadata.sequence=5", "metadata.logged_time=1777777777123", "metadata.log_name=uploads",
            "metadata.product.name=ingest", "metadata.product.vendor_name=Example", "metadata.product.version=3.1", "metadata.profiles=[\"container\"]",
            "device.type_id=0", "device.type=Unknown", "device.hostname=web-1", "device.uid=42aa",
            "actor.process.pid=7", "actor.process.uid=42aa:7:99", "actor.process.cmd_line=cp x a.csv", "actor.process.name=cp", "actor.process.file.name=cp", "actor.process.file.path=/bin/cp",
            "actor.process.file.parent_folder=/bin", "actor.process.file.type_id=1", "actor.process.file.type=Regular File", "actor.process.container.uid=0f1e", "actor.user.uid=1000", "actor.user.name=ann");
        Values(ocsf, "file").Should().Equal(
            "file.name=a.csv", "file.path=/srv/in/a.csv", "file.parent_folder=/srv/in", "file.ext=csv", "file.type_id=1", "file.type=Regular File", "file.uid=fe01:77", "file.volume=fe01", "file.size=9",
            Hashes("file", modified.PreviousSha256), "file.modified_time=1777774177123", "file.owner.uid=0", "file.owner.name=root", "file.xattributes.mode=0644");
        Values(ocsf, "file_result").Should().Equal(
            "file_result.name=a.csv", "file_result.path=/srv/in/a.csv", "file_result.parent_folder=/srv/in", "file_result.ext=csv", "file_result.type_id=1", "file_result.type=Regular File",
            "file_result.uid=fe01:77", "file_result.volume=fe01", "file_result.size=3", Hashes("file_result", modified.Sha256), "file_result.modified_time=1777777775123",
            "file_result.owner.uid=1000", "file_result.owner.name=ann", "file_result.xattributes.mode=0640");
    }

    [Fact]
    public void A_new_file_is_one_file()
    {
        var ocsf = Schema.Ocsf.Read(FakeAuditEvent.Created("a.csv", e => e.SetContent("1;2")));

        ocsf.GetProperty("file").GetProperty("size").GetInt64().Should().Be(3);
        ocsf.TryGetProperty("file_result", out _).Should().BeFalse();
        Values(ocsf, "actor").Should().Equal("actor.user.name=Unknown", "actor.user.type_id=0", "actor.user.type=Unknown");
    }

    [Fact]
    public void A_rename_has_both_paths()
    {
        var ocsf = Schema.Ocsf.Read(FakeAuditEvent.Renamed("a.csv", "b.txt", e => (e.Root, e.ReplacedSha256) = ("/srv", new string('a', 64))));

        ocsf.GetProperty("file").GetProperty("path").GetString().Should().Be("/srv/a.csv");
        ocsf.GetProperty("file").GetProperty("ext").GetString().Should().Be("csv");
        ocsf.GetProperty("file_result").GetProperty("path").GetString().Should().Be("/srv/b.txt");
        ocsf.GetProperty("file_result").TryGetProperty("hashes", out _).Should().BeTrue();
        ocsf.GetProperty("unmapped").GetProperty("replaced_sha256").GetString().Should().Be(new string('a', 64));
    }

    [Theory]
    [InlineData(ItemAttributes.Mode, 7)]
    [InlineData(ItemAttributes.LastWriteTime | ItemAttributes.Owner, 7)]
    [InlineData(ItemAttributes.AccessControlList, 7)]
    [InlineData(ItemAttributes.LastWriteTime, 6)]
    [InlineData(ItemAttributes.Flags, 6)]
    [InlineData(ItemAttributes.OtherExtendedAttributes, 6)]
    public void A_change_of_who_may_do_what_is_Set_Security(ItemAttributes changed, int activity)
    {
        var ocsf = Schema.Ocsf.Read(FakeAuditEvent.AttributesChanged("a", e => e.ChangedAttributes = changed));

        ocsf.GetProperty("activity_id").GetInt32().Should().Be(activity);
        ocsf.GetProperty("unmapped").GetProperty("changed_attributes").GetString().Should().Be(changed.ToString());
    }

    [Theory]
    [InlineData(AuditEventKind.Created, 1, "Create")]
    [InlineData(AuditEventKind.Deleted, 4, "Delete")]
    [InlineData(AuditEventKind.Renamed, 5, "Rename")]
    [InlineData(AuditEventKind.ChecksumUpdated, 99, "ChecksumUpdated")]
    [InlineData(AuditEventKind.Baseline, 99, "Baseline")]
    [InlineData(AuditEventKind.Gap, 99, "Gap")]
    [InlineData(AuditEventKind.RootLost, 99, "RootLost")]
    [InlineData(AuditEventKind.RootRestored, 99, "RootRestored")]
    public void Each_kind_has_its_activity(AuditEventKind kind, int activity, string name) =>
        Values(Schema.Ocsf.Read(new AuditEvent { Kind = kind, Root = "/srv" }), "activity_id", "activity_name", "type_uid").Should()
            .Equal($"activity_id={activity}", $"activity_name={name}", $"type_uid={100_100 + activity}");

    [Fact]
    public void What_may_be_missing_is_of_medium_severity()
    {
        var opened = FakeAuditEvent.Gap(GapCause.SourceOverflow, e => (e.Detail, e.Root) = ("Overflow.", "/srv"));
        var closed = FakeAuditEvent.Gap(GapCause.SourceOverflow, e => e.GapPhase = GapPhase.Closed);

        Values(Schema.Ocsf.Read(opened), "severity_id", "status_id", "status_code", "status_detail").Should().Equal("severity_id=3", "status_id=2", "status_code=SourceOverflow", "status_detail=Overflow.");
        Values(Schema.Ocsf.Read(closed), "severity_id", "status_id").Should().Equal("severity_id=1", "status_id=1");
        Schema.Ocsf.Read(FakeAuditEvent.RootLost()).GetProperty("severity_id").GetInt32().Should().Be(3);
    }

    [Fact]
    public void A_sequence_of_more_than_32_bits_is_not_mapped()
    {
        var ocsf = Schema.Ocsf.Read(FakeAuditEvent.Created("a", e => e.Sequence = int.MaxValue + 1L));

        ocsf.GetProperty("metadata").TryGetProperty("sequence", out _).Should().BeFalse();
        ocsf.GetProperty("unmapped").GetProperty("sequence").GetString().Should().Be("2147483648");
    }

    [Fact]
    public void What_is_known_of_a_process_without_a_number_is_not_lost()
    {
        var ocsf = Schema.Ocsf.Read(FakeAuditEvent.Created("a", e => e.Actor = new Actor { Executable = "/bin/sh", CommandLine = "sh -c x", ContainerId = "0f1e" }));

        Values(ocsf, "unmapped").Should().Contain(["unmapped.actor_executable=/bin/sh", "unmapped.actor_command_line=sh -c x", "unmapped.actor_container_id=0f1e"]);
    }

    [Fact]
    public void Security_and_extended_attributes_are_told()
    {
        var attributes = new Dictionary<string, byte[]?> { ["security.selinux"] = "system_u:object_r:etc_t:s0\0"u8.ToArray(), ["user.mode"] = [1], ["user.secret"] = null };
        var created = FakeAuditEvent.Created("a", e => (e.ExtendedAttributes, e.Flags) = (new ExtendedAttributes(attributes), ItemFlags.ReadOnly | ItemFlags.System));
        var file = Schema.Ocsf.Read(created).GetProperty("file");

        Values(file, "xattributes").Should().Contain([$"xattributes.security_label={created.ExtendedAttributes!.SecurityLabel}", $"xattributes.others.user.mode={created.ExtendedAttributes.Others["user.mode"]}", "xattributes.others.user.secret="]);
        Values(file, "is_readonly", "is_system").Should().Equal("is_readonly=True", "is_system=True");
    }

    private static string Hashes(string file, string? checksum) => $"{file}.hashes=[{{\"algorithm_id\":3,\"algorithm\":\"SHA-256\",\"value\":\"{checksum}\"}}]";

    private static IEnumerable<string> Values(JsonElement document, params string[] names) => EcsJsonTests.Values(document, names);
}
