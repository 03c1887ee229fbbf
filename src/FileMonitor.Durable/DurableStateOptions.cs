using FileMonitor.Durable.Journal.Files;

namespace FileMonitor.Durable;

/// <summary>Where and how a monitor keeps its state across restarts.</summary>
public sealed class DurableStateOptions
{
    /// <summary>
    /// The directory of the state: one for each monitor, used by one process at a time, on a local file system, outside every root or left out by a pattern. It is made
    /// when it is not there, for this user alone (mode 0700). Required; a relative path is one below the working directory.
    /// </summary>
    public string Directory { get; set; } = "";

    /// <summary>How long records are kept at least; older segments that every consumer has acknowledged are deleted. Default 30 days; <see cref="TimeSpan.MaxValue"/> keeps all.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(30);

    /// <summary>A segment of the journal is ended once it has this size, in bytes. From 64 KiB to 1 GiB, default 64 MiB.</summary>
    public long SegmentBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Records wait no longer than this for a signed checkpoint; one is also made after each 1,024. From 1 s to 1 hour, default 10 s.</summary>
    public TimeSpan CheckpointInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Whether the comparison at start reads every file whose checksum is known. Default false: it reads those whose size, modification time, change time or
    /// identity is another. The change time cannot be set by a program, so that finds what was changed and given its old time again.
    /// </summary>
    public bool CompareContentAtStart { get; set; }

    /// <summary>What happens while the disk has no room for the journal. Default: events are held back.</summary>
    public WhenDiskIsFull WhenDiskIsFull { get; set; } = WhenDiskIsFull.HoldBack;

    /// <summary>Signs checkpoints with a key that is kept elsewhere; null (the default) for keys in the directory, a new one for each segment, the old one erased.</summary>
    public ICheckpointSigner? Signer { get; set; }

    /// <summary>Is given each checkpoint, to keep it where who changes the journal cannot change it; null (the default) for none.</summary>
    public ICheckpointAnchor? Anchor { get; set; }

    /// <summary>Writes the journal; another one for tests.</summary>
    internal IJournalDevice Device { get; set; } = JournalDevice.Instance;

    internal IReadOnlyList<string> GetErrors()
    {
        var errors = new List<string>();
        Check(!string.IsNullOrWhiteSpace(Directory), "Directory is empty: say where the state is kept.");
        Check(Retention >= TimeSpan.Zero, "Retention is negative.");
        Check(SegmentBytes is >= 64 * 1024 and <= 1L << 30, "SegmentBytes is not from 65536 to 1073741824.");
        Check(CheckpointInterval >= TimeSpan.FromSeconds(1) && CheckpointInterval <= TimeSpan.FromHours(1), "CheckpointInterval is not from 1 second to 1 hour.");
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
public enum WhenDiskIsFull
{
    /// <summary>
    /// Events wait until there is room. The monitor goes on; hints are merged, and what its queue cannot hold is found by a comparison later, with a gap.
    /// </summary>
    HoldBack,

    /// <summary>The oldest segment is deleted, read or not. A consumer that misses events by that is told which by a <see cref="AuditEventKind.Gap"/>.</summary>
    DropOldest,
}
