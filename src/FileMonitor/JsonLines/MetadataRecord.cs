using System.Text.Json;
using FileMonitor.Values;
using static FileMonitor.JsonLines.RecordValues;

namespace FileMonitor.JsonLines;

/// <summary>The metadata of an item in the JSON of an event, before they are validated: after the change in the event itself, before it in <c>previous</c>.</summary>
internal class MetadataRecord
{
    public int? Mode { get; init; }

    public uint? OwnerId { get; init; }

    public string? OwnerName { get; init; }

    public uint? GroupId { get; init; }

    public string? GroupName { get; init; }

    public uint? HardLinkCount { get; init; }

    public string? Flags { get; init; }

    public DateTimeOffset? LastWriteTime { get; init; }

    public DateTimeOffset? ChangeTime { get; init; }

    public DateTimeOffset? BirthTime { get; init; }

    public string? LinkTarget { get; init; }

    public byte[]? LinkTargetBytes { get; init; }

    public ExtendedAttributesRecord? ExtendedAttributes { get; init; }

    /// <exception cref="JsonException">No event can have one of the values.</exception>
    public ItemMetadata ToMetadata() => new()
    {
        Mode = (int?)NotNegative(Mode),
        Owner = OwnerId,
        OwnerName = OwnerName,
        Group = GroupId,
        GroupName = GroupName,
        HardLinks = HardLinkCount ?? 0,
        Flags = NamesOf<ItemFlags>(Flags),
        LastWriteTicks = LastWriteTime?.UtcTicks ?? 0,
        ChangeTicks = ChangeTime?.UtcTicks ?? 0,
        BirthTicks = BirthTime?.UtcTicks ?? 0,
        LinkTarget = LinkTarget is null && LinkTargetBytes is null ? null : WithBytes(LinkTarget, LinkTargetBytes),
        ExtendedAttributes = ExtendedAttributes?.ToAttributes(),
    };
}

/// <summary>The extended attributes in an <see cref="MetadataRecord"/>.</summary>
internal sealed class ExtendedAttributesRecord
{
    private const int DigestChars = 2 * Sha256Digest.Length;

    public string? AccessControlList { get; init; }

    public string? DefaultAccessControlList { get; init; }

    public string? Capabilities { get; init; }

    public string? SecurityLabel { get; init; }

    public Dictionary<string, string?>? Others { get; init; }

    /// <exception cref="JsonException">No event can have one of the values.</exception>
    public ExtendedAttributes ToAttributes()
    {
        var parts = new Dictionary<string, string>();
        Add(parts, AttributeText.AccessList, AccessControlList);
        Add(parts, AttributeText.DefaultList, DefaultAccessControlList);
        Add(parts, AttributeText.FileCapabilities, Capabilities);
        Add(parts, AttributeText.SelinuxLabel, SecurityLabel);
        foreach (var (name, digest) in Others ?? [])
        {
            if (AttributeText.IsNamed(name) || name.Length == 0 || (digest is not null && (digest.Length != DigestChars || !digest.All(char.IsAsciiHexDigitLower))))
            {
                throw new JsonException("extendedAttributes.others holds what no event has.");
            }

            Add(parts, name, digest ?? "");
        }

        return new(AttributeText.Of(parts));
    }

    private static void Add(Dictionary<string, string> parts, string name, string? value)
    {
        if (value is null)
        {
            return;
        }

        parts[name] = AttributeText.IsKept(name) && AttributeText.IsKept(value) ? value : throw new JsonException("extendedAttributes holds a text that no event has.");
    }
}
