using System.Text.Json;
using System.Text.Json.Nodes;
using FileMonitor.JsonLines;
using FileMonitor.Testing;
using FileMonitor.Tests;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Schemas.Tests;

/// <summary>Whatever an event says, what is written is valid; and what checks it finds errors.</summary>
public sealed class ValidityTests
{
    public static TheoryData<string> Schemas => ["ECS", "OCSF", "CloudEvents"];

    [Theory]
    [MemberData(nameof(Schemas))]
    public void Every_kind_origin_type_and_status_is_valid(string name)
    {
        var schema = Schema.Of(name);
        var random = new Random(1);
        var all = from kind in Enum.GetValues<AuditEventKind>()
                  from origin in Enum.GetValues<AuditEventOrigin>()
                  from type in Enum.GetValues<ItemType>()
                  from status in Enum.GetValues<ChecksumStatus>()
                  select RandomEvents.Make(random, kind, origin, type, status);

        all.SelectMany(auditEvent => schema.Errors(schema.Read(auditEvent))).Distinct().Take(20).Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Schemas))]
    public void Hostile_events_are_valid_lines(string name)
    {
        var schema = Schema.Of(name);
        for (var seed = 0; seed < 2_000; seed++)
        {
            var auditEvent = RandomEvents.Make(new Random(seed));
            var line = schema.Line(auditEvent);

            line.Should().EndWith("}\n");
            line.AsSpan()[..^1].ContainsAnyExceptInRange(' ', '~').Should().BeFalse("a line may be shown on a terminal (seed {0})", seed);
            schema.Errors(schema.ReadFromOwnWriter(auditEvent)).Should().BeEmpty("of seed {0}", seed);
        }
    }

    [Theory]
    [MemberData(nameof(Schemas))]
    public void Half_a_surrogate_pair_and_what_is_no_character_are_valid(string name)
    {
        var schema = Schema.Of(name);
        foreach (var path in new[] { "a\ud83d", "\ud83db", "\udc00", "\ufffe\uffff\ufdd0", "\u0085\u007f", "a\udcff" })
        {
            var auditEvent = new AuditEvent { Kind = AuditEventKind.Renamed, Root = $"/r{path}", RelativePath = path, OldRelativePath = path + path, Metadata = new() { LinkTarget = path }, Detail = path };

            schema.Errors(schema.Read(auditEvent)).Should().BeEmpty();
            schema.Errors(schema.ReadFromOwnWriter(auditEvent)).Should().BeEmpty();
        }
    }

    [Theory]
    [InlineData("ECS")]
    [InlineData("OCSF")]
    public void No_object_and_no_list_is_empty(string name)
    {
        var schema = Schema.Of(name);
        AuditEvent[] little = [FakeAuditEvent.RootLost(), FakeAuditEvent.Gap(GapCause.QueueFull), FakeAuditEvent.Deleted("a", e => e.ItemType = ItemType.Other)];
        var some = Enumerable.Range(0, 500).Select(seed => RandomEvents.Make(new Random(seed)));

        little.Concat(some).SelectMany(auditEvent => Empty(schema.Read(auditEvent), name)).Distinct().Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Schemas))]
    public void An_event_about_the_whole_monitor_is_valid(string name)
    {
        var schema = Schema.Of(name);
        var lost = FakeAuditEvent.Gap(GapCause.SinkFailed, e => e.Root = "");

        lost.Path.Should().BeEmpty();
        schema.Errors(schema.Read(lost)).Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Schemas))]
    public void An_actor_of_whom_one_thing_is_known_is_valid(string name)
    {
        var schema = Schema.Of(name);
        Actor[] actors =
        [
            new(), new() { ProcessId = 7 }, new() { StartKey = 7 }, new() { Executable = "/bin/sh" }, new() { CommandLine = "sh" }, new() { UserId = 0 }, new() { UserName = "root" },
            new() { ContainerId = "0f1e" }, new() { ProcessId = 7, ContainerId = "0f1e" }, new() { Executable = "/" }, new() { Executable = "", CommandLine = "", UserName = "", ContainerId = "" },
        ];

        actors.SelectMany(actor => schema.Errors(schema.Read(FakeAuditEvent.Created("a", e => e.Actor = actor)))).Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Schemas))]
    public void The_top_of_a_file_system_is_valid(string name)
    {
        var schema = Schema.Of(name);

        schema.Errors(schema.Read(FakeAuditEvent.RootLost(e => e.Root = "/"))).Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Schemas))]
    public void Nothing_is_written_for_no_event(string name)
    {
        var schema = Schema.Of(name);
        using var writer = new Utf8JsonWriter(Stream.Null);

        FluentActions.Invoking(() => schema.WriteLine(null!, FakeAuditEvent.Created("a"), null)).Should().Throw<ArgumentNullException>().WithParameterName("output");
        FluentActions.Invoking(() => schema.WriteLine(new System.Buffers.ArrayBufferWriter<byte>(), null!, null)).Should().Throw<ArgumentNullException>().WithParameterName("auditEvent");
        FluentActions.Invoking(() => schema.Write(null!, FakeAuditEvent.Created("a"), null)).Should().Throw<ArgumentNullException>().WithParameterName("writer");
        FluentActions.Invoking(() => schema.Write(writer, null!, null)).Should().Throw<ArgumentNullException>().WithParameterName("auditEvent");
        writer.BytesPending.Should().Be(0);
    }

    // What the rules are worth: each of these is one step from a valid event.
    [Theory]
    [InlineData("ECS", "file.nam", "\"a\"", "file.nam: no field of ECS")]
    [InlineData("ECS", "file.size", "\"3\"", "file.size: \"3\" is no long")]
    [InlineData("ECS", "file.inode", "3", "file.inode: 3 is no keyword")]
    [InlineData("ECS", "file.mtime", "\"today\"", "file.mtime: \"today\" is no date")]
    [InlineData("ECS", "file.hash", "\"3\"", "file.hash: no field of ECS")]
    [InlineData("ECS", "event.kind", "\"fact\"", "event.kind: fact is not in the enumeration")]
    [InlineData("ECS", "event.type", "\"change\"", "event.type: no array")]
    [InlineData("ECS", "event.type", "[\"start\"]", "event.type: start is not for the category file")]
    [InlineData("ECS", "message", "[\"a\"]", "message: an array")]
    [InlineData("ECS", "event.action", "{}", "event.action: an object")]
    [InlineData("ECS", "labels.a", "1", "labels.a: no text, or a name with a dot")]
    [InlineData("ECS", "ecs", null, "ecs: not there")]
    [InlineData("OCSF", "file.nam", "\"a\"", "event.file.nam: not in the schema")]
    [InlineData("OCSF", "file.name", null, "event.file.name: required, and not there")]
    [InlineData("OCSF", "file.name", "3", "event.file.name: 3 is no file_name_t")]
    [InlineData("OCSF", "file.type_id", "10", "event.file.type_id: 10 is not in the enumeration")]
    [InlineData("OCSF", "file.type", "\"Folder\"", "event.file.type: 'Folder' where type_id says 'Regular File'")]
    [InlineData("OCSF", "file.hashes", "{}", "event.file.hashes: no array")]
    [InlineData("OCSF", "file.hashes", "[{\"value\":\"a\"}]", "event.file.hashes.algorithm_id: required, and not there")]
    [InlineData("OCSF", "file.signature", "{}", "event.file.signature: deprecated")]
    [InlineData("OCSF", "file.xattributes", "3", "event.file.xattributes: no object")]
    [InlineData("OCSF", "metadata.sequence", "4294967296", "event.metadata.sequence: 4294967296 is no integer_t")]
    [InlineData("OCSF", "metadata.profiles", "[\"none\"]", "metadata.profiles: the class has no profile none")]
    [InlineData("OCSF", "metadata.version", "\"1.9.0\"", "metadata.version: 1.9.0, not 1.8.0")]
    [InlineData("OCSF", "actor", "{}", "event.actor: at_least_one of process, user, invoked_by, session, app_name, app_uid, and there are 0")]
    [InlineData("OCSF", "actor", "{\"process\":{\"pid\":1,\"container\":{\"uid\":\"a\"}}}", "event.actor.process.container: belongs to a profile that metadata.profiles does not name")]
    [InlineData("OCSF", "actor", "{\"process\":{\"cmd_line\":\"a\"}}", "event.actor.process: at_least_one of pid, uid, cpid, and there are 0")]
    [InlineData("OCSF", "type_uid", "100103", "type_uid: 100103 is not that of activity 1")]
    [InlineData("OCSF", "class_uid", "1002", "event.class_uid: 1002 is not in the enumeration")]
    [InlineData("OCSF", "time", "\"now\"", "event.time: \"now\" is no timestamp_t")]
    [InlineData("OCSF", "severity_id", null, "event.severity_id: required, and not there")]
    [InlineData("CloudEvents", "source", null, "source: required, and not there")]
    [InlineData("CloudEvents", "source", "\"a b\"", "source: a b")]
    [InlineData("CloudEvents", "subject", "\"\"", "subject: empty")]
    [InlineData("CloudEvents", "subject", "\"a\\u0001\"", "subject: has characters that are not allowed")]
    [InlineData("CloudEvents", "time", "\"now\"", "time: now")]
    [InlineData("CloudEvents", "specversion", "\"0.3\"", "specversion: 0.3")]
    [InlineData("CloudEvents", "old_path", "\"a\"", "old_path: no name of an attribute")]
    [InlineData("CloudEvents", "data_base64", "\"\"", "data: there is data_base64 as well")]
    public void The_rules_find_what_is_wrong(string name, string place, string? json, string error)
    {
        var schema = Schema.Of(name);
        var document = JsonNode.Parse(schema.Line(FakeAuditEvent.Created("a.txt", e => e.FileId = "1:2")))!.AsObject();
        var names = place.Split('.');
        var parent = names[..^1].Aggregate(document, (node, member) => node[member]!.AsObject());
        parent.Remove(names[^1]);
        if (json is not null)
        {
            parent[names[^1]] = JsonNode.Parse(json);
        }

        schema.Errors(JsonSerializer.SerializeToElement(document)).Should().Contain(error);
    }

    [Fact]
    public async Task A_sink_writes_the_lines_of_a_schema()
    {
        var directory = Directory.CreateTempSubdirectory("schemas");
        try
        {
            var path = Path.Join(directory.FullName, "ecs.jsonl");
            await using (var sink = new JsonLinesFileSink(path, new() { WriteLine = (output, e) => EcsJson.WriteLine(output, e) }))
            {
                await sink.WriteAsync([FakeAuditEvent.Created("a"), FakeAuditEvent.Deleted("a")], TestContext.Current.CancellationToken);
            }

            (await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken)).Select(line => JsonNode.Parse(line)!["event"]!["action"]!.GetValue<string>()).Should().Equal("created", "deleted");
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static IEnumerable<string> Empty(JsonElement value, string at) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().Any() ? value.EnumerateObject().SelectMany(member => Empty(member.Value, $"{at}.{member.Name}")) : [at],
        JsonValueKind.Array => value.GetArrayLength() > 0 ? value.EnumerateArray().SelectMany(one => Empty(one, at)) : [at],
        _ => [],
    };
}
