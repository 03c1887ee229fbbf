namespace FileMonitor.Durable;

/// <summary>
/// Keeps the checkpoints of a journal where whoever can change the journal cannot: on another machine, in a broker, with a time-stamping
/// authority. What is anchored can no longer be cut off the journal's end without being noticed.
/// </summary>
public interface ICheckpointAnchor
{
    /// <summary>
    /// How long at least from one checkpoint that it kept to the next one that it is given; the newest waits meanwhile, the others are left out. The last one is given at once when the journal is closed. 0 (the default)
    /// for each checkpoint as it is made.
    /// </summary>
    TimeSpan Interval => TimeSpan.Zero;

    /// <summary>
    /// The note (<see cref="JournalCheckpoint.Note"/>) of the last checkpoint that it kept, in whichever run and of whichever journal; null when it has none, or cannot say. The journal asks before each
    /// <see cref="AnchorAsync"/>, by the same task. When that checkpoint is of another journal, of more records than this one has, or of other records, <see cref="AnchorAsync"/> is not called, and that is told as when it throws:
    /// the state was deleted, exchanged, cut off or restored from an older copy. The default cannot say, and nothing is compared.
    /// </summary>
    /// <param name="cancellationToken">Cancelled when the close of the journal does not wait any longer.</param>
    /// <returns>The note, with its line feed at the end.</returns>
    ValueTask<string?> ReadLastAsync(CancellationToken cancellationToken) => new((string?)null);

    /// <summary>Keeps one checkpoint. Called one at a time, in the order of the journal, by a task of its own: nothing waits for it but the journal's close.</summary>
    /// <param name="checkpoint">The checkpoint, which is on the journal's disk already.</param>
    /// <param name="cancellationToken">Cancelled when the close of the journal does not wait any longer.</param>
    /// <returns>Ends when the checkpoint is kept for good.</returns>
    /// <remarks>
    /// When it throws, it is called again with the same checkpoint when the journal has its next one, and after <see cref="DurableStateOptions.CheckpointInterval"/> when it has none.
    /// It never stops the journal; the message of the exception is in <see cref="StoreHealth.Anchor"/> and in the log. Of more than 1,000 checkpoints that wait the oldest are given
    /// up, because a newer one stands for them.
    /// </remarks>
    ValueTask AnchorAsync(JournalCheckpoint checkpoint, CancellationToken cancellationToken);
}
