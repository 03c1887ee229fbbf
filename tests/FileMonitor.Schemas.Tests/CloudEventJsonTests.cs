using System.Net.Mime;
using System.Text;
using System.Text.Json;
using CloudNative.CloudEvents;
using CloudNative.CloudEvents.SystemTextJson;
using FileMonitor.JsonLines;
using FileMonitor.Testing;
using FileMonitor.Tests;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Schemas.Tests;

/// <summary>What an event becomes as a CloudEvent, and what the library of CloudEvents makes of it.</summary>
public sealed class CloudEventJsonTests
{
    [Fact]
    public void The_library_of_CloudEvents_reads_every_event()
    {
        for (var seed = 0; seed < 1_000; seed++)
        {
            var auditEvent = RandomEvents.Make(new Random(seed));

            var decoded = Decode(auditEvent);

            decoded.IsValid.Should().BeTrue("of seed {0}", seed);
            decoded.Id.Should().Be(auditEvent.Id.ToString());
            decoded.Time.Should().Be(auditEvent.OccurredAt);
            AuditEventJson.Serialize(AuditEventJson.Parse(((JsonElement)decoded.Data!).GetRawText())).Should().Be(AuditEventJson.Serialize(auditEvent));
        }
    }

    [Fact]
    public void An_event_has_its_root_as_source_and_its_path_as_subject()
    {
        var created = FakeAuditEvent.Created("in/Größe 1.csv", e => (e.Root, e.Sequence) = ("/srv/50 %", 12));
        var decoded = Decode(created, new SchemaContext { HostName = "web-1.example.org", CloudEventTypePrefix = "org.example" });

        decoded.Type.Should().Be("org.example.file.created.v1");
        decoded.Source!.OriginalString.Should().Be("file://web-1.example.org/srv/50%20%25");
        decoded.Subject.Should().Be("in/Größe 1.csv");
        decoded.DataContentType.Should().Be("application/json");
        decoded["sequence"].Should().Be("0000000000000000012");
    }

    [Fact]
    public void Sequences_are_ordered_as_texts()
    {
        long[] numbers = [1, 9, 10, 99_999, long.MaxValue];

        numbers.Select(number => (string)Decode(FakeAuditEvent.Created("a", e => e.Sequence = number))["sequence"]!).Should().BeInAscendingOrder(StringComparer.Ordinal);
    }

    [Theory]
    [InlineData(AuditEventKind.Modified, "filemonitor.file.modified.v1")]
    [InlineData(AuditEventKind.AttributesChanged, "filemonitor.file.attributes_changed.v1")]
    [InlineData(AuditEventKind.ChecksumUpdated, "filemonitor.file.checksum_updated.v1")]
    [InlineData(AuditEventKind.Baseline, "filemonitor.baseline.v1")]
    [InlineData(AuditEventKind.Gap, "filemonitor.gap.v1")]
    [InlineData(AuditEventKind.RootLost, "filemonitor.root_lost.v1")]
    [InlineData(AuditEventKind.RootRestored, "filemonitor.root_restored.v1")]
    public void Each_kind_has_its_type(AuditEventKind kind, string type) =>
        Schema.CloudEvents.Read(new AuditEvent { Kind = kind, Root = "/srv" }).GetProperty("type").GetString().Should().Be(type);

    [Fact]
    public void The_root_itself_is_no_subject() => Decode(FakeAuditEvent.RootLost()).Subject.Should().BeNull();

    [Theory]
    [InlineData("/srv/\\a\n", "file://h/srv/%5Ca%0A")]
    [InlineData("C:\\data\\a b", "file://h/C:/data/a%20b")]
    [InlineData("\\\\server\\share", "file://h///server/share")]
    [InlineData("", "file://h/")]
    [InlineData("/", "file://h/")]
    public void A_source_has_the_bytes_of_the_root(string root, string source) =>
        Schema.CloudEvents.Read(new AuditEvent { Root = root }, new SchemaContext { HostName = "h" }).GetProperty("source").GetString().Should().Be(source);

    [Fact]
    public void A_source_has_bytes_that_are_not_UTF_8() =>
        Schema.CloudEvents.Read(new AuditEvent { Root = "/srv/\udcff" }, new SchemaContext { HostName = "h" }).GetProperty("source").GetString().Should().Be("file://h/srv/%FF");

    [Theory]
    [InlineData("my_host", "my_host")]
    [InlineData("Ann's Mac.local", "Ann-s-Mac.local")]
    [InlineData("..a..-b_.", "a.b")]
    [InlineData("größe\n", "gr--e")]
    [InlineData("//..", "localhost")]
    [InlineData("a/b?c#d@e:1", "a-b-c-d-e-1")]
    public void A_host_name_cannot_leave_its_place_in_the_source(string hostName, string host)
    {
        var decoded = Decode(FakeAuditEvent.Created("a", e => e.Root = "/srv"), new SchemaContext { HostName = hostName });

        decoded.Source!.OriginalString.Should().Be($"file://{host}/srv");
    }

    [Fact]
    public void A_subject_has_no_character_that_is_not_allowed() =>
        Decode(FakeAuditEvent.Created("a\n\u0085\uffff\udcffb")).Subject.Should().Be("a\ufffd\ufffd\ufffd\ufffdb");

    private static CloudEvent Decode(AuditEvent auditEvent, SchemaContext? context = null) =>
        new JsonEventFormatter().DecodeStructuredModeMessage(Encoding.UTF8.GetBytes(Schema.CloudEvents.Line(auditEvent, context)), new ContentType("application/cloudevents+json"), null);
}
