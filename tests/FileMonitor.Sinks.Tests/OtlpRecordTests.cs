using System.Text.Json.Nodes;
using FileMonitor.JsonLines;
using FileMonitor.Schemas;
using FileMonitor.Testing;
using FileMonitor.Tests;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Sinks.Tests;

/// <summary>What a log record says of an event, read as the protocol defines it.</summary>
public sealed class OtlpRecordTests
{
    // Halves of surrogate pairs, what Unicode says is no character, and what acts on a terminal.
    private static readonly string[] NoCharacters = ["a\ud83d", "\ud83db", "\udc00", "\ufffe\uffff\ufdd0", "\u0085\u007f\u2028", "a\udcff", "\0\u0001\e[2J"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_kind_origin_type_status_and_actor_is_a_valid_record_with_every_fact()
    {
        var random = new Random(1);
        var events = (from kind in Enum.GetValues<AuditEventKind>()
                      from origin in Enum.GetValues<AuditEventOrigin>()
                      from type in Enum.GetValues<ItemType>()
                      from status in Enum.GetValues<ChecksumStatus>()
                      select RandomEvents.Make(random, kind, origin, type, status)).ToList();

        var records = await SendAsync(events);

        records.Should().HaveCount(events.Count);
        foreach (var (auditEvent, record) in events.Zip(records))
        {
            record.Body.Should().Be(AuditEventJson.Serialize(auditEvent));
            record.Attributes["log.record.uid"].Should().Be($$"""{"stringValue":"{{auditEvent.Id}}"}""");
            record.Attributes["filemonitor.kind"].Should().Contain(auditEvent.Kind.ToString());
        }

        events.Select(static one => one.Actor?.Confidence).Distinct().Should().HaveCount(Enum.GetValues<ActorConfidence>().Length + 1, "there is each, and none");
    }

    [Fact]
    public async Task Hostile_names_are_valid_records()
    {
        var random = Enumerable.Range(0, 2_000).Select(static seed => RandomEvents.Make(new Random(seed)));
        var halves = NoCharacters.Select(static path =>
            new AuditEvent
            {
                Kind = AuditEventKind.Renamed,
                Root = $"/r{path}",
                RelativePath = path,
                OldRelativePath = path + path,
                Metadata = new() { LinkTarget = path },
                Detail = path,
                OccurredAt = DateTimeOffset.UnixEpoch.AddYears(1),
                EmittedAt = DateTimeOffset.UnixEpoch.AddYears(1),
            });
        var events = random.Concat(halves).ToList();

        var records = await SendAsync(events);

        records.Select(static one => one.Body).Should().Equal(events.Select(AuditEventJson.Serialize));
    }

    [Fact]
    public async Task Attributes_are_those_of_the_semantic_conventions()
    {
        var auditEvent = FakeAuditEvent.Created("d/report.tar.gz", static one =>
        {
            one.Sequence = 9_007_199_254_740_993;
            (one.Root, one.Monitor, one.Detail) = ("/srv", "inbox", "A sentence.");
            one.SetContent("content");
            (one.Mode, one.OwnerId, one.OwnerName, one.GroupId, one.GroupName, one.FileId) = (0x1A0, 0, "root", 100, "users", "fe00000000:860281");
            one.Flags = ItemFlags.Immutable | ItemFlags.AppendOnly;
            one.BirthTime = new DateTimeOffset(2026, 6, 1, 12, 0, 1, TimeSpan.Zero).AddTicks(1);
            one.LastWriteTime = new DateTimeOffset(2026, 6, 1, 12, 0, 2, TimeSpan.Zero);
            one.ChangeTime = new DateTimeOffset(2026, 6, 1, 12, 0, 3, TimeSpan.Zero);
            (one.OccurredAt, one.EmittedAt) = (new DateTimeOffset(2026, 6, 1, 12, 0, 4, TimeSpan.Zero).AddTicks(1), new DateTimeOffset(2026, 6, 1, 12, 0, 5, TimeSpan.Zero));
            one.Actor = new() { Confidence = ActorConfidence.Kernel, ProcessId = 7, Executable = "/bin/cp", CommandLine = "cp a b", UserId = 33, UserName = "www-data", ContainerId = "0f1e" };
            one.HasOtherActors = true;
        });
        var context = new SchemaContext { Product = "intake", Version = "2.1", HostName = "web-1", HostId = "4c4c" };

        var record = (await SendAsync([auditEvent], options => options.Context = context)).Single();

        record.Resource.AsArray().Select(static one => $"{one!["key"]}={one["value"]!["stringValue"]}").Should().Equal("service.name=intake", "service.version=2.1", "host.name=web-1", "host.id=4c4c");
        (record.Scope, record.EventName).Should().Be(("FileMonitor", "filemonitor.file.created"));
        ((string?)record.Json["timeUnixNano"], (string?)record.Json["observedTimeUnixNano"]).Should().Be(("1780315204000000100", "1780315205000000000"));
        record.Attributes.Should().Equal(new Dictionary<string, string>
        {
            ["log.record.uid"] = Text(auditEvent.Id.ToString()),
            ["filemonitor.sequence"] = """{"intValue":"9007199254740993"}""",
            ["filemonitor.kind"] = Text("Created"),
            ["filemonitor.origin"] = Text("Live"),
            ["filemonitor.item_type"] = Text("File"),
            ["filemonitor.monitor"] = Text("inbox"),
            ["filemonitor.root"] = Text("/srv"),
            ["filemonitor.detail"] = Text("A sentence."),
            ["filemonitor.checksum_status"] = Text("Computed"),
            ["filemonitor.sha256"] = Text(auditEvent.Sha256!),
            ["file.path"] = Text("/srv/d/report.tar.gz"),
            ["file.name"] = Text("report.tar.gz"),
            ["file.directory"] = Text("/srv/d"),
            ["file.extension"] = Text("gz"),
            ["file.size"] = """{"intValue":"7"}""",
            ["file.mode"] = Text("0640"),
            ["file.owner.id"] = Text("0"),
            ["file.owner.name"] = Text("root"),
            ["file.group.id"] = Text("100"),
            ["file.group.name"] = Text("users"),
            ["file.inode"] = Text("860281"),
            ["file.created"] = Text("2026-06-01T12:00:01.0000001Z"),
            ["file.modified"] = Text("2026-06-01T12:00:02.0000000Z"),
            ["file.changed"] = Text("2026-06-01T12:00:03.0000000Z"),
            ["file.attributes"] = """{"arrayValue":{"values":[{"stringValue":"immutable"},{"stringValue":"appendonly"}]}}""",
            ["process.pid"] = """{"intValue":"7"}""",
            ["process.executable.path"] = Text("/bin/cp"),
            ["process.executable.name"] = Text("cp"),
            ["process.command_line"] = Text("cp a b"),
            ["user.id"] = Text("33"),
            ["user.name"] = Text("www-data"),
            ["container.id"] = Text("0f1e"),
            ["filemonitor.actor.confidence"] = Text("Kernel"),
            ["filemonitor.actor.others"] = """{"boolValue":true}""",
        });
        AuditEventJson.Parse(record.Body).Should().BeEquivalentTo(auditEvent);
    }

    public static TheoryData<AuditEvent, int, string, string> Severities => new()
    {
        { FakeAuditEvent.Deleted("a"), 9, "INFO", "filemonitor.file.deleted" },
        { FakeAuditEvent.AttributesChanged("a"), 9, "INFO", "filemonitor.file.attributes_changed" },
        { FakeAuditEvent.Baseline("a"), 9, "INFO", "filemonitor.baseline" },
        { FakeAuditEvent.RootRestored(), 9, "INFO", "filemonitor.root_restored" },
        { FakeAuditEvent.RootLost(), 13, "WARN", "filemonitor.root_lost" },
        { FakeAuditEvent.Gap(GapCause.QueueFull, static one => (one.GapNumber, one.GapPhase) = (1, GapPhase.Opened)), 13, "WARN", "filemonitor.gap" },
        { FakeAuditEvent.Gap(GapCause.QueueFull, static one => (one.GapNumber, one.GapPhase) = (1, GapPhase.Closed)), 9, "INFO", "filemonitor.gap" },
        { FakeAuditEvent.Gap(GapCause.SinkFailed, static one => (one.GapNumber, one.Root) = (null, "")), 13, "WARN", "filemonitor.gap" },
    };

    [Theory]
    [MemberData(nameof(Severities), DisableDiscoveryEnumeration = true)]
    public async Task What_may_be_missing_is_a_warning(AuditEvent auditEvent, int severity, string text, string name)
    {
        var record = (await SendAsync([auditEvent])).Single();

        ((int)record.Json["severityNumber"]!, (string?)record.Json["severityText"], record.EventName).Should().Be((severity, text, name));
        record.Attributes.ContainsKey("filemonitor.gap.cause").Should().Be(auditEvent.Gap is not null);
        record.Attributes.ContainsKey("file.path").Should().Be(auditEvent.Root.Length > 0);
    }

    [Theory]
    [InlineData("0001-01-01T00:00:00Z", null)]
    [InlineData("1969-12-31T23:59:59Z", null)]
    [InlineData("1970-01-01T00:00:01Z", "1000000000")]
    [InlineData("9999-12-31T23:59:59Z", "18446744073709551600")]
    public async Task A_time_that_the_protocol_cannot_say_is_unknown_or_the_last_one(string time, string? expected)
    {
        var at = DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture);
        var sent = await BodyAsync([new AuditEvent { Root = "/r", RelativePath = "a", OccurredAt = at, EmittedAt = at }]);

        var record = JsonNode.Parse(sent)!["resourceLogs"]![0]!["scopeLogs"]![0]!["logRecords"]![0]!;
        ((string?)record["timeUnixNano"], (string?)record["observedTimeUnixNano"]).Should().Be((expected ?? "0", expected ?? "0"));
    }

