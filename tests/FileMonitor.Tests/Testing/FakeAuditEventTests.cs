using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using FileMonitor.JsonLines;
using FileMonitor.Testing;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Testing;

public sealed class FakeAuditEventTests
{
    private const string Digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    private static readonly DateTimeOffset Noon = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly Dictionary<AuditEventKind, Func<Action<FakeAuditEvent>?, AuditEvent>> Factories = new()
    {
        [AuditEventKind.Created] = set => FakeAuditEvent.Created("d/a", set),
        [AuditEventKind.Modified] = set => FakeAuditEvent.Modified("d/a", set),
        [AuditEventKind.Deleted] = set => FakeAuditEvent.Deleted("d/a", set),
        [AuditEventKind.Renamed] = set => FakeAuditEvent.Renamed("d/old", "d/a", set),
        [AuditEventKind.AttributesChanged] = set => FakeAuditEvent.AttributesChanged("d/a", set),
        [AuditEventKind.Baseline] = set => FakeAuditEvent.Baseline("d/a", set),
        [AuditEventKind.ChecksumUpdated] = set => FakeAuditEvent.ChecksumUpdated("d/a", set),
        [AuditEventKind.Gap] = set => FakeAuditEvent.Gap(GapCause.QueueFull, set),
        [AuditEventKind.RootLost] = FakeAuditEvent.RootLost,
        [AuditEventKind.RootRestored] = FakeAuditEvent.RootRestored,
    };

    private static readonly Gen<string> Name = Gen.Int.Select(seed => RandomEvents.Name(new Random(seed)));

    private static readonly Gen<Action<FakeAuditEvent>> Anything =
        from root in Name
        from path in Gen.Select(Name, Name, (directory, name) => $"{directory}/{name}")
        from sequence in Gen.Long[1, long.MaxValue]
        from type in Gen.Enum<ItemType>()
        from origin in Gen.Enum<AuditEventOrigin>()
        from status in Gen.Enum<ChecksumStatus>()
        from writers in Gen.Enum<FileWriters>()
        from confidence in Gen.Enum<ActorConfidence>()
        from ticks in Gen.Long[DateTimeOffset.UnixEpoch.Ticks, Noon.Ticks]
        from number in Gen.Int[1, int.MaxValue]
        from isSet in Gen.Bool.Array[8]
        select (Action<FakeAuditEvent>)(e => Set(e, root, path, sequence, type, origin, status, writers, confidence, ticks, number, isSet));

