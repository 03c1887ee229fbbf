using System.Globalization;
using FileMonitor.Values;

namespace FileMonitor;

/// <summary>
/// Parts of an event as words for a person, as the command <c>filemonitor</c> prints them. Names that are hostile, or could be taken for another word, are quoted as in
/// <see cref="AuditEvent.ToString"/>, so a result can be written to a terminal or a log. The words may change; a program reads the properties of the event.
/// </summary>
/// <example>
/// <code>
/// Console.WriteLine($"{auditEvent}  {AuditEventText.Changes(auditEvent)}  {AuditEventText.Actor(auditEvent)}");
/// </code>
/// </example>
public static class AuditEventText
{
    // The characters that separate a program, its number and its user.
    private const string InActor = " (),";

    private static readonly (ItemAttributes Attribute, string Name, Func<ItemMetadata, string?> Of)[] Words =
    [
        (ItemAttributes.LinkTarget, "target", static one => one.LinkTarget is { } target ? QuotedText.Quote(target, ",") : null),
        (ItemAttributes.Mode, "mode", static one => one.Mode is { } mode ? Convert.ToString(mode, 8).PadLeft(4, '0') : null),
        (ItemAttributes.Owner, "owner", static one => Account(one.OwnerName, one.OwnerId)),
        (ItemAttributes.Group, "group", static one => Account(one.GroupName, one.GroupId)),
        (ItemAttributes.LastWriteTime, "written", static one => one.LastWriteTime?.ToString("u", CultureInfo.InvariantCulture)),
        (ItemAttributes.Flags, "flags", static one => one.Flags?.ToString().Replace(", ", "+", StringComparison.Ordinal) ?? "none"),
        (ItemAttributes.AccessControlList, "acl", static one => Extended(one, static all => Joined(all.AccessControlList, all.DefaultAccessControlList is { } given ? $"default:{given}" : null))),
        (ItemAttributes.Capabilities, "capabilities", static one => Extended(one, static all => all.Capabilities)),
        (ItemAttributes.SecurityLabel, "label", static one => Extended(one, static all => all.SecurityLabel)),
        (ItemAttributes.OtherExtendedAttributes, "other attributes", static one => Extended(one, static all => Joined([.. all.Others.Select(static other => $"{other.Key}={other.Value?[..12] ?? "unreadable"}")]))),
    ];

    /// <summary>What changed of the metadata, before and after: <c>mode 0644 → 0600, owner root → daemon</c>.</summary>
    /// <param name="auditEvent">The event.</param>
    /// <returns>Null when nothing but the content changed, as far as it is known. The time of a write is left out where the content changed, too.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="auditEvent"/> is null.</exception>
    public static string? Changes(AuditEvent auditEvent)
    {
        ArgumentNullException.ThrowIfNull(auditEvent);
        if (auditEvent.Previous is not { } before)
        {
            return null;
        }

        var changed = auditEvent.ChangedAttributes & (auditEvent.Kind == AuditEventKind.AttributesChanged ? ~ItemAttributes.None : ~ItemAttributes.LastWriteTime);
        var words = Words.Where(one => changed.HasFlag(one.Attribute)).Select(one => $"{one.Name} {one.Of(before) ?? "unknown"} → {one.Of(auditEvent.Metadata) ?? "unknown"}").ToList();
        return words.Count == 0 ? null : string.Join(", ", words);
    }

    /// <summary>
    /// Who made the change, as far as it is known: <c>/usr/bin/tar (pid 4711, root) and others</c>. What is less certain than <see cref="ActorConfidence.Kernel"/> is marked: with
    /// <c>looked up</c> (<see cref="ActorConfidence.ProcLookup"/>) or <c>from its start</c> (<see cref="ActorConfidence.ExecCache"/>).
    /// </summary>
    /// <param name="auditEvent">The event.</param>
    /// <returns>Null when nobody is known; only <see cref="ChangeSourceKind.Fanotify"/> tells it.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="auditEvent"/> is null.</exception>
    public static string? Actor(AuditEvent auditEvent)
    {
        ArgumentNullException.ThrowIfNull(auditEvent);
        if (auditEvent.Actor is not { Confidence: not ActorConfidence.Unknown } actor)
        {
            return null;
        }

        var process = actor.ProcessId is { } number ? string.Create(CultureInfo.InvariantCulture, $"pid {number}") : null;
        var user = actor.UserName is { } name ? QuotedText.Quote(name, InActor) : actor.UserId is { } id ? string.Create(CultureInfo.InvariantCulture, $"uid {id}") : null;
        var certainty = actor.Confidence switch
        {
            ActorConfidence.ProcLookup => "looked up",
            ActorConfidence.ExecCache => "from its start",
            _ => null,
        };
        var about = string.Join(", ", new[] { process, user, certainty }.OfType<string>());
        var program = actor.Executable is { } path ? QuotedText.Quote(path, InActor) : "an unknown program";
        return $"{program}{(about.Length == 0 ? "" : $" ({about})")}{(auditEvent.HasOtherActors ? " and others" : "")}";
    }

    // A name from /etc/passwd is a text from outside.
    private static string? Account(string? name, long? id) => name is null ? id?.ToString(CultureInfo.InvariantCulture) : QuotedText.Quote(name, " ,");

    // What the library tells of extended attributes is printable ASCII.
    private static string? Extended(ItemMetadata metadata, Func<ExtendedAttributes, string?> of) => metadata.ExtendedAttributes is { } all ? of(all) is { Length: > 0 } text ? text : "none" : null;

    private static string Joined(params string?[] texts) => string.Join(' ', texts.OfType<string>());
}
