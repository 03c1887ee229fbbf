namespace FileMonitor;

/// <summary>How long to wait for a burst of writes to end.</summary>
public sealed class DebounceOptions
{
    /// <summary>
    /// The monitor looks at a path once there was no hint about it for this long. Range 0 to 1 hour, default 250 ms. Shorter means sooner and
    /// more events; with 0 every hint is settled alone, and a save by rename may be reported in its parts.
    /// </summary>
    public TimeSpan QuietPeriod { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// The longest time that a path may wait, so that a file that is written without pause is still reported. At least
    /// <see cref="QuietPeriod"/>, at most 1 hour, default 5 s.
    /// </summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a finished path waits, where the source reports that the writer has closed the file (<see cref="ChangeSourceKind.Inotify"/>,
    /// <see cref="ChangeSourceKind.Fanotify"/>): long enough for the rename that ends most saves. A path that is closed again and again is
    /// settled about once in a <see cref="QuietPeriod"/>; a quiet period shorter than this delay applies instead. Range 0 to 1 hour, default 2
    /// ms.
    /// </summary>
    public TimeSpan FinishedDelay { get; set; } = TimeSpan.FromMilliseconds(2);

    /// <summary>
    /// Whether the monitor asks if anybody has a file open for writing: of each file that it hashes, of each file of a root with
    /// <see cref="ReportWhen.Closed"/>, and of files in a new directory, which no source has told of (when nobody has, they wait for
    /// <see cref="FinishedDelay"/> instead of the quiet period). Default true. Otherwise <see cref="AuditEvent.Writers"/> is
    /// <see cref="FileWriters.Unknown"/>. On Linux it is asked where the file system and the owner of the file allow a lease; for some microseconds,
    /// a program that opens the file for writing without waiting (<c>O_NONBLOCK</c>) may be told to try again (<c>EWOULDBLOCK</c>). On Windows it is
    /// asked for roots with <see cref="ReportWhen.Closed"/> only; for that moment, a program that opens the file for writing is refused (a sharing
    /// violation). Where such programs are, set this to false. Not known on macOS.
    /// </summary>
    public bool DetectWriters { get; set; } = true;

    /// <summary>
    /// With <see cref="ReportWhen.Closed"/>: how long a file is held back at most from its first change on, because somebody has it open for writing or it keeps changing; a file that is written all the
    /// time is held at least for <see cref="MaxDelay"/>. It is then
    /// reported as it is, with what <see cref="AuditEvent.Writers"/> says; after that the same time begins anew with the next change. Also how long a
    /// complete file may wait to be read before it is reported without its checksum. Range 100 ms to 7 days,
    /// default 1 hour. Shorter than an upload takes, the upload is reported in parts.
    /// </summary>
    public TimeSpan MaxHold { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// With <see cref="ReportWhen.Closed"/>, where it cannot be known whether anybody has a file open for writing: how long size and modification time must be the
    /// same before the file counts as complete. Range 0 to 1 hour, default 10 s. A writer that pauses for longer is taken for one that has finished.
    /// </summary>
    public TimeSpan StabilityPeriod { get; set; } = TimeSpan.FromSeconds(10);

    internal DebounceOptions Copy() => (DebounceOptions)MemberwiseClone();
}
