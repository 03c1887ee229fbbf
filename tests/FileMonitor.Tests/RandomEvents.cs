using System.Text;
using FileMonitor.Values;

namespace FileMonitor.Tests;

/// <summary>Events as hostile as a disk allows: any property may be there, and names may be of any bytes.</summary>
internal static class RandomEvents
{
    // With what means something to JSON, to a line of it, to a terminal; half of characters; what is not UTF-8.
    private static readonly byte[][] Pieces =
    [
        [(byte)'a'], [(byte)'b'], [(byte)' '], "\n"u8.ToArray(), "\r"u8.ToArray(), "\t"u8.ToArray(), "\""u8.ToArray(), "\\"u8.ToArray(), "\e"u8.ToArray(),
        "ü"u8.ToArray(), "日"u8.ToArray(), "🎉"u8.ToArray(), "\u202e"u8.ToArray(), "\ufffd"u8.ToArray(), [0xFF], [0x80], [0xC3], [0xED, 0xA0, 0x80], [0xF0, 0x9F],
    ];

    public static AuditEvent Make(Random random) =>
        Make(random, random.Next(4) == 0 ? AuditEventKind.Gap : Any<AuditEventKind>(random), Any<AuditEventOrigin>(random), Any<ItemType>(random), Any<ChecksumStatus>(random));

    public static AuditEvent Make(Random random, AuditEventKind kind, AuditEventOrigin origin, ItemType itemType, ChecksumStatus checksumStatus) =>
        new()
        {
            Id = Guid.CreateVersion7(Moment(random)),
            Sequence = random.NextInt64(),
            Kind = kind,
            Origin = origin,
            ItemType = itemType,
            Monitor = Maybe(random, () => "m\n\"x") ?? "",
            Root = "/" + Path(random),
            RelativePath = Maybe(random, () => Path(random)) ?? "",
            OldRelativePath = Maybe(random, () => Path(random)),
            Size = Maybe<long>(random, () => random.NextInt64()),
            PreviousSize = Maybe<long>(random, () => 0),
            Checksum = Digest(random),
            PreviousChecksum = Digest(random),
            ReplacedChecksum = Digest(random),
            ChecksumStatus = checksumStatus,
            Writers = Maybe<FileWriters>(random, () => Any<FileWriters>(random)),
            Identity = new FileIdentity((ulong)random.NextInt64(), Maybe<ulong>(random, () => ulong.MaxValue - (ulong)random.Next()) ?? 0),
            Metadata = MakeMetadata(random),
            ChangedAttributes = (ItemAttributes)random.Next((int)ItemAttributes.OtherExtendedAttributes << 1),
            Previous = random.Next(2) == 0 ? MakeMetadata(random) : null,
            TextDiff = Maybe(random, () => "@@ -1 +1 @@\n-\told \"x\" \\\r\n+日本語 \u202e\n\\ No newline at end of file\n"),
            OccurredAt = Moment(random),
            FirstOccurredAt = Moment(random),
            SettledAt = Moment(random),
            EmittedAt = Moment(random),
            Actor = Maybe(random, () => MakeActor(random)),
            Hints = random.Next(),
            Gap = kind == AuditEventKind.Gap ? MakeGap(random) : null,
            Detail = Maybe(random, () => "A sentence\nwith \"everything\" \\ 日本語 \u202e."),
        };

    /// <summary>A name as a disk may have it: any bytes but zero and slash.</summary>
    public static string Name(Random random)
    {
        while (true)
        {
            var bytes = new List<byte>();
            for (var length = random.Next(1, 8); length > 0; length--)
            {
                bytes.AddRange(Pieces[random.Next(Pieces.Length)]);
            }

            if (PathText.Decode([.. bytes]) is var name and not ("." or ".."))
            {
                return name;
            }
        }
    }

    private static string Path(Random random)
    {
        var path = new StringBuilder(Name(random));
        while (random.Next(3) == 0)
        {
            path.Append('/').Append(Name(random));
        }

        return path.ToString();
    }

    private static Actor MakeActor(Random random) => new()
    {
        Confidence = Any<ActorConfidence>(random),
        ProcessId = Maybe<int>(random, () => random.Next()),
        StartKey = Maybe<long>(random, () => random.NextInt64()),
        Executable = Maybe(random, () => "/" + Path(random)),
        CommandLine = Maybe(random, () => Path(random)),
        UserId = Maybe<long>(random, () => uint.MaxValue),
        UserName = Maybe(random, () => "r\"oot\n"),
        ContainerId = Maybe(random, () => "0f1e"),
    };

    private static ItemMetadata MakeMetadata(Random random) => new()
    {
        Mode = Maybe<int>(random, () => random.Next(4096)),
        Owner = Maybe<uint>(random, () => uint.MaxValue),
        OwnerName = Maybe(random, () => "r\"oot\n"),
        Group = Maybe<uint>(random, () => 0),
        GroupName = Maybe(random, () => "wheel"),
        HardLinks = Maybe<uint>(random, () => (uint)random.Next(1, 10)) ?? 0,
        Flags = Maybe<ItemFlags>(random, () => (ItemFlags)random.Next(1, 1 << 5)),
        LastWriteTicks = Maybe<long>(random, () => Moment(random).UtcTicks) ?? 0,
        ChangeTicks = Maybe<long>(random, () => Moment(random).UtcTicks) ?? 0,
        BirthTicks = Maybe<long>(random, () => Moment(random).UtcTicks) ?? 0,
        LinkTarget = Maybe(random, () => "../" + Name(random)),
        ExtendedAttributes = random.Next(2) == 0 ? MakeExtended(random) : null,
    };

    private static ExtendedAttributes MakeExtended(Random random)
    {
        var attributes = new Dictionary<string, byte[]?>();
        foreach (var name in new[] { AttributeText.AccessList, AttributeText.DefaultList, AttributeText.FileCapabilities, AttributeText.SelinuxLabel, "user.\u00ff \\x", "trusted.overlay" })
        {
            if (random.Next(2) == 0)
            {
                var value = new byte[random.Next(40)];
                random.NextBytes(value);
                attributes[name] = random.Next(8) == 0 ? null : value;
            }
        }

        return new(attributes);
    }

    private static GapDetails MakeGap(Random random) => new()
    {
        Cause = Any<GapCause>(random),
        Phase = Any<GapPhase>(random),
        Number = Maybe<long>(random, () => random.Next(1, 9)),
        Found = Maybe<long>(random, () => 0),
        Lost = Maybe<long>(random, () => random.NextInt64()),
        FirstSequence = Maybe<long>(random, () => random.NextInt64()),
        LastSequence = Maybe<long>(random, () => random.NextInt64()),
    };

    private static T Any<T>(Random random)
        where T : struct, Enum => Enum.GetValues<T>()[random.Next(Enum.GetValues<T>().Length)];

    private static T? Maybe<T>(Random random, Func<T> make)
        where T : struct => random.Next(2) == 0 ? make() : null;

    private static string? Maybe(Random random, Func<string> make) => random.Next(2) == 0 ? make() : null;

    private static Actor? Maybe(Random random, Func<Actor> make) => random.Next(2) == 0 ? make() : null;

    private static Sha256Digest? Digest(Random random)
    {
        var bytes = new byte[Sha256Digest.Length];
        random.NextBytes(bytes);
        return random.Next(2) == 0 ? Sha256Digest.From(bytes) : null;
    }

    private static DateTimeOffset Moment(Random random) => DateTimeOffset.UnixEpoch.AddTicks(random.NextInt64(TimeSpan.FromDays(36_500).Ticks));
}
