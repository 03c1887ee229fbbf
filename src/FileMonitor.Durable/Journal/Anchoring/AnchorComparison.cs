using FileMonitor.Durable.Journal.Files;
using FileMonitor.Durable.Journal.Segments;
using FileMonitor.Durable.Journal.Signing;

namespace FileMonitor.Durable.Journal.Anchoring;

/// <summary>
/// Asks, before an anchor gets the next checkpoint, whether the last one that it kept is one of this journal: what is appended to the checkpoints of another journal, or of another history of this one, would cover up
/// that the state was deleted, exchanged or restored from a copy. One owner: the task of the feed.
/// </summary>
internal sealed class AnchorComparison(JournalDirectory journal)
{
    // What was compared last, and the answer: an anchor that is refused is asked again with each checkpoint.
    private (CheckpointNote Kept, bool IsOurs)? _compared;

    /// <param name="kept">The note of the last checkpoint that the anchor has; null for none.</param>
    /// <param name="next">The one that it is to get.</param>
    /// <exception cref="AnchorRefusedException">It is not one of this journal.</exception>
    /// <exception cref="IOException">The journal cannot be read.</exception>
    public void ThrowIfForeign(ReadOnlySpan<byte> kept, CheckpointNote next)
    {
        if (kept.IsEmpty)
        {
            return;
        }

        if (CheckpointNote.TryRead(kept, out _) is not { } last)
        {
            throw new AnchorRefusedException($"What the anchor gives as its last checkpoint is none. Nothing is appended to it: keep what it has aside, and anchor the journal {next.Origin} elsewhere.");
        }

        ThrowIfOfAnother(last, next.Origin);
        if (last.Size > next.Size)
        {
            throw new AnchorRefusedException(
                $"The anchor has a checkpoint of {last.Size} records, and the journal {next.Origin} has only {next.Size}: its end was cut off, or the state was restored from an older copy. Nothing is appended to the anchor: keep it and the state for whoever has to look into it.");
        }

        if (!IsOurs(last, next))
        {
            throw new AnchorRefusedException(
                $"The anchor has other records than the journal {next.Origin} among the first {last.Size}: the journal was changed, or its state was restored from an older copy and went on from there. Nothing is appended to the anchor: keep it and the state for whoever has to look into it.");
        }
    }

    /// <exception cref="AnchorRefusedException">The checkpoint is one of another journal.</exception>
    public static void ThrowIfOfAnother(CheckpointNote kept, string origin)
    {
        if (kept.Origin != origin)
        {
            throw new AnchorRefusedException(
                $"The anchor has the checkpoints of another journal, {kept.Origin}; this journal is {origin}: the state was deleted or exchanged, or two monitors share the anchor. Nothing is appended to it: keep it aside, and anchor this journal elsewhere.");
        }
    }

    private bool IsOurs(CheckpointNote last, CheckpointNote next)
    {
        if (last.Size == next.Size)
        {
            return last.Root.AsSpan().SequenceEqual(next.Root);
        }

        if (_compared is { } before && before.Kept.Size == last.Size && before.Kept.Root.AsSpan().SequenceEqual(last.Root))
        {
            return before.IsOurs;
        }

        var isOurs = RecordsRoot.At(journal, last.Size) is not { } root || root.AsSpan().SequenceEqual(last.Root);
        _compared = (last, isOurs);
        return isOurs;
    }
}
