namespace FileMonitor.Durable;

/// <summary>
/// Signs the checkpoints of a journal with a key that the journal does not hold: in a device, or in a service that manages keys. Without one the
/// journal makes a key of its own for each segment and erases the one before.
/// </summary>
public interface ICheckpointSigner
{
    /// <summary>The public key: SubjectPublicKeyInfo, DER, of an ECDSA key on the curve P-256. The same for the whole life of a journal.</summary>
    ReadOnlyMemory<byte> PublicKey { get; }

    /// <summary>Signs a checkpoint: ECDSA over the SHA-256 of the text. Called by the thread that writes the journal, which waits for it.</summary>
    /// <param name="text">The text of the checkpoint, about 120 bytes.</param>
    /// <returns>The signature in DER (an ASN.1 sequence of r and s).</returns>
    /// <remarks>What it throws does not stop the journal: records are written on, the checkpoint is signed at the next opportunity, and no new segment begins until then.</remarks>
    byte[] Sign(ReadOnlySpan<byte> text);
}
