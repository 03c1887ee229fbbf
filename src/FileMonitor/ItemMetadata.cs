using System.Text.Json.Serialization;
using FileMonitor.Values;

namespace FileMonitor;

/// <summary>The metadata of an item at one moment. Immutable. Properties that were not known, or do not apply, are null.</summary>
public sealed class ItemMetadata
{
    /// <summary>Nothing is known.</summary>
    internal static ItemMetadata None { get; } = new();

    /// <summary>Permission bits (Unix), as a number.</summary>
    public int? Mode { get; init; }

    /// <summary>Numeric id of the owner (Unix): 0 to 4,294,967,295.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is out of this range.</exception>
    public long? OwnerId { get => Owner; init => Owner = Number(value); }

    /// <summary>The name of the owner, from <c>/etc/passwd</c>; null when it is not there.</summary>
    public string? OwnerName { get; init; }

    /// <summary>Numeric id of the group (Unix): 0 to 4,294,967,295.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is out of this range.</exception>
    public long? GroupId { get => Group; init => Group = Number(value); }

    /// <summary>The name of the group, from <c>/etc/group</c>; null when it is not there.</summary>
    public string? GroupName { get; init; }

    /// <summary>How many names (hard links) the file has; null when that is not known.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative, or more than 4,294,967,295.</exception>
    public long? HardLinkCount { get => HardLinks == 0 ? null : HardLinks; init => HardLinks = Number(value) ?? 0; }

    /// <summary>Flags of the file system; null when there are none.</summary>
    public ItemFlags? Flags { get; init; }

    /// <summary>When the file was last written, by the file system's clock.</summary>
    public DateTimeOffset? LastWriteTime { get => UtcTime.Of(LastWriteTicks); init => LastWriteTicks = value?.UtcTicks ?? 0; }

    /// <summary>When content or metadata last changed, by the file system's clock; programs cannot set it.</summary>
    public DateTimeOffset? ChangeTime { get => UtcTime.Of(ChangeTicks); init => ChangeTicks = value?.UtcTicks ?? 0; }

    /// <summary>When the item was made on its file system; a rename keeps it. Only known after a change.</summary>
    public DateTimeOffset? BirthTime { get => UtcTime.Of(BirthTicks); init => BirthTicks = value?.UtcTicks ?? 0; }

    /// <summary>The unresolved target of a symbolic link.</summary>
    public string? LinkTarget { get; init; }

    /// <summary>The bytes of <see cref="LinkTarget"/> in base64, only when they are not valid UTF-8.</summary>
    public string? LinkTargetBytes => LinkTarget is null ? null : PathText.BytesIfNotUtf8(LinkTarget);

    /// <summary>Access control list, capabilities and the like; null unless <see cref="ReportOptions.AttributeChanges"/> asks for one of them, and where they are not known.</summary>
    public ExtendedAttributes? ExtendedAttributes { get; init; }

    [JsonIgnore]
    internal uint? Owner { get; init; }

    [JsonIgnore]
    internal uint? Group { get; init; }

    [JsonIgnore]
    internal uint HardLinks { get; init; }

    [JsonIgnore]
    internal long LastWriteTicks { get; init; }

    [JsonIgnore]
    internal long ChangeTicks { get; init; }

    [JsonIgnore]
    internal long BirthTicks { get; init; }

    private static uint? Number(long? value)
    {
        if (value is { } number)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(number, nameof(value));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(number, uint.MaxValue, nameof(value));
        }

        return (uint?)value;
    }
}