    [Fact]
    public async Task The_host_may_write_the_body()
    {
        var auditEvent = FakeAuditEvent.Created("a");

        var record = (await SendAsync([auditEvent], static options => options.WriteEvent = static (output, one) => EcsJson.WriteLine(output, one))).Single();

        ((string?)JsonNode.Parse(record.Body)!["event"]!["id"]).Should().Be(auditEvent.Id.ToString());
    }

    private static string Text(string text) => $$"""{"stringValue":"{{text}}"}""";

    private static async Task<IReadOnlyList<ReceivedRecord>> SendAsync(IReadOnlyList<AuditEvent> events, Action<OtlpLogsSinkOptions>? configure = null)
    {
        var records = new List<ReceivedRecord>();
        foreach (var batch in events.Chunk(500))
        {
            records.AddRange(OtlpProtocol.Read(await BodyAsync(batch, configure)));
        }

        return records;
    }

    private static async Task<byte[]> BodyAsync(IReadOnlyList<AuditEvent> events, Action<OtlpLogsSinkOptions>? configure = null)
    {
        byte[]? body = null;
        var handler = new StubHandler(async (request, token) =>
        {
            body = await request.Content!.ReadAsByteArrayAsync(token);
            return new();
        });
        var options = new OtlpLogsSinkOptions { Uri = new("https://otel.example.com"), CreateHandler = () => handler, Timeout = TimeSpan.FromMinutes(1) };
        configure?.Invoke(options);
        using var sink = new OtlpLogsSink(options);
        await sink.WriteAsync(events, Token);
        return body!;
    }
}
