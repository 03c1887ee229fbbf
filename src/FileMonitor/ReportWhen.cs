using System.Text.Json.Serialization;

namespace FileMonitor;

/// <summary>When a new or changed file is reported.</summary>
/// <example>
/// <code>
/// options.AddRoot("/srv/inbox", root => root.ReportWhen = ReportWhen.Closed);
/// </code>
/// </example>
[JsonConverter(typeof(JsonStringEnumConverter<ReportWhen>))]
public enum ReportWhen
{
    /// <summary>When it was quiet (<see cref="DebounceOptions.QuietPeriod"/>) or a writer closed it, even if somebody still has it open for writing.</summary>
    Quiet,

    /// <summary>
    /// When it is complete: nobody has it open for writing, and it was quiet for <see cref="DebounceOptions.QuietPeriod"/> or was renamed into place. Where
    /// nobody can know who has it open, when size and time were the same for <see cref="DebounceOptions.StabilityPeriod"/>. A file that somebody has open
    /// for longer than <see cref="DebounceOptions.MaxHold"/> is reported as it is; <see cref="AuditEvent.Writers"/> says so. A complete file is reported when it
    /// was read, with its checksum; only one that is not read within <see cref="DebounceOptions.MaxHold"/> is reported before, as
    /// <see cref="ChecksumStatus.Pending"/>.
    /// </summary>
    Closed,
}
