using FileMonitor.Hashing;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

/// <summary>A file on its way through the gate: which entry is hashed, and for which change. Owned by the pump.</summary>
internal sealed class HashWork(SnapshotEntry entry, Snapshot snapshot, string path, PendingChange? pending, FileIdentity expected, DateTimeOffset settledAt)
{
    private long _progress;

    public SnapshotEntry Entry { get; } = entry;

    public Snapshot Snapshot { get; } = snapshot;

    /// <summary>The relative path by which the file is opened. The entry may have moved on when the result comes.</summary>
    public string Path { get; set; } = path;

    /// <summary>The change that needs the checksum; null for a file of the baseline.</summary>
    public PendingChange? Pending { get; } = pending;

    /// <summary>The file that was at the path when the pump decided to read it.</summary>
    public FileIdentity Expected { get; } = expected;

    public DateTimeOffset SettledAt { get; } = settledAt;

    /// <summary>A change of the same file that came meanwhile; settled after this one, so that events of one path keep their order (G4).</summary>
    public PendingChange? Parked { get; set; }

    /// <summary>The size when the pump decided to read it; selects the queue before the read begins.</summary>
    public long Size { get; init; }

    /// <summary>When it was given to the gate.</summary>
    public long StartedAt { get; init; }

    /// <summary>The state of the read; null before it begins. Owned by the worker while it reads.</summary>
    public IContentRead? Read { get; set; }

    /// <summary>Whether the read takes long, or is likely to.</summary>
    public bool TakesLong => Size > ContentRead.SliceBytes || Read is not null;

    /// <summary>When the read last advanced, or when the file began to wait. Any thread.</summary>
    public long Progress
    {
        get => Volatile.Read(ref _progress);
        set => Volatile.Write(ref _progress, value);
    }
}