    // Each kind with its factory; an enumeration that grows shows here.
    public static TheoryData<AuditEventKind> Kinds => [.. Enum.GetValues<AuditEventKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Each_kind_is_made_as_it_comes(AuditEventKind kind)
    {
        var made = Factories[kind](null);

        made.Kind.Should().Be(kind);
        made.Root.Should().Be(new ScriptedTree().Root);
        made.Id.Version.Should().Be(7);
        made.EmittedAt.Should().Be(made.SettledAt).And.Be(made.OccurredAt).And.Be(made.FirstOccurredAt);
        (made.Gap is not null).Should().Be(kind == AuditEventKind.Gap);
        Parsed(made).Should().Equal(Facts(made));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Whatever_is_set_is_written_and_read_back_the_same(AuditEventKind kind) =>
        Anything.Sample(
            set =>
            {
                var made = Factories[kind](set);

                return made.Kind == kind && Parsed(made).SequenceEqual(Facts(made));
            },
            iter: 2_000);

    [Fact]
    public void Every_property_of_an_event_can_be_set_but_those_that_follow_from_others()
    {
        var given = typeof(FakeAuditEvent).GetProperties().Where(property => property.CanWrite).Select(property => property.Name).ToList();

        given.Should().OnlyHaveUniqueItems().And.BeEquivalentTo(
            Names(typeof(AuditEvent)).Except([nameof(AuditEvent.Kind), nameof(AuditEvent.Path), nameof(AuditEvent.OldPath), nameof(AuditEvent.Gap), nameof(AuditEvent.Metadata)])
                .Concat(Names(typeof(GapDetails)).Except([nameof(GapDetails.Cause), nameof(GapDetails.Phase), nameof(GapDetails.Number)]))
                .Concat([nameof(FakeAuditEvent.GapPhase), nameof(FakeAuditEvent.GapNumber)]));

        static IEnumerable<string> Names(Type type) => type.GetProperties().Select(property => property.Name).Where(name => !name.EndsWith("Bytes", StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_is_as_a_monitor_tells_of_it()
    {
        var modified = FakeAuditEvent.Modified("a", e => e.SetContent("abc"));

        modified.Should().BeEquivalentTo(new
        {
            ItemType = ItemType.File,
            Origin = AuditEventOrigin.Live,
            Size = 3L,
            Sha256 = Digest,
            ChecksumStatus = ChecksumStatus.Computed,
            Writers = FileWriters.None,
            Hints = 1,
        });
        modified.PreviousSha256.Should().NotBeNull().And.NotBe(Digest);
        modified.PreviousSize.Should().Be(Encoding.UTF8.GetByteCount("a, before"));
        FakeAuditEvent.Deleted("a").Writers.Should().BeNull();
        FakeAuditEvent.Baseline("a").Should().BeEquivalentTo(new { Origin = AuditEventOrigin.Baseline, Hints = 0, Sha256 = (string?)null, ChecksumStatus = ChecksumStatus.NotComputed });
    }

    [Fact]
    public void Two_events_are_never_the_same()
    {
        var (first, second) = (FakeAuditEvent.Created("a"), FakeAuditEvent.Created("a"));

        second.Sequence.Should().BeGreaterThan(first.Sequence);
        second.OccurredAt.Should().BeAfter(first.OccurredAt);
        second.Id.Should().NotBe(first.Id);
        second.Sha256.Should().NotBe(first.Sha256);
    }

    [Fact]
    public void What_has_no_content_has_neither_size_nor_checksum()
    {
        FakeAuditEvent.Created("d", e => e.ItemType = ItemType.Directory)
            .Should().BeEquivalentTo(new { Size = (long?)null, Sha256 = (string?)null, ChecksumStatus = ChecksumStatus.NotApplicable, Writers = (FileWriters?)null });
        FakeAuditEvent.Modified("link", e => (e.ItemType, e.LinkTarget) = (ItemType.SymbolicLink, "there")).PreviousSha256.Should().BeNull();
        FakeAuditEvent.Created("a", e => e.ChecksumStatus = ChecksumStatus.Locked).Sha256.Should().BeNull();
        FakeAuditEvent.Created("a", e => (e.ItemType, e.ChecksumStatus) = (ItemType.Unknown, ChecksumStatus.Vanished)).ItemType.Should().Be(ItemType.Unknown);
    }

    [Fact]
    public void A_gap_has_the_numbers_of_its_cause()
    {
        foreach (var cause in Enum.GetValues<GapCause>())
        {
            var opened = FakeAuditEvent.Gap(cause);
            var closed = FakeAuditEvent.Gap(cause, e => e.GapPhase = GapPhase.Closed);
            var hasNumber = cause is not (GapCause.ReaderTooSlow or GapCause.SinkFailed or GapCause.ShutdownTimeout);

            (opened.Gap!.Cause, opened.Gap.Phase, opened.Gap.Number is not null, opened.Gap.Found).Should().Be((cause, GapPhase.Opened, hasNumber, null));
            (closed.Gap!.Phase, closed.Gap.Found).Should().Be((GapPhase.Closed, hasNumber ? 0 : null));
            closed.Gap.LastSequence.Should().Be(cause == GapCause.ShutdownTimeout ? null : closed.Sequence);
        }

        FakeAuditEvent.Gap(GapCause.QueueFull, e => e.Sequence = 7).Gap!.FirstSequence.Should().Be(7);
    }

    public static TheoryData<AuditEventKind, Action<FakeAuditEvent>, string> Refused => new()
    {
        { AuditEventKind.Created, e => e.Sequence = 0, "begin with 1" },
        { AuditEventKind.Created, e => (e.ItemType, e.Size) = (ItemType.Directory, 1), "Only a file has a size" },
        { AuditEventKind.Created, e => (e.ItemType, e.ChecksumStatus) = (ItemType.Directory, ChecksumStatus.Disabled), "Only a file has a checksum" },
        { AuditEventKind.Created, e => e.ChecksumStatus = ChecksumStatus.NotApplicable, "what is no file" },
        { AuditEventKind.Created, e => e.Sha256 = null, "exactly when" },
        { AuditEventKind.Modified, e => e.PreviousSha256 = e.Sha256, "the same as before" },
        { AuditEventKind.Deleted, e => e.Writers = FileWriters.None, "Writers" },
        { AuditEventKind.Created, e => e.LinkTarget = "x", "symbolic link" },
        { AuditEventKind.Created, e => e.OldRelativePath = "x", "old path" },
        { AuditEventKind.Renamed, e => e.OldRelativePath = e.RelativePath, "the new one" },
        { AuditEventKind.Created, e => e.ReplacedSha256 = Digest, "Only a rename" },
        { AuditEventKind.Created, e => e.SettledAt = Noon.AddYears(-10), "not in order" },
        { AuditEventKind.Created, e => e.HasOtherActors = true, "actors" },
        { AuditEventKind.Created, e => e.HardLinkCount = 0, "at least one name" },
        { AuditEventKind.Created, e => e.RelativePath = "", "has a relative path" },
        { AuditEventKind.RootLost, e => e.RelativePath = "a", "no relative path" },
        { AuditEventKind.Created, e => e.Root = "", "root is empty" },
        { AuditEventKind.Created, e => e.Lost = 1, "Only a gap" },
        { AuditEventKind.Gap, e => e.GapNumber = null, "has a number" },
        { AuditEventKind.Gap, e => e.Found = 1, "found something" },
        { AuditEventKind.Created, e => e.RelativePath = "../a", "relativePath" },
        { AuditEventKind.Created, e => e.Size = -1, "size" },
        { AuditEventKind.Created, e => e.Sha256 = "abc", "sha256" },
        { AuditEventKind.Created, e => e.RelativePath = "\ud800", "half a surrogate pair" },
        { AuditEventKind.Created, e => (e.Sequence, e.HasOtherActors) = (0, true), "begin with 1. There are no other actors" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_no_monitor_tells_is_refused_with_every_reason(AuditEventKind kind, Action<FakeAuditEvent> set, string why)
    {
        var making = () => Factories[kind](set);

        making.Should().Throw<ArgumentException>().Which.Message.Should().StartWith($"No monitor tells such a {kind}", "it is {0}", why).And.Contain(why);
    }

    // What a random test sets must be possible for every kind and type; the rest is what the test above refuses.
    private static void Set(
        FakeAuditEvent e, string root, string path, long sequence, ItemType type, AuditEventOrigin origin, ChecksumStatus status, FileWriters writers, ActorConfidence confidence, long ticks, int number, bool[] isSet)
    {
        var (isOfItem, isDeleted, isGap) = (e.RelativePath.Length > 0, e.Writers is null, e.FirstSequence is not null);
        (e.Root, e.Sequence, e.Origin, e.Id, e.Monitor, e.Detail) = ("/" + root, sequence, origin, Guid.NewGuid(), "m\n\"", isSet[0] ? "Said\u202e \"so\"." : null);
        e.OccurredAt = new DateTimeOffset(ticks, TimeSpan.Zero);
        e.SettledAt = e.EmittedAt = e.OccurredAt.AddTicks(number);
        e.Actor = isSet[1] ? new() { Confidence = confidence, ProcessId = number, Executable = "/" + path, CommandLine = path, UserId = number, UserName = "r\"oot" } : null;
        e.HasOtherActors = isSet[1] && isSet[2];
        e.Hints = isSet[2] ? number : e.Hints;
        if (isGap)
        {
            e.RelativePath = isSet[3] ? path : "";
            e.GapPhase = isSet[4] ? GapPhase.Closed : GapPhase.Opened;
            (e.Lost, e.GapNumber) = (isSet[5] ? number : null, number);
        }

        if (!isOfItem)
        {
            return;
        }

        e.RelativePath = path;
        e.ItemType = type;
        e.OldRelativePath = e.OldRelativePath is null ? null : path + "x";
        e.LastWriteTime = isSet[3] ? e.OccurredAt : null;
        (e.Mode, e.OwnerId, e.GroupId, e.HardLinkCount, e.FileId) = isSet[4] ? (number, uint.MaxValue, number, number, $"fd00:{number}") : default((int?, long?, long?, long?, string?));
        if (type == ItemType.SymbolicLink && isSet[5])
        {
            e.LinkTarget = "../" + path;
        }

        if (type == ItemType.File)
        {
            e.ChecksumStatus = status is ChecksumStatus.NotApplicable ? ChecksumStatus.Disabled : status;
            e.SetContentIf(status == ChecksumStatus.Computed, number.ToString(CultureInfo.InvariantCulture));
            e.Writers = isDeleted ? null : writers;
            e.PreviousSize = isSet[6] ? number : e.PreviousSize;
            e.ReplacedSha256 = isSet[7] && e.OldRelativePath is not null ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path))) : null;
        }
    }

    private static IEnumerable<string> Parsed(AuditEvent made) => Facts(AuditEventJson.Parse(AuditEventJson.Serialize(made)));

    private static IEnumerable<string> Facts(AuditEvent made) =>
    [
        .. Facts((object)made), .. made.Gap is { } gap ? Facts(gap) : [], .. made.Actor is { } actor ? Facts(actor) : [],
    ];

    private static IEnumerable<string> Facts(object said) =>
        said.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.PropertyType != typeof(Actor) && property.PropertyType != typeof(GapDetails))
            .Select(property => $"{property.Name}={property.GetValue(said) ?? "-"}");
}

internal static class FakeAuditEventSettings
{
    public static void SetContentIf(this FakeAuditEvent e, bool isComputed, string content)
    {
        if (isComputed)
        {
            e.SetContent(content);
        }
    }
}
