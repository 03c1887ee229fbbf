using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace FileMonitor.Schemas.Writing;

/// <summary>Whether what an event tells of went well.</summary>
internal enum Outcome
{
    Unknown,
    Success,
    Failure,
}

/// <summary>Conclusions from an event that more than one schema needs.</summary>
internal static class Facts
{
    private static readonly ItemAttributes[] Attributes = [.. Enum.GetValues<ItemAttributes>().Where(static one => BitOperations.IsPow2((int)one))];

    /// <summary>
    /// A change that is told has happened, whether or not its checksum is known: a rule that looks for deletions that succeeded must find a deletion. Only what is about
    /// the monitor's own work can fail.
    /// </summary>
    public static Outcome OutcomeOf(AuditEvent auditEvent) => auditEvent.Kind switch
    {
        AuditEventKind.RootLost => Outcome.Failure,
        AuditEventKind.Gap => auditEvent.Gap is { Phase: GapPhase.Closed, Number: not null } ? Outcome.Success : Outcome.Failure,
        AuditEventKind.ChecksumUpdated => auditEvent.ChecksumStatus switch
        {
            ChecksumStatus.Pending => Outcome.Unknown,
            ChecksumStatus.Unreadable or ChecksumStatus.Locked or ChecksumStatus.Unstable or ChecksumStatus.Vanished or ChecksumStatus.Abandoned or ChecksumStatus.TimedOut => Outcome.Failure,
            _ => Outcome.Success,
        },
        _ => Outcome.Success,
    };

    /// <summary>Why something may be missing, or why there is no checksum; null when there is nothing to explain.</summary>
    public static string? ReasonOf(AuditEvent auditEvent) =>
        auditEvent.Gap is { } gap ? gap.Cause.ToString()
        : auditEvent.ChecksumStatus is ChecksumStatus.Computed or ChecksumStatus.NotApplicable ? null
        : auditEvent.ChecksumStatus.ToString();

    /// <summary>The kind as one word for machines: <c>attributes-changed</c>, with hyphens or, where names have no hyphens, with underscores.</summary>
    public static string ActionOf(AuditEventKind kind, char separator = '-')
    {
        var separated = separator == '-' ? JsonNamingPolicy.KebabCaseLower : JsonNamingPolicy.SnakeCaseLower;
        return separated.ConvertName(kind.ToString());
    }

    /// <summary>A sentence for a person: what the monitor says of it, or else kind and path, quoted where a name could act on a terminal.</summary>
    public static string MessageOf(AuditEvent auditEvent) => auditEvent.Detail is { Length: > 0 } detail ? detail : auditEvent.ToString();

    /// <summary>One process on one machine, as far as its start is known: numbers are used again. It does not tell two starts of the machine apart.</summary>
    public static string? ProcessIdentity(Actor actor, SchemaContext context) =>
        actor is { ProcessId: { } number, StartKey: { } start } ? string.Create(CultureInfo.InvariantCulture, $"{context.HostId ?? context.HostName}:{number}:{start}") : null;

    /// <summary>The name of each attribute, with a comma and a blank between. The names that stand for several at once are not used: a search for Mode must find it.</summary>
    public static string NamesOf(ItemAttributes attributes) => string.Join(", ", Attributes.Where(one => (attributes & one) != 0));

    /// <summary>The names of flags; one that this version does not know is a number.</summary>
    public static string[] NamesOf(ItemFlags flags) => flags.ToString().Split(", ");

    /// <summary>Device and number of a file identity; the device is empty when there is none.</summary>
    public static (string Device, string Number) Split(string fileId) =>
        fileId.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon ? (fileId[..colon], fileId[(colon + 1)..]) : ("", fileId);
}
