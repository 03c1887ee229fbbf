using FileMonitor.Hashing;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

/// <summary>A file on its way through the gate: what is being summed, for which entry, and because of which change. Owned by the pump.</summary>
internal sealed class HashWork(SnapshotEntry entry, Snapshot snapshot, string path, PendingChange? pending, FileIdentity expected, DateTimeOffset settledAt)
{
    private long _progress;

    public SnapshotEntry Entry { get; } = entry;

    public Snapshot Snapshot { get; } = snapshot;

    /// <summary>The relative path it is opened by. The entry may have moved on when the result comes.</summary>
    public string Path { get; set; } = path;

    /// <summary>The change behind it; null for the checksum of a file that was there at start.</summary>
    public PendingChange? Pending { get; } = pending;

    /// <summary>The file that was seen there when it was decided to read it.</summary>
    public FileIdentity Expected { get; } = expected;

    public DateTimeOffset SettledAt { get; } = settledAt;

    /// <summary>What was hinted about the same file meanwhile: looked at after this, so that events of one path keep their order (G4).</summary>
    public PendingChange? Parked { get; set; }

    /// <summary>How large it was then: decides where it waits before it is begun.</summary>
    public long Size { get; init; }

    /// <summary>Since when it is in work.</summary>
    public long StartedAt { get; init; }

    /// <summary>Where the reading stands; null before it was begun. The worker's while it reads.</summary>
    public IContentRead? Read { get; set; }

    /// <summary>Whether it has proved to take long, or is likely to.</summary>
    public bool TakesLong => Size > ContentRead.SliceBytes || Read is not null;

    /// <summary>When it was last read, or began to wait for it. Any thread.</summary>
    public long Progress
    {
        get => Volatile.Read(ref _progress);
        set => Volatile.Write(ref _progress, value);
    }
}
