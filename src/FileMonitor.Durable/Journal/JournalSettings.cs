using FileMonitor.Durable.Journal.Anchoring;
using FileMonitor.Durable.Journal.Files;

namespace FileMonitor.Durable.Journal;

/// <summary>How a journal is written.</summary>
internal sealed record JournalSettings
{
    public const long DefaultSegmentBytes = 64 * 1024 * 1024;

    public required string Directory { get; init; }

    /// <summary>A segment of as many bytes, its checkpoints included, is ended with the commit that reaches it.</summary>
    public long SegmentBytes { get; init; } = DefaultSegmentBytes;

    /// <summary>Records wait no longer for a checkpoint, if commits or ticks come. It is also made after each 1,024.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The machine, for the journal's origin.</summary>
    public string Host { get; init; } = Environment.MachineName;

    /// <summary>Null for keys in the journal's directory, a new one for each segment.</summary>
    public ICheckpointSigner? Signer { get; init; }

    public IReadOnlyList<ICheckpointAnchor> Anchors { get; init; } = [];

    /// <summary>Called when an anchor fails and when it works again, by a task of its own.</summary>
    public Action<AnchorState> AnchorChanged { get; init; } = static _ => { };

    /// <summary>Whether a disk that is full loses its oldest segment, whoever still needs it, each time that something finds no room.</summary>
    public bool DropsOldest { get; init; }

    /// <summary>Called when that was done, by whoever wrote.</summary>
    public Action OldestDropped { get; init; } = static () => { };

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public IJournalDevice Device { get; init; } = JournalDevice.Instance;
}
