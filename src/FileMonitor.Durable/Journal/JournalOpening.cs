using System.Text;
using FileMonitor.Durable.Journal.Files;
using FileMonitor.Durable.Journal.Segments;
using FileMonitor.Durable.Journal.Signing;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Durable.Journal;

/// <summary>What a writer begins with; it owns all of it.</summary>
internal sealed record OpenedJournal
{
    public required JournalDirectory Directory { get; init; }

    public required string Origin { get; init; }

    public required SigningKeys Keys { get; init; }

    public required KeyChange KeyChange { get; init; }

    public required RecordTree Tree { get; init; }

    public required OpenSegment Segment { get; init; }

    public required CheckpointNote Note { get; init; }

    public required JournalPlace Checkpoint { get; init; }

    public required JournalRecovery Recovery { get; init; }
}

/// <summary>How a journal is begun, or gone on with after a close or a crash. The caller holds its lock.</summary>
internal static class JournalOpening
{
    private const int MostPemBytes = 4096;

    public static OpenedJournal Open(JournalDirectory directory, JournalSettings settings, string? abandonedBy)
    {
        var segments = directory.Segments();
        return segments.Count == 0 ? Begin(directory, settings) : GoOn(directory, settings, segments[^1], abandonedBy);
    }

    /// <summary>The file of a new segment from a checkpoint on, with that checkpoint beside it. It has its name only when all of it is on the device.</summary>
    public static OpenSegment BeginSegment(JournalDirectory directory, CheckpointNote note, JournalPlace checkpoint, Action<NewSegmentFile> write)
    {
        var header = SegmentHeader.ToBytes(note.Origin, checkpoint.Range);
        var checkpoints = directory.Publish(JournalDirectory.CheckpointsName(note.Size), file => directory.Device.Write(file, note.ToBytes(), 0));
        SafeFileHandle records;
        try
        {
            records = directory.Publish(JournalDirectory.SegmentName(note.Size), file =>
            {
                var made = new NewSegmentFile(directory.Device, file);
                made.Write(header);
                write(made);
            });
        }
        catch
        {
            checkpoints.Dispose();
            throw;
        }

        return new(directory, (records, checkpoints), checkpoint, header.Length);
    }

    private static OpenedJournal Begin(JournalDirectory directory, JournalSettings settings)
    {
        // What an interrupted beginning leaves is the checkpoint of nothing.
        if (directory.Has(JournalDirectory.KeyLinksName) || directory.Checkpoints().Any(first => first != 0 || HasRecords(directory)))
        {
            throw new JournalDamagedException(directory.Path, "all its segments are missing.");
        }

        var keys = SigningKeys.Create(directory, settings.Signer);
        var origin = CheckpointNote.OriginOf(settings.Host, Guid.NewGuid().ToString("N"));
        var start = new JournalPlace(new(), 0);
        var note = keys.Sign(origin, 0, start.Range.Root());
        return new()
        {
            Directory = directory,
            Origin = origin,
            Keys = keys,
            KeyChange = new(directory, keys, linkBytes: 0),
            Tree = new(start),
            Segment = BeginSegment(directory, note, start, _ => { }),
            Note = note,
            Checkpoint = start,
            Recovery = new(IsNew: true, AbandonedBy: null, RecordCount: 0, CutBytes: 0, RewrittenRecords: 0),
        };
    }

    private static bool HasRecords(JournalDirectory directory)
    {
        var notes = directory.ReadAll(JournalDirectory.CheckpointsName(0), int.MaxValue / 2);
        return CheckpointNote.TryRead(notes, out var length) is not { Size: 0 } || length != notes.Length;
    }

