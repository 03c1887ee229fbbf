namespace FileMonitor.Durable;

/// <summary>
/// One record of a journal, with the proof that it stands there, for somebody who does not have the journal: the line, the proof and the public key of the
/// checkpoint in it are enough.
/// </summary>
public sealed class RecordProof
{
    internal RecordProof(long index, ReadOnlyMemory<byte> line, ReadOnlyMemory<byte> proof) => (Index, Line, Proof) = (index, line, proof);

    /// <summary>The index of the record, from 0.</summary>
    public long Index { get; }

    /// <summary>The line of the record with its line feed, byte for byte: with what an export leaves out.</summary>
    public ReadOnlyMemory<byte> Line { get; }

    /// <summary>The proof: c2sp.org/tlog-proof@v1, text, about 850 bytes.</summary>
    public ReadOnlyMemory<byte> Proof { get; }
}
