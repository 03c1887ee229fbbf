using FileMonitor.Durable.Journal.Files;
using FileMonitor.Durable.Journal.Segments;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Durable.Journal.Verification;

/// <summary>Verifies one segment, up to where the next one begins. One owner.</summary>
internal sealed class SegmentCheck(JournalDirectory journal, VerificationState state, long first, long? next)
{
    private const int RecordsPerLook = 4096;

    private readonly string _name = JournalDirectory.SegmentName(first);
    private readonly string _checkpointsName = JournalDirectory.CheckpointsName(first);

    // The size of the last checkpoint that was taken from the file beside the segment.
    private long _last;

    public bool Run(CancellationToken cancellationToken)
    {
        if (state.Origin.Length > 0 && first != state.Range.Size)
        {
            return state.Fail(JournalProblem.RecordsMissing, _name, state.Range.Size, first - 1, $"Records {state.Range.Size} to {first - 1} before {_name} are missing.");
        }

        using var records = journal.OpenToRead(_name);
        var lines = new LineScanner(records, 0);
        if (!CheckHeader(lines))
        {
            return false;
        }

        if (!journal.Has(_checkpointsName))
        {
            return state.Fail(JournalProblem.CheckpointMissing, _checkpointsName, first, first - 1, $"{_checkpointsName} is missing.");
        }

        using var notes = new NoteScanner(journal.OpenToRead(_checkpointsName), state.Origin);
        return CheckFirst(notes) && CheckRecords(records, lines, notes, cancellationToken);
    }

    private bool CheckHeader(LineScanner lines)
    {
        var isThere = lines.TryRead();
        if (state.Origin.Length > 0)
        {
            return (isThere && lines.Line.SequenceEqual(SegmentHeader.ToBytes(state.Origin, state.Range)))
                || state.Fail(JournalProblem.HeaderChanged, _name, first, first - 1, $"The header of {_name} is not what the records before it make it.");
        }

        return isThere && SegmentHeader.TryRead(lines.Line) is { } header && header.Range.Size == first
            ? state.Begin(header.Origin, header.Range)
            : state.Fail(JournalProblem.HeaderChanged, _name, first, first - 1, $"{_name} does not begin with a header of its own.");
    }

    /// <summary>The one that is about the header.</summary>
    private bool CheckFirst(NoteScanner notes)
    {
        if (notes.Next is not { } note || note.Size != first)
        {
            return state.Fail(JournalProblem.CheckpointMalformed, _checkpointsName, first, first - 1, $"{_checkpointsName} does not begin with the checkpoint of {first} records.");
        }

        if (first - state.LastCheckpoint > RecordTree.RecordsPerCheckpoint)
        {
            return state.Fail(
                JournalProblem.CheckpointMissing, _checkpointsName, state.LastCheckpoint, first - 1,
                $"No checkpoint is there between {state.LastCheckpoint} and {first} records.");
        }

        if (!state.IsSigned(note, _checkpointsName))
        {
            return false;
        }

        Take(notes, note.Size);
        if (first != state.FirstIndex)
        {
            return state.Reach(note, _name);
        }

        return state.Range.Root().AsSpan().SequenceEqual(note.Root)
            || state.Fail(JournalProblem.HeaderChanged, _name, first, first - 1, $"The header of {_name} is not what was signed.");
    }

    private bool CheckRecords(SafeFileHandle records, LineScanner lines, NoteScanner notes, CancellationToken cancellationToken)
    {
        while (next is null || state.Range.Size < next)
        {
            if (state.IsAtBound)
            {
                return true;
            }

            if (state.Range.Size % RecordsPerLook == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                state.Bound?.Pace();
            }

            if (!CheckNext(notes))
            {
                return false;
            }

            if (!lines.TryRead())
            {
                return CheckEnd(lines, notes);
            }

            if (!state.AddRecord(lines, _name) || !ReachNext(notes))
            {
                return false;
            }
        }

        // What is behind the next segment's beginning was replaced by that, but what was signed of it holds.
        state.VoidBytes += RandomAccess.GetLength(records) - lines.Offset;
        while (CheckNext(notes))
        {
            if (notes.Next is not { } note)
            {
                state.VoidBytes += notes.UnfinishedBytes;
                return true;
            }

            if (!state.AddVoid(note, _checkpointsName))
            {
                return false;
            }

            Take(notes, note.Size);
        }

        return false;
    }

    /// <summary>Whether the next checkpoint may come next.</summary>
    private bool CheckNext(NoteScanner notes)
    {
        if (notes.Next is not { } note)
        {
            return !notes.IsMalformed
                || state.Fail(
                    JournalProblem.CheckpointMalformed, _checkpointsName, state.LastCheckpoint, state.LastCheckpoint - 1,
                    $"What follows the checkpoint of {state.LastCheckpoint} records in {_checkpointsName} is none of this journal.");
        }

        if (note.Size <= _last)
        {
            return state.Fail(JournalProblem.CheckpointMalformed, _checkpointsName, _last, _last - 1, $"The {note} in {_checkpointsName} comes after one of {_last} records.");
        }

        return note.Size - _last <= RecordTree.RecordsPerCheckpoint
            || state.Fail(JournalProblem.CheckpointMissing, _checkpointsName, _last, note.Size - 1, $"No checkpoint is there between {_last} and {note.Size} records.");
    }

    private bool ReachNext(NoteScanner notes)
    {
        if (notes.Next is not { } note || note.Size != state.Range.Size)
        {
            return true;
        }

        Take(notes, note.Size);
        return state.IsSigned(note, _checkpointsName) && state.Reach(note, _name);
    }

    private void Take(NoteScanner notes, long size)
    {
        notes.Take();
        _last = size;
    }

    private bool CheckEnd(LineScanner lines, NoteScanner notes)
    {
        var size = state.Range.Size;
        if (lines.IsTooLong)
        {
            return state.Fail(JournalProblem.RecordMalformed, _name, size, size, $"Record {size} in {_name} is longer than any.");
        }

        // A checkpoint that lies is told before the records that it says are missing.
        if (notes.Next is { } note)
        {
            return state.IsSigned(note, _checkpointsName)
                && state.Fail(
                    JournalProblem.RecordsMissing, _name, state.LastCheckpoint, note.Size - 1,
                    $"{_name} ends with record {size - 1}, and a {note} is there: of records {state.LastCheckpoint} to {note.Size - 1} some are missing.");
        }

        if (next is not null)
        {
            return state.Fail(JournalProblem.RecordsMissing, _name, state.LastCheckpoint, next.Value - 1, $"{_name} ends with record {size - 1}, and the next segment begins with {next}.");
        }

        state.TornBytes = lines.TornBytes + notes.UnfinishedBytes;
        state.ReadBytes = lines.Offset + lines.TornBytes;
        return true;
    }
}
