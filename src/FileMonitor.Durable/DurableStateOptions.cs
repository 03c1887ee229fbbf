using System.Text.Json.Serialization;
using FileMonitor.Durable.Journal.Files;

namespace FileMonitor.Durable;

/// <summary>Where and how a monitor keeps its state across restarts.</summary>
public sealed class DurableStateOptions
{
    // A timer takes no longer times than 49 days.
    private static readonly TimeSpan MostVerificationInterval = TimeSpan.FromDays(30);

    /// <summary>
    /// The directory of the state: one for each monitor, used by one process at a time, on a local file system, outside every root or ignored by a pattern. It is created
    /// when missing, for this user only (mode 0700). Required. A relative path is resolved against the working directory.
    /// </summary>
    public string Directory { get; set; } = "";

    /// <summary>How long records are kept at least. Older segments that every consumer has acknowledged are deleted. Zero or more; default 30 days; <see cref="TimeSpan.MaxValue"/> keeps all.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(30);

    /// <summary>The size in bytes at which a segment of the journal ends. From 64 KiB to 1 GiB, default 64 MiB.</summary>
    public long SegmentBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>The longest time that records wait for a signed checkpoint; one is also made after each 1,024 records. From 1 s to 1 hour, default 10 s.</summary>
    public TimeSpan CheckpointInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How often the monitor verifies its own journal while it runs, as far as it is signed: the first time ten minutes after the start (or after this interval, if that is shorter), then from the end of one to the begin of the
    /// next. It reads all of the journal with a quarter of one core at most; <see cref="StoreHealth.Verification"/> has the result. From 1 s to 30 days, default 1 day; <see cref="TimeSpan.MaxValue"/> for never.
    /// </summary>
    public TimeSpan VerificationInterval { get; set; } = TimeSpan.FromDays(1);

    /// <summary>
    /// Whether the comparison at start reads every known file. Default false: it reads files whose size, modification time, change time or identity differs. Programs
    /// cannot set the change time, so this also finds a change whose modification time was set back.
    /// </summary>
    public bool CompareContentAtStart { get; set; }

    /// <summary>What happens while the disk has no room for the journal. Default <see cref="WhenDiskIsFull.HoldBack"/>.</summary>
    public WhenDiskIsFull WhenDiskIsFull { get; set; } = WhenDiskIsFull.HoldBack;

    /// <summary>Signs checkpoints with a key that is kept elsewhere. Null (the default) for keys in the directory: a new one for each segment, after which the old one is erased.</summary>
    public ICheckpointSigner? Signer { get; set; }

    /// <summary>
    /// Get the checkpoints, to keep them where those who can change the journal cannot change them: a file elsewhere (<see cref="FileCheckpointAnchor"/>), the time stamps of an authority
    /// (<see cref="TimestampAnchor"/>), or what the host writes. Each gets them for itself: one that fails holds up no other. Empty by default.
    /// </summary>
    public IList<ICheckpointAnchor> Anchors { get; } = [];

    /// <summary>Writes the journal; another one for tests.</summary>
    internal IJournalDevice Device { get; set; } = JournalDevice.Instance;

    internal IReadOnlyList<string> GetErrors()
    {
        var errors = new List<string>();
        Check(!string.IsNullOrWhiteSpace(Directory), "Directory is empty: say where the state is kept.");
        Check(Retention >= TimeSpan.Zero, "Retention is negative.");
        Check(SegmentBytes is >= 64 * 1024 and <= 1L << 30, "SegmentBytes is not from 65536 to 1073741824.");
        Check(CheckpointInterval >= TimeSpan.FromSeconds(1) && CheckpointInterval <= TimeSpan.FromHours(1), "CheckpointInterval is not from 1 second to 1 hour.");
        Check(
            VerificationInterval == TimeSpan.MaxValue || (VerificationInterval >= TimeSpan.FromSeconds(1) && VerificationInterval <= MostVerificationInterval),
            "VerificationInterval is not from 1 second to 30 days, and not TimeSpan.MaxValue.");
        Check(Enum.IsDefined(WhenDiskIsFull), "WhenDiskIsFull is none of its names.");
        return errors;

        void Check(bool isRight, string error)
        {
            if (!isRight)
            {
                errors.Add(error);
            }
        }
    }
}

/// <summary>What happens while the disk has no room for the journal.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<WhenDiskIsFull>))]
public enum WhenDiskIsFull
{
    /// <summary>
    /// Events wait until there is room. The monitor continues: hints are merged, and those that its queue cannot hold open a gap and are found by a comparison later.
    /// </summary>
    HoldBack,

    /// <summary>The oldest segment is deleted, whether it was read or not. A consumer that misses events gets a <see cref="AuditEventKind.Gap"/> that names them.</summary>
    DropOldest,
}
