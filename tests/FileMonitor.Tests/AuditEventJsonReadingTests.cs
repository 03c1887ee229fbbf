using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FileMonitor.JsonLines;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests;

/// <summary>What is written is read back as it was, and nothing else is read.</summary>
public sealed class AuditEventJsonReadingTests
{
    private const int Seeds = 2_000;

    private static readonly string[] Hostile =
    [
        "a\nb\r\t ", "\"quoted\\\" and \\", "\e[2J\u202egpj.exe", "ünïcode, 日本語, 🎉", "\udc80\udcff", "\U0001f389\udc9f", "a/\udcff/b", "\udced\udca0\udc80",
    ];

    [Fact]
    public void Every_event_comes_back_as_it_was()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var said = RandomEvents.Make(new Random(seed));
            var json = AuditEventJson.Serialize(said);

            var read = AuditEventJson.Parse(json);

            AuditEventJson.Serialize(read).Should().Be(json, "seed {0}", seed);
            Facts(read).Should().Equal(Facts(said), "seed {0}", seed);
        }
    }

    [Fact]
    public void Every_name_of_every_enumeration_comes_back()
    {
        Each<AuditEventKind>(value => new() { Kind = value, Gap = value == AuditEventKind.Gap ? new() : null }, read => read.Kind);
        Each<AuditEventOrigin>(value => new() { Origin = value }, read => read.Origin);
        Each<ItemType>(value => new() { ItemType = value }, read => read.ItemType);
        Each<ChecksumStatus>(value => new() { ChecksumStatus = value }, read => read.ChecksumStatus);
        Each<GapCause>(value => new() { Kind = AuditEventKind.Gap, Gap = new() { Cause = value } }, read => read.Gap!.Cause);
        Each<GapPhase>(value => new() { Kind = AuditEventKind.Gap, Gap = new() { Phase = value } }, read => read.Gap!.Phase);
        Each<ActorConfidence>(value => new() { Actor = new() { Confidence = value } }, read => read.Actor!.Confidence);

        static void Each<T>(Func<T, AuditEvent> with, Func<AuditEvent, T> of)
            where T : struct, Enum =>
            Enum.GetValues<T>().Select(value => of(AuditEventJson.Parse(AuditEventJson.Serialize(with(value))))).Should().Equal(Enum.GetValues<T>());
    }

    // Not as inline data: an attribute has no room for half a pair.
    public static TheoryData<int> HostileNames => [.. Enumerable.Range(0, Hostile.Length)];

    [Theory]
    [MemberData(nameof(HostileNames))]
    public void A_hostile_name_comes_back(int index)
    {
        var name = Hostile[index];
        var inBytes = !PathTextIsUtf8(name);
        var said = new AuditEvent
        {
            Root = "/r/" + name,
            RelativePath = name,
            OldRelativePath = name + "x",
            Metadata = new() { LinkTarget = "/" + name },
            Previous = new() { LinkTarget = name + "/" },
            Actor = new() { Executable = name, CommandLine = name },
        };

        var read = AuditEventJson.Parse(AuditEventJson.Serialize(said));

        new[] { read.Root, read.RelativePath, read.OldRelativePath, read.LinkTarget, read.Previous!.LinkTarget, read.Actor!.Executable, read.Actor.CommandLine }
            .Should().Equal(said.Root, name, said.OldRelativePath, said.LinkTarget, said.Previous.LinkTarget, name, name);
        new[] { read.RootBytes, read.RelativePathBytes, read.OldRelativePathBytes, read.LinkTargetBytes, read.Previous.LinkTargetBytes, read.Actor.ExecutableBytes, read.Actor.CommandLineBytes }
            .Should().OnlyContain(bytes => bytes != null == inBytes);
    }

    [Fact]
    public void A_line_of_a_file_is_read_with_its_end_and_in_any_order_and_unknown_members_are_left_out()
    {
        var said = RandomEvents.Make(new Random(1));
        var json = JsonNode.Parse(AuditEventJson.Serialize(said))!.AsObject();
        var turned = new JsonObject(json.Reverse().Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone()))) { ["new"] = new JsonObject { ["a"] = 1 } };

        var read = AuditEventJson.Parse(Encoding.UTF8.GetBytes(turned.ToJsonString() + "\n"));

        Facts(read).Should().Equal(Facts(said));
    }

    [Theory]
    [InlineData("id", "\"x\"")]
    [InlineData("id", null)]
    [InlineData("sequence", "-1")]
    [InlineData("sequence", "1.5")]
    [InlineData("sequence", "99999999999999999999")]
    [InlineData("sequence", "\"1\"")]
    [InlineData("kind", "0")]
    [InlineData("kind", "\"0\"")]
    [InlineData("kind", "\"created\"")]
    [InlineData("kind", "\"Created, Modified\"")]
    [InlineData("kind", "\"Exploded\"")]
    [InlineData("kind", "null")]
    [InlineData("kind", null)]
    [InlineData("origin", "true")]
    [InlineData("itemType", "\"\"")]
    [InlineData("monitor", "null")]
    [InlineData("root", "null")]
    [InlineData("root", null)]
    [InlineData("relativePath", "null")]
    [InlineData("relativePath", "[]")]
    [InlineData("relativePath", "\"/etc/passwd\"")]
    [InlineData("relativePath", "\"../x\"")]
    [InlineData("relativePath", "\"a/../../x\"")]
    [InlineData("relativePath", "\"a//b\"")]
    [InlineData("relativePath", "\"a/\"")]
    [InlineData("relativePath", "\"a\\u0000b\"")]
    [InlineData("relativePath", "\"\\ud800\"")]
    [InlineData("oldRelativePath", "\"..\"")]
    [InlineData("relativePathBytes", "\"!\"")]
    [InlineData("relativePathBytes", "\"YQ==\"")]      // "a", which is UTF-8
    [InlineData("relativePathBytes", "\"/w==\"")]      // 0xFF, and the text says something else
    [InlineData("oldRelativePathBytes", "\"/w==\"")]   // and no text beside it
    [InlineData("size", "-1")]
    [InlineData("sha256", "\"00\"")]
    [InlineData("sha256", "\"E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855\"")]
    [InlineData("sha256", "\"zzb0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"")]
    [InlineData("lastWriteTime", "\"yesterday\"")]
    [InlineData("fileId", "\"1\"")]
    [InlineData("fileId", "\"x:1\"")]
    [InlineData("fileId", "\"1:0\"")]
    [InlineData("fileId", "\"01:1\"")]
    [InlineData("mode", "-1")]
    [InlineData("ownerId", "4294967296")]
    [InlineData("hardLinkCount", "-1")]
    [InlineData("occurredAt", "\"9999999-01-01\"")]
    [InlineData("occurredAt", null)]
    [InlineData("hints", "-1")]
    [InlineData("gap", "1")]
    [InlineData("gap", "{\"cause\":\"QueueFull\",\"phase\":\"Opened\"}")]    // of a Created
    [InlineData("kind", "\"Gap\"")]                                          // and nothing of the gap
    [InlineData("actor", "1")]
    [InlineData("actor", "{}")]
    [InlineData("actor", "{\"confidence\":\"Certain\",\"others\":false}")]
    [InlineData("actor", "{\"confidence\":\"Kernel\",\"others\":0}")]
    [InlineData("actor", "{\"confidence\":\"Kernel\",\"others\":false,\"executableBytes\":\"YQ==\"}")]
    public void A_value_that_no_event_has_is_refused(string member, string? value)
    {
        var json = JsonNode.Parse(AuditEventJson.Serialize(new AuditEvent { Root = "/r", RelativePath = "a" }))!.AsObject();
        json.Remove(member);
        var text = value is null ? json.ToJsonString() : $"{json.ToJsonString()[..^1]},\"{member}\":{value}}}";

        Refuses(text);
    }

    [Theory]
    [InlineData("cause", "\"Boredom\"")]
    [InlineData("cause", "\"queueFull\"")]
    [InlineData("cause", "0")]
    [InlineData("cause", "null")]
    [InlineData("cause", null)]
    [InlineData("phase", "\"Ajar\"")]
    [InlineData("phase", "1")]
    [InlineData("phase", null)]
    [InlineData("number", "-1")]
    [InlineData("number", "\"1\"")]
    [InlineData("found", "-1")]
    [InlineData("lost", "1.5")]
    [InlineData("lost", "-1")]
    [InlineData("firstSequence", "-1")]
    [InlineData("lastSequence", "-1")]
    [InlineData("lastSequence", "{}")]
    public void A_value_that_no_gap_has_is_refused(string member, string? value)
    {
        var json = JsonNode.Parse(AuditEventJson.Serialize(new AuditEvent { Kind = AuditEventKind.Gap, Root = "/r", Gap = new() }))!.AsObject();
        AuditEventJson.TryParse(json.ToJsonString(), out _).Should().BeTrue();
        json["gap"]!.AsObject().Remove(member);
        if (value is not null)
        {
            json["gap"]![member] = JsonNode.Parse(value);
        }

        Refuses(json.ToJsonString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("{} {}")]
    [InlineData("{\"kind\":\"Created\"")]
    public void What_is_no_event_at_all_is_refused(string text) => Refuses(text);

    [Fact]
    public void What_is_deep_long_or_there_twice_is_refused()
    {
        var json = AuditEventJson.Serialize(new AuditEvent { Root = "/r", RelativePath = "a" });

        Refuses($"{json[..^1]},\"new\":{new string('[', 100_000)}");
        Refuses($"{json[..^1]},\"new\":{new string('[', 100)}{new string(']', 100)}}}");
        Refuses($"{json[..^1]},\"kind\":\"Created\"}}");
        Refuses(json + json);
        AuditEventJson.TryParse((string?)null, out _).Should().BeFalse();
        AuditEventJson.Parse($"{json[..^1]},\"detail\":\"{new string('x', 1_000_000)}\"}}").Detail.Should().HaveLength(1_000_000);
    }

    [Fact]
    public void Whatever_is_damaged_is_an_event_or_refused_and_nothing_else()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var random = new Random(seed);
            var bytes = Encoding.UTF8.GetBytes(AuditEventJson.Serialize(RandomEvents.Make(random)));
            for (var damage = random.Next(1, 4); damage > 0; damage--)
            {
                bytes[random.Next(bytes.Length)] = random.Next(2) == 0 ? (byte)random.Next(256) : "\"\\{}[]:,0-u"u8[random.Next(11)];
            }

            var reading = () => AuditEventJson.TryParse(bytes.AsSpan(..random.Next(bytes.Length / 2, bytes.Length + 1)), out _);

            reading.Should().NotThrow("seed {0}", seed);
        }
    }

    [Fact]
    public void Any_serializer_writes_and_reads_the_names_of_enumerations()
    {
        JsonSerializer.Serialize(new { Kind = AuditEventKind.Renamed, Status = ChecksumStatus.TooLarge }).Should().Be("""{"Kind":"Renamed","Status":"TooLarge"}""");
        JsonSerializer.Serialize(new AuditEvent { Kind = AuditEventKind.Deleted }).Should().Contain("\"Kind\":\"Deleted\"");
        JsonSerializer.Deserialize<GapCause>("\"ClockJump\"").Should().Be(GapCause.ClockJump);
    }

    private static bool PathTextIsUtf8(string name) => !name.EnumerateRunes().Contains(Rune.ReplacementChar);

    private static void Refuses(string text)
    {
        var reading = () => AuditEventJson.Parse(text);

        reading.Should().Throw<JsonException>().Which.GetType().Should().Be<JsonException>();
        AuditEventJson.TryParse(text, out var read).Should().BeFalse();
        read.Should().BeNull();
    }

    // Every public property, whatever will be added.
    private static List<string> Facts(AuditEvent said) =>
    [
        .. Facts(said, typeof(AuditEvent)),
        .. said.Actor is { } actor ? Facts(actor, typeof(Actor)) : [],
        .. said.Gap is { } gap ? Facts(gap, typeof(GapDetails)) : [],
    ];

    private static IEnumerable<string> Facts(object said, Type type) =>
        type.GetProperties().Where(property => property.PropertyType != typeof(Actor) && property.PropertyType != typeof(GapDetails)).Select(property => $"{property.Name}={property.GetValue(said) ?? "-"}");
}
