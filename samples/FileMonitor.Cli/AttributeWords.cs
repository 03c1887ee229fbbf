namespace FileMonitor.Cli;

/// <summary>What changed of the metadata of an item, before and after: <c>mode 0644 → 0600, owner root → daemon</c>.</summary>
internal static class AttributeWords
{
    private static readonly (ItemAttributes Attribute, string Name, Func<ItemMetadata, string?> Of)[] Words =
    [
        (ItemAttributes.LinkTarget, "target", static one => one.LinkTarget is { } target ? QuotedText.Quote(target, ",") : null),
        (ItemAttributes.Mode, "mode", static one => one.Mode is { } mode ? Convert.ToString(mode, 8).PadLeft(4, '0') : null),
        (ItemAttributes.Owner, "owner", static one => Account(one.OwnerName, one.OwnerId)),
        (ItemAttributes.Group, "group", static one => Account(one.GroupName, one.GroupId)),
        (ItemAttributes.LastWriteTime, "written", static one => one.LastWriteTime?.ToString("u", System.Globalization.CultureInfo.InvariantCulture)),
        (ItemAttributes.Flags, "flags", static one => one.Flags?.ToString().Replace(", ", "+", StringComparison.Ordinal) ?? "none"),
        (ItemAttributes.AccessControlList, "acl", static one => Extended(one, static all => Joined(all.AccessControlList, all.DefaultAccessControlList is { } given ? $"default:{given}" : null))),
        (ItemAttributes.Capabilities, "capabilities", static one => Extended(one, static all => all.Capabilities)),
        (ItemAttributes.SecurityLabel, "label", static one => Extended(one, static all => all.SecurityLabel)),
        (ItemAttributes.OtherExtendedAttributes, "other attributes", static one => Extended(one, static all => Joined([.. all.Others.Select(static other => $"{other.Key}={other.Value?[..12] ?? "unreadable"}")]))),
    ];

    /// <summary>Null when nothing but the content changed. The time of a write is left out where the content changed, too.</summary>
    public static string? Of(AuditEvent auditEvent)
    {
        if (auditEvent.Previous is not { } before)
        {
            return null;
        }

        var changed = auditEvent.ChangedAttributes & (auditEvent.Kind == AuditEventKind.AttributesChanged ? ~ItemAttributes.None : ~ItemAttributes.LastWriteTime);
        var words = Words.Where(one => changed.HasFlag(one.Attribute)).Select(one => $"{one.Name} {one.Of(before) ?? "unknown"} → {one.Of(auditEvent.Metadata) ?? "unknown"}").ToList();
        return words.Count == 0 ? null : string.Join(", ", words);
    }

    // A name from /etc/passwd is a text from outside.
    private static string? Account(string? name, long? id) => name is null ? id?.ToString(System.Globalization.CultureInfo.InvariantCulture) : QuotedText.Quote(name, " ,");

    // What the library tells of extended attributes is printable ASCII.
    private static string? Extended(ItemMetadata metadata, Func<ExtendedAttributes, string?> of) => metadata.ExtendedAttributes is { } all ? of(all) is { Length: > 0 } text ? text : "none" : null;

    private static string Joined(params string?[] texts) => string.Join(' ', texts.OfType<string>());
}
