using FileMonitor.Durable.State;

namespace FileMonitor.Durable;

/// <summary>
/// The records and checkpoints of a running monitor's journal, for one consumer whose position survives restarts. Records that it has not acknowledged are kept, however
/// long ago they were written, unless <see cref="WhenDiskIsFull.DropOldest"/> deletes them.
/// </summary>
public sealed class JournalSubscription : IAsyncEnumerable<JournalEntry>
{
    private readonly RecordCursor _cursor;
    private volatile string? _problem;
    private int _isEnumerated;

    internal JournalSubscription(RecordCursor cursor, string monitor, string origin, string publicKeyPem, CancellationToken stopping) =>
        (_cursor, Monitor, Origin, PublicKeyPem, Stopping) = (cursor, monitor, origin, publicKeyPem, stopping);

    /// <summary>The name of the monitor; empty for an unnamed one.</summary>
    public string Monitor { get; }

    /// <summary>Which journal: <c>host/filemonitor/id</c>, as in its checkpoints.</summary>
    public string Origin { get; }

    /// <summary>The journal's first public key as PEM: who has it from elsewhere can check all that follows.</summary>
    public string PublicKeyPem { get; }

    /// <summary>How many records are not acknowledged. Any thread.</summary>
    public long Lag => _cursor.Lag;

    /// <summary>Signalled when the monitor stops: the rest can be read, and it is better to end than to wait for something that does not answer.</summary>
    public CancellationToken Stopping { get; }

    internal RecordCursor Cursor => _cursor;

    internal string? Problem => _problem;

    /// <summary>
    /// All records up to this one are where they should be, with the checkpoints that came before them: the position moves behind it, and never back. It is written once a second;
    /// after a crash, records that were acknowledged since then come again. Any thread.
    /// </summary>
    /// <param name="index">The index of the record (<see cref="JournalRecord.Index"/>).</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is negative.</exception>
    public void Acknowledge(long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        _cursor.Acknowledge(index);
    }

    /// <summary>Says what keeps this consumer from going on, for the health of the monitor (<see cref="CursorHealth.Problem"/>). Any thread.</summary>
    /// <param name="problem">What is wrong, in one sentence without secrets; null when all is well again.</param>
    public void ReportProblem(string? problem) => _problem = problem;

    /// <summary>
    /// Enumerates from the first record on that is not acknowledged. Before it come the first checkpoint of its segment and the newest one that covers nothing from it on, so that
    /// a checkpoint which was not passed on before a stop comes again. Ends when the monitor has stopped and everything was read.
    /// </summary>
    /// <param name="cancellationToken">Ends the enumeration with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="InvalidOperationException">It is already being enumerated.</exception>
    /// <exception cref="IOException">The journal cannot be read, or is damaged.</exception>
    public async IAsyncEnumerator<JournalEntry> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _isEnumerated, 1) != 0)
        {
            throw new InvalidOperationException($"The journal {Origin} is already being read for '{_cursor.Name}': a subscription has one reader at a time.");
        }

        try
        {
            _cursor.Rewind();
            while (await _cursor.ReadAsync(cancellationToken).ConfigureAwait(false) is { Count: > 0 } entries)
            {
                foreach (var entry in entries)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    yield return entry;
                }
            }
        }
        finally
        {
            Volatile.Write(ref _isEnumerated, 0);
        }
    }
}
