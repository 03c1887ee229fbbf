using System.Text;
using FileMonitor.Durable.Journal.Files;
using FileMonitor.Durable.Journal.Segments;
using FileMonitor.Durable.Journal.Signing;

namespace FileMonitor.Durable.Journal.Verification;

/// <summary>
/// Reads a whole journal once and says up to where it is what was written, or the first thing that is wrong. Takes as much memory for a large one as for
/// a small one. Reads only, and needs no lock: of a journal that is being written it says what was there.
/// </summary>
internal static class JournalVerifier
{
    private const int MostPemBytes = 4096;

    /// <param name="directory">The journal.</param>
    /// <param name="firstKeyPem">The first public key, from whoever set the journal up; null to take the one in its directory.</param>
    /// <param name="anchorPath">A file of anchored checkpoints; null for none.</param>
    /// <param name="timestamps">A file of time-stamped checkpoints; null for none.</param>
    /// <param name="cancellationToken">Ends it early, with an exception.</param>
    /// <exception cref="IOException">Something cannot be read.</exception>
    public static JournalVerdict Verify(
        string directory,
        string? firstKeyPem = null,
        string? anchorPath = null,
        JournalTimestamps? timestamps = null,
        CancellationToken cancellationToken = default) => Verify(directory, firstKeyPem, anchorPath, timestamps, bound: null, cancellationToken);

    /// <summary>For whoever writes the journal: up to a checkpoint of its own, whatever follows.</summary>
    /// <param name="directory">The journal.</param>
    /// <param name="bound">The checkpoint.</param>
    /// <param name="cancellationToken">Ends it early, with an exception.</param>
    /// <exception cref="IOException">Something cannot be read.</exception>
    public static JournalVerdict VerifyUpTo(string directory, VerificationBound bound, CancellationToken cancellationToken) =>
        Verify(directory, firstKeyPem: null, anchorPath: null, timestamps: null, bound, cancellationToken);

    private static JournalVerdict Verify(
        string directory, string? firstKeyPem, string? anchorPath, JournalTimestamps? timestamps, VerificationBound? bound, CancellationToken cancellationToken)
    {
        var journal = new JournalDirectory(directory, JournalDevice.Instance);
        List<long> segments = [.. journal.Segments().Where(first => bound is null || first <= bound.Note.Size)];
        var key = PublicKey.TryImportPem(firstKeyPem ?? ReadFirstKey(journal));
        if (segments.Count == 0 || key is null)
        {
            key?.Dispose();
            return new()
            {
                Finding = new(JournalProblem.NothingToVerify, journal.Path, 0, -1, segments.Count == 0 ? "There is no segment." : "The first key is missing, or is none."),
                IsKeyTrustedOnFirstUse = firstKeyPem is null,
            };
        }

        using var keys = new KeyChain(journal, key);
        using var state = new VerificationState(keys, anchorPath, timestamps, bound);
        for (var i = 0; i < segments.Count; i++)
        {
            var isGood = new SegmentCheck(journal, state, segments[i], i + 1 < segments.Count ? segments[i + 1] : null).Run(cancellationToken);
            if (!isGood)
            {
                return state.Verdict(firstKeyPem is null);
            }
        }

        if (bound is not null)
        {
            _ = ReachesBound(state, bound.Note, JournalDirectory.SegmentName(segments[^1]));
            return state.Verdict(isTrustedOnFirstUse: true);
        }

        // Records are on the device before anything that knows of them. So what is known of records that were not there yet shows that somebody goes on
        // writing the journal if it has grown by now, and that they are missing if not.
        _ = NothingIsMissing(journal, segments, state);
        var verdict = state.Verdict(firstKeyPem is null);
        return verdict.Finding?.Problem == JournalProblem.RecordsMissing && HasGrown(journal, segments[^1], state) ? verdict with { Finding = null } : verdict;
    }

    private static bool ReachesBound(VerificationState state, CheckpointNote note, string last)
    {
        var size = state.Range.Size;
        if (size < note.Size)
        {
            return state.Fail(JournalProblem.RecordsMissing, last, size, note.Size - 1, $"{last} ends with record {size - 1}, and a {note} was written.");
        }

        if (state.LastCheckpoint < note.Size)
        {
            return state.Fail(JournalProblem.CheckpointMissing, last, state.LastCheckpoint, note.Size - 1, $"A {note} was written, and is not there.");
        }

        // Who has the keys could have written and signed other records.
        return state.Range.Root().AsSpan().SequenceEqual(note.Root)
            || state.Fail(JournalProblem.RecordsChanged, last, state.FirstIndex, note.Size - 1, $"Records before {note.Size} are signed, and are not those that were written: somebody with the keys wrote others.");
    }

    private static string ReadFirstKey(JournalDirectory journal) =>
        journal.Has(JournalDirectory.FirstKeyName) ? Encoding.ASCII.GetString(journal.ReadAll(JournalDirectory.FirstKeyName, MostPemBytes)) : "";

    private static bool HasGrown(JournalDirectory journal, long last, VerificationState state)
    {
        if (journal.Segments()[^1] > last)
        {
            return true;
        }

        using var file = journal.OpenToRead(JournalDirectory.SegmentName(last));
        return RandomAccess.GetLength(file) > state.ReadBytes;
    }

    /// <summary>All that knows how long the journal was, against how long it is.</summary>
    private static bool NothingIsMissing(JournalDirectory journal, IReadOnlyList<long> segments, VerificationState state)
    {
        var size = state.Range.Size;
        var last = JournalDirectory.SegmentName(segments[^1]);
        if (size - state.LastCheckpoint > RecordTree.RecordsPerCheckpoint)
        {
            return state.Fail(JournalProblem.CheckpointMissing, last, state.LastCheckpoint, size - 1, $"No checkpoint covers the last {size - state.LastCheckpoint} records.");
        }

        if (state.NextVoidNote is { } note)
        {
            return state.Fail(JournalProblem.RecordsMissing, last, size, note.Size - 1, $"A {note} exists, and the journal ends before.");
        }

        foreach (var first in journal.Checkpoints().Where(first => first > segments[^1] && !segments.Contains(first)))
        {
            // What is left of a segment that was being begun has one checkpoint, the last of the one before.
            using var notes = new NoteScanner(journal.OpenToRead(JournalDirectory.CheckpointsName(first)), state.Origin);
            notes.Take();
            var only = notes.Next;
            notes.Take();
            if (only is null || only.Size != first || first > state.LastCheckpoint || notes.Next is not null || notes.IsMalformed)
            {
                return state.Fail(
                    JournalProblem.RecordsMissing, JournalDirectory.SegmentName(first), first, first - 1,
                    $"{JournalDirectory.SegmentName(first)} is missing, and its checkpoints are there.");
            }
        }

        state.Keys.FollowAll();
        if (state.Keys.Problem is { } problem)
        {
            return state.Fail(JournalProblem.KeyLinkBroken, JournalDirectory.KeyLinksName, size, size - 1, $"{JournalDirectory.KeyLinksName}: {problem}.");
        }

        if (state.Keys.Last is { } link && link.LastSize > size)
        {
            return state.Fail(JournalProblem.RecordsMissing, last, size, link.LastSize - 1, $"Record {link.Proof.Index} changed the key, and the journal ends before.");
        }

        return state.AnchorsEndHere(last);
    }
}