    private static OpenedJournal GoOn(JournalDirectory directory, JournalSettings settings, long last, string? abandonedBy)
    {
        var keys = SigningKeys.Open(directory, settings.Signer);
        using var chain = ReadChain(directory, keys);
        var scan = SegmentScan.Read(directory, last, keys, chain.Last);
        DeleteOrphans(directory, last, scan.Note);
        var keyChange = new KeyChange(directory, keys, chain.GoodBytes);
        ResumeKeyChange(directory, keys, keyChange, scan);

        var rewritten = scan.Tree.Size - scan.Checkpoint.Size;
        return new()
        {
            Directory = directory,
            Origin = scan.Origin,
            Keys = keys,
            KeyChange = keyChange,
            Tree = scan.Tree,
            Segment = scan.CutBytes == 0 && rewritten == 0 ? Reopen(directory, scan) : Rewrite(directory, last, scan),
            Note = scan.Note,
            Checkpoint = scan.Checkpoint,
            Recovery = new(IsNew: false, abandonedBy, scan.Tree.Size, scan.CutBytes, rewritten),
        };
    }

    private static OpenSegment Reopen(JournalDirectory directory, SegmentScan scan)
    {
        var records = directory.OpenToWrite(JournalDirectory.SegmentName(scan.Start.Size));
        return new(directory, (records, directory.OpenToWrite(JournalDirectory.CheckpointsName(scan.Start.Size))), scan.Start, scan.Start.Position);
    }

    /// <summary>What was read behind the last checkpoint may be on the device or not: it is written again.</summary>
    private static OpenSegment Rewrite(JournalDirectory directory, long last, SegmentScan scan)
    {
        using var file = directory.OpenToRead(JournalDirectory.SegmentName(last));
        return BeginSegment(directory, scan.Note, scan.Checkpoint, made => made.Copy(new(file, scan.Checkpoint.Position), scan.Checkpoint.Range.Copy(), scan.Tree.Size));
    }

    /// <summary>Follows the links to the key that signs now, which must be the one that is there.</summary>
    private static KeyChain ReadChain(JournalDirectory directory, SigningKeys keys)
    {
        if (!directory.Has(JournalDirectory.FirstKeyName)
            || PublicKey.TryImportPem(Encoding.ASCII.GetString(directory.ReadAll(JournalDirectory.FirstKeyName, MostPemBytes))) is not { } first)
        {
            throw new JournalDamagedException(directory.Path, $"its first public key ({JournalDirectory.FirstKeyName}) is missing or is none.");
        }

        var chain = new KeyChain(directory, first);
        chain.FollowAll();
        if (Is(keys.Current))
        {
            return chain;
        }

        if (Is(keys.Next))
        {
            // The link was written and the old key not erased yet.
            keys.TakeNext();
            return chain;
        }

        // A link that was not written to its end is not followed: then the key before it is still there, and was found above.
        throw new JournalDamagedException(
            directory.Path,
            keys.CanChange ? $"{JournalDirectory.KeyLinksName} does not lead from its first key to the one that it signs with." : "it was begun with another key than the signer's.");

        bool Is(PublicKey? key) => key is not null && key.Spki.AsSpan().SequenceEqual(chain.Current.Spki);
    }

    private static void ResumeKeyChange(JournalDirectory directory, SigningKeys keys, KeyChange keyChange, SegmentScan scan)
    {
        if (scan.KeyChange is not { } change)
        {
            // Made for a record that was not written.
            if (keys.Next is not null || directory.Has(JournalDirectory.NextKeyName))
            {
                keys.ForgetNext();
            }

            return;
        }

        if (keys.Next is null || RecordJson.NextKey(change.Line) is not { } spki || !keys.Next.Spki.AsSpan().SequenceEqual(spki))
        {
            throw new JournalDamagedException(directory.Path, $"record {change.Before.Size} names a key that is missing.");
        }

        keyChange.Resume(change.Line, change.Before);
        keyChange.Checkpointed(scan.Note);
    }

    /// <summary>Checkpoints without a segment: what is left of one that was being begun, or deleted.</summary>
    private static void DeleteOrphans(JournalDirectory directory, long last, CheckpointNote note)
    {
        var segments = directory.Segments();
        foreach (var first in directory.Checkpoints().Except(segments))
        {
            if (first > last && first > note.Size)
            {
                throw new JournalDamagedException(directory.Path, $"{JournalDirectory.CheckpointsName(first)} is about a segment that is missing.");
            }

            directory.Delete(JournalDirectory.CheckpointsName(first));
        }
    }
}
