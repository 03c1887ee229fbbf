using FileMonitor.Durable.Journal.Files;
using FileMonitor.Durable.Journal.Segments;
using FileMonitor.Durable.Journal.Signing;
using FileMonitor.Durable.Journal.Tree;

namespace FileMonitor.Durable.Journal;

/// <summary>
/// The proof of one record for somebody who does not have the journal: its line, the proof (c2sp.org/tlog-proof@v1) and the public key of the checkpoint
/// in it are enough.
/// </summary>
internal static class JournalProof
{
    private const int MostCheckpointBytes = int.MaxValue / 2;

    /// <summary>Makes it from the first checkpoint that covers the record.</summary>
    /// <returns>The record's line with its LF, and the proof; null when the record is not there, or no checkpoint covers it yet.</returns>
    /// <exception cref="JournalDamagedException">What is there was not written so.</exception>
    public static (byte[] Line, byte[] Proof)? Create(string directory, long index)
    {
        var journal = new JournalDirectory(directory, JournalDevice.Instance);
        var segments = journal.Segments();
        var segment = segments.LastOrDefault(first => first <= index, -1);
        if (segment < 0 || FindCheckpoint(journal, segments, segment, index) is not { } note)
        {
            return null;
        }

        using var file = journal.OpenToRead(JournalDirectory.SegmentName(segment));
        var lines = new LineScanner(file, 0);
        if (!lines.TryRead() || SegmentHeader.TryRead(lines.Line) is not { } header || header.Range.Size != segment)
        {
            throw Damaged(journal, segment);
        }

        var leaves = new List<byte[]>();
        byte[] line = [];
        while (segment + leaves.Count < note.Size)
        {
            if (!lines.TryRead())
            {
                throw Damaged(journal, segment);
            }

            if (segment + leaves.Count == index)
            {
                line = lines.Line.ToArray();
            }

            var hash = new byte[MerkleHash.Size];
            lines.HashLine(hash);
            leaves.Add(hash);
        }

        var proof = new TlogProof(index, InclusionProof.Of(header.Range, leaves, index, note.Size), note);
        return InclusionProof.Leads(MerkleHash.Leaf(line), index, note.Size, proof.Path, note.Root) ? (line, proof.ToBytes()) : throw Damaged(journal, segment);
    }

    /// <summary>Whether the line is the record of that index in the journal of that key.</summary>
    /// <param name="line">With its LF.</param>
    /// <param name="proof">The proof.</param>
    /// <param name="keyPem">The public key that signs checkpoints of that size: the journal's first key, or the one that a link in journal.keys leads to.</param>
    /// <returns>The record's index; null when it is not proved.</returns>
    public static long? Verify(ReadOnlySpan<byte> line, ReadOnlySpan<byte> proof, string keyPem)
    {
        using var key = PublicKey.TryImportPem(keyPem);
        return key is not null && TlogProof.TryRead(proof) is { } read && read.Proves(line, key) ? read.Index : null;
    }

    /// <summary>The key, as PEM, that signs the checkpoint in a proof; null when no chain of links leads to it from the journal's first key.</summary>
    /// <param name="directory">The journal.</param>
    /// <param name="proof">The proof.</param>
    /// <param name="firstKeyPem">The journal's first key.</param>
    public static string? FindKey(string directory, ReadOnlySpan<byte> proof, string firstKeyPem)
    {
        if (TlogProof.TryRead(proof) is not { } read || PublicKey.TryImportPem(firstKeyPem) is not { } first)
        {
            return null;
        }

        using var chain = new KeyChain(new(directory, JournalDevice.Instance), first);
        var key = chain.For(read.Note.Size);
        return key.Verifies(read.Note) ? key.ToPem() : null;
    }

    /// <summary>Beside the record's segment; the first one beside the next segment covers whatever is left.</summary>
    private static CheckpointNote? FindCheckpoint(JournalDirectory journal, IReadOnlyList<long> segments, long segment, long index)
    {
        var next = segments.FirstOrDefault(first => first > segment, long.MaxValue);
        foreach (var first in segments.Where(first => first == segment || first == next))
        {
            var bytes = journal.ReadAll(JournalDirectory.CheckpointsName(first), MostCheckpointBytes);
            var at = 0;
            while (CheckpointNote.TryRead(bytes.AsSpan(at), out var length) is { } note && note.Size <= next)
            {
                if (note.Size > index)
                {
                    return note;
                }

                at += length;
            }
        }

        return null;
    }

    private static JournalDamagedException Damaged(JournalDirectory journal, long segment) =>
        new(journal.Path, $"{JournalDirectory.SegmentName(segment)} does not fit its checkpoints.");
}
