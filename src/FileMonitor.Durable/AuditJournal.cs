using System.Text;
using FileMonitor.Durable.Journal;
using FileMonitor.Durable.Journal.Files;
using FileMonitor.Durable.Journal.Signing;
using FileMonitor.Durable.Journal.Verification;
using FileMonitor.Durable.Journals;

namespace FileMonitor.Durable;

/// <summary>
/// What can be done with the journal of a monitor from outside: verify it, prove one record, read its events, report on it, and accept changes. All but
/// <see cref="AcceptAsync"/> only read, take no lock and need no right to write, so they also work while the monitor is running.
/// </summary>
public static class AuditJournal
{
    // A journal that grows while it is read may look wrong for a moment: a checkpoint is half written, or a commit has its records and not yet its checkpoint.
    private const int Attempts = 3;

    /// <summary>Reads the whole journal and says up to where it is what was written, or the first thing that is wrong.</summary>
    /// <param name="directory">The directory of the state.</param>
    /// <param name="firstKeyPem">The journal's first public key as PEM, kept elsewhere when the journal was begun; null to trust the one in the directory.</param>
    /// <param name="anchorPath">A file of anchored checkpoints (<see cref="FileCheckpointAnchor"/>); null for none.</param>
    /// <param name="timestamps">A file of time-stamped checkpoints (<see cref="TimestampAnchor"/>), and whose time stamps are believed; null for none.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="IOException">There is no such directory, nothing of a journal in it, or something cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Something may not be read.</exception>
    /// <exception cref="OperationCanceledException">It was ended early.</exception>
    public static JournalVerification Verify(
        string directory,
        string? firstKeyPem = null,
        string? anchorPath = null,
        JournalTimestamps? timestamps = null,
        CancellationToken cancellationToken = default)
    {
        var journal = RecordScan.OpenJournal(directory);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var verdict = JournalVerifier.Verify(directory, firstKeyPem, anchorPath, timestamps, cancellationToken);
                if (verdict.Finding is null || attempt == Attempts)
                {
                    return Describe(journal, verdict);
                }
            }
            catch (FileNotFoundException) when (attempt < Attempts)
            {
                // A segment that the monitor deleted, because it is older than the retention.
            }
        }
    }

    /// <summary>Proves a record by the first checkpoint that covers it.</summary>
    /// <param name="directory">The directory of the state.</param>
    /// <param name="index">The index of the record, from 0.</param>
    /// <returns>Null when there is no such record (any more), or no checkpoint covers it yet.</returns>
    /// <exception cref="IOException">The journal cannot be read, or is damaged there.</exception>
    /// <exception cref="UnauthorizedAccessException">Something may not be read.</exception>
    public static RecordProof? Prove(string directory, long index)
    {
        RecordScan.OpenDirectory(directory);
        return JournalProof.Create(directory, index) is var (line, proof) ? new(index, line, proof) : null;
    }

    /// <summary>Whether a line is the record that a proof is about, by the signature of the key that is valid there.</summary>
    /// <param name="directory">The directory of the state, or one with copies of its <c>journal.pub</c> and <c>journal.keys</c>, which lead to later keys.</param>
    /// <param name="line">The line with its line feed.</param>
    /// <param name="proof">The proof.</param>
    /// <param name="firstKeyPem">The journal's first public key as PEM; null to trust the one in the directory.</param>
    /// <returns>The index of the record; null when it is not proved.</returns>
    /// <exception cref="IOException">The directory, or a key in it, cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A key may not be read.</exception>
    public static long? VerifyProof(string directory, ReadOnlySpan<byte> line, ReadOnlySpan<byte> proof, string? firstKeyPem = null)
    {
        var journal = firstKeyPem is null ? RecordScan.OpenJournal(directory) : RecordScan.OpenDirectory(directory);
        var first = firstKeyPem ?? Encoding.ASCII.GetString(journal.ReadAll(JournalDirectory.FirstKeyName, mostBytes: 4096));
        return JournalProof.FindKey(directory, proof, first) is { } key ? JournalProof.Verify(line, proof, key) : null;
    }

    /// <summary>Looks for the record of an event.</summary>
    /// <param name="directory">The directory of the state.</param>
    /// <param name="id">The id of the event (<see cref="AuditEvent.Id"/>).</param>
    /// <returns>The index of the record; null when there is none (any more).</returns>
    /// <exception cref="IOException">The journal cannot be read, or is damaged.</exception>
    /// <exception cref="UnauthorizedAccessException">Something may not be read.</exception>
    public static long? Find(string directory, Guid id) => FindAll(directory, [id]) is [var index] ? index : null;

    /// <summary>Reads the events, as the monitor told them: each as its line of JSON with a line feed, which <see cref="JsonLines.AuditEventJson"/> reads.</summary>
    /// <param name="directory">The directory of the state.</param>
    /// <param name="from">Only events that were emitted then or later (<see cref="AuditEvent.EmittedAt"/>); null for the first.</param>
    /// <param name="to">Only events that were emitted before; null for the last.</param>
    /// <returns>In the order of the journal. The journal is read while this is enumerated, which may throw an <see cref="IOException"/>. Nothing is verified.</returns>
    /// <exception cref="ArgumentException"><paramref name="directory"/> is empty.</exception>
    public static IEnumerable<ReadOnlyMemory<byte>> ReadEvents(string directory, DateTimeOffset? from = null, DateTimeOffset? to = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        return ReadAll(directory, from ?? DateTimeOffset.MinValue, to ?? DateTimeOffset.MaxValue);
    }

    /// <summary>Verifies the journal and reports what is in it: for an auditor.</summary>
    /// <param name="directory">The directory of the state.</param>
    /// <param name="from">The begin of the period; null for that of the journal.</param>
    /// <param name="to">The end of the period, which is not in it; null for that of the journal.</param>
    /// <param name="firstKeyPem">The journal's first public key as PEM; null to trust the one in the directory.</param>
    /// <param name="anchorPath">A file of anchored checkpoints; null for none.</param>
    /// <param name="timestamps">A file of time-stamped checkpoints; null for none.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="IOException">There is no such directory, nothing of a journal in it, something cannot be read, or the journal was changed meanwhile.</exception>
    /// <exception cref="UnauthorizedAccessException">Something may not be read.</exception>
    /// <exception cref="OperationCanceledException">It was ended early.</exception>
    public static JournalReport Report(
        string directory,
        DateTimeOffset? from = null,
        DateTimeOffset? to = null,
        string? firstKeyPem = null,
        string? anchorPath = null,
        JournalTimestamps? timestamps = null,
        CancellationToken cancellationToken = default)
    {
        var verification = Verify(directory, firstKeyPem, anchorPath, timestamps, cancellationToken);
        return new ReportBuilder(verification, from, to).Build(directory, cancellationToken);
    }

    /// <summary>Records that somebody accepts changes. Brings the journal in order first, when the process that had it before did not close it.</summary>
    /// <param name="directory">The directory of the state.</param>
    /// <param name="acceptance">Who accepts what, and why.</param>
    /// <param name="signer">The signer of the journal (<see cref="DurableStateOptions.Signer"/>); null when its keys are in the directory.</param>
    /// <param name="time">The clock; null for that of the system.</param>
    /// <returns>The index of the record, which is on the disk and covered by a checkpoint.</returns>
    /// <exception cref="KeyNotFoundException">An event is not in the journal; the message says which. Nothing was recorded.</exception>
    /// <exception cref="DurableStateException">A monitor has the journal; the message says which process. Nothing was recorded.</exception>
    /// <exception cref="IOException">There is no journal, it is damaged, or the disk refuses.</exception>
    /// <exception cref="UnauthorizedAccessException">Something may not be read or written.</exception>
    public static ValueTask<long> AcceptAsync(string directory, JournalAcceptance acceptance, ICheckpointSigner? signer = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(acceptance);
        if (acceptance.Events.Count != FindAll(directory, acceptance.Events).Count)
        {
            var missing = acceptance.Events.First(id => Find(directory, id) is null);
            throw new KeyNotFoundException($"The journal has no event {missing}.");
        }

        return AcceptanceWriter.WriteAsync(directory, acceptance, signer, time ?? TimeProvider.System);
    }

    private static IEnumerable<ReadOnlyMemory<byte>> ReadAll(string directory, DateTimeOffset from, DateTimeOffset to)
    {
        using var records = new RecordScan(directory);
        while (records.TryRead())
        {
            var record = RecordLine.Read(records.Line);
            if (record is { IsEvent: true, At: { } at } && at >= from && at < to)
            {
                yield return record.WithoutRedo(records.Line);
            }
        }
    }

    /// <summary>The first record of each id that there is.</summary>
    private static List<long> FindAll(string directory, IReadOnlyCollection<Guid> ids)
    {
        var wanted = ids.ToHashSet();
        var found = new List<long>();
        using var records = new RecordScan(directory);
        while (wanted.Count > 0 && records.TryRead())
        {
            if (RecordLine.Read(records.Line) is { IsEvent: true, Id: { } id } && wanted.Remove(id))
            {
                found.Add(records.Index);
            }
        }

        return found;
    }

    private static JournalVerification Describe(JournalDirectory journal, JournalVerdict verdict)
    {
        CheckpointNote? checkpoint = verdict.Origin.Length == 0 ? null : Checkpoints.Find(journal, verdict.Origin, verdict.AuthenticUpTo);
        return new()
        {
            Problem = verdict.Finding?.Message,
            Origin = verdict.Origin,
            FirstRecord = verdict.FirstIndex,
            Records = verdict.RecordCount,
            AuthenticUpTo = verdict.AuthenticUpTo,
            AnchoredUpTo = verdict.AnchoredUpTo,
            TimestampedUpTo = verdict.TimestampedUpTo,
            TimestampedAt = verdict.Timestamp?.At,
            TimestampedBy = verdict.Timestamp?.Authority,
            SignedLater = [.. verdict.SignedLater.Select(static later => new JournalSignedLater { FirstRecord = later.First, LastRecord = later.Last, At = later.At })],
            SignedLaterCount = verdict.SignedLaterCount,
            IsKeyTrustedOnFirstUse = verdict.IsKeyTrustedOnFirstUse,
            Checkpoint = checkpoint is null ? null : new(checkpoint),
        };
    }
}
