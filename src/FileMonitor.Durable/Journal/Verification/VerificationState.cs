using FileMonitor.Durable.Journal.Files;
using FileMonitor.Durable.Journal.Signing;
using FileMonitor.Durable.Journal.Tree;

namespace FileMonitor.Durable.Journal.Verification;

/// <summary>What a verification knows on its way through the segments. One owner.</summary>
/// <param name="keys">The journal's.</param>
/// <param name="anchorPath">A file of anchored checkpoints; null for none.</param>
/// <param name="timestamps">A file of time-stamped checkpoints; null for none.</param>
/// <param name="bound">How far it goes; null for to the end.</param>
internal sealed class VerificationState(KeyChain keys, string? anchorPath, JournalTimestamps? timestamps, VerificationBound? bound = null) : IDisposable
{
    // A segment that a failure ended has at most those checkpoints that one commit made.
    private const int MostVoidNotes = 4096;

    private readonly PriorityQueue<(CheckpointNote Note, string Place), long> _voidNotes = new();
    private AnchorCheck? _anchors;
    private AnchorCheck? _timestamps;
    private JournalFinding? _finding;
    private readonly List<SignedLater> _signedLater = [];
    private long? _sequence;
    private long _signedLaterCount;

    public KeyChain Keys { get; } = keys;

    public VerificationBound? Bound { get; } = bound;

    /// <summary>Whether all that is to be verified was read.</summary>
    public bool IsAtBound => Bound is { } to && Range.Size >= to.Note.Size;

    public string Origin { get; private set; } = "";

    public long FirstIndex { get; private set; }

    /// <summary>The tree over all records up to now.</summary>
    public CompactRange Range { get; private set; } = new();

    /// <summary>The size of the last checkpoint that was found to be true.</summary>
    public long LastCheckpoint { get; private set; }

    public long TornBytes { get; set; }

    /// <summary>How long the last segment was.</summary>
    public long ReadBytes { get; set; }

    public long VoidBytes { get; set; }

    /// <summary>The next checkpoint that is still to be compared, of those in segments that a later one replaced.</summary>
    public CheckpointNote? NextVoidNote => _voidNotes.TryPeek(out var next, out _) ? next.Note : null;

    public JournalVerdict Verdict(bool isTrustedOnFirstUse) => new()
    {
        Finding = _finding,
        Origin = Origin,
        FirstIndex = FirstIndex,
        AuthenticUpTo = LastCheckpoint,
        AnchoredUpTo = _anchors?.UpTo ?? 0,
        TimestampedUpTo = _timestamps?.UpTo ?? 0,
        Timestamp = _timestamps?.Last,
        RecordCount = Range.Size,
        TornBytes = TornBytes,
        VoidBytes = VoidBytes,
        SignedLater = [.. _signedLater.Where(later => later.First < LastCheckpoint)],
        SignedLaterCount = _signedLaterCount,
        IsKeyTrustedOnFirstUse = isTrustedOnFirstUse,
    };

    public bool Fail(JournalProblem problem, string place, long firstRecord, long lastRecord, string message)
    {
        _finding ??= new(problem, place, firstRecord, lastRecord, message);
        return false;
    }

    /// <summary>Takes the header of the first segment that is left.</summary>
    public bool Begin(string origin, CompactRange range)
    {
        (Origin, Range, FirstIndex, LastCheckpoint) = (origin, range.Copy(), range.Size, range.Size);
        if (anchorPath is not null)
        {
            _anchors = new(anchorPath, origin, trusted: null);
        }

        if (timestamps is not null)
        {
            _timestamps = new(timestamps.Path, origin, timestamps.TrustedCertificates);
        }

        return ReachAnchors();
    }

    /// <summary>Whether a checkpoint is signed by the key of its place.</summary>
    public bool IsSigned(CheckpointNote note, string place)
    {
        if (Keys.For(note.Size).Verifies(note))
        {
            return true;
        }

        return Keys.Problem is { } problem
            ? Fail(JournalProblem.KeyLinkBroken, JournalDirectory.KeyLinksName, LastCheckpoint, note.Size - 1, $"{JournalDirectory.KeyLinksName}: {problem}.")
            : Fail(JournalProblem.CheckpointForeign, place, LastCheckpoint, note.Size - 1, $"The {note} in {place} is not signed by the key that is valid there.");
    }

    public bool AddVoid(CheckpointNote note, string place)
    {
        if (_voidNotes.Count == MostVoidNotes)
        {
            return Fail(JournalProblem.CheckpointMalformed, place, LastCheckpoint, note.Size - 1, $"{place} has more checkpoints behind its end than a failure leaves.");
        }

        _voidNotes.Enqueue((note, place), note.Size);
        return true;
    }

    /// <summary>Takes one record into account.</summary>
    public bool AddRecord(LineScanner line, string place)
    {
        var index = Range.Size;
        if (RecordJson.TryRead(line.Line) is not { } record)
        {
            return Fail(JournalProblem.RecordMalformed, place, index, index, $"Record {index} in {place} is not one object of JSON.");
        }

        if (record.SignedLater is { } later && later.Last < index)
        {
            _signedLaterCount++;
            if (_signedLater.Count < JournalVerification.MostListed)
            {
                _signedLater.Add(later);
            }
        }

        if (record.Sequence is { } sequence)
        {
            if (sequence <= _sequence)
            {
                return Fail(JournalProblem.SequenceNotAscending, place, index, index, $"Record {index} in {place} has the sequence number {sequence} after {_sequence}.");
            }

            _sequence = sequence;
        }

        Span<byte> hash = stackalloc byte[MerkleHash.Size];
        line.HashLine(hash);
        Range.Append(hash);
        return ReachVoidNotes() && ReachAnchors();
    }

    /// <summary>Compares a checkpoint with the records up to here, which it is about; its signature was looked at.</summary>
    public bool Reach(CheckpointNote note, string place)
    {
        if (!Range.Root().AsSpan().SequenceEqual(note.Root))
        {
            return Fail(
                JournalProblem.RecordsChanged, place, LastCheckpoint, note.Size - 1,
                $"Records {LastCheckpoint} to {note.Size - 1} are not those that were signed: at least one was changed, removed, added or moved.");
        }

        LastCheckpoint = note.Size;
        return true;
    }

    /// <summary>At the end: whether nothing was anchored that is not here.</summary>
    public bool AnchorsEndHere(string place) => Take(_anchors?.End(Range, place)) && Take(_timestamps?.End(Range, place));

    public void Dispose()
    {
        _anchors?.Dispose();
        _timestamps?.Dispose();
    }

    /// <summary>What a segment that was replaced says of these records.</summary>
    private bool ReachVoidNotes()
    {
        while (_voidNotes.TryPeek(out var next, out var size) && size <= Range.Size)
        {
            if (!IsSigned(next.Note, next.Place) || !Reach(next.Note, next.Place))
            {
                return false;
            }

            _voidNotes.Dequeue();
        }

        return true;
    }

    private bool ReachAnchors() => Take(_anchors?.Reach(Range, Keys)) && Take(_timestamps?.Reach(Range, Keys));

    private bool Take(JournalFinding? finding)
    {
        _finding ??= finding;
        return finding is null;
    }
}
