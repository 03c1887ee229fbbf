using System.Security.Cryptography;

namespace FileMonitor.Durable.Journal.Signing;

/// <summary>A key that checkpoints are verified with: ECDSA on P-256. One owner at a time.</summary>
internal sealed class PublicKey : IDisposable
{
    private const int SpkiBytes = 91;

    // SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING { an uncompressed point } }: the only form, so nothing else is given to a parser.
    private static ReadOnlySpan<byte> SpkiBegin =>
        [0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04];

    private readonly ECDsa _key;

    private PublicKey(ECDsa key, byte[] spki)
    {
        _key = key;
        Spki = spki;
        Id = SHA256.HashData(spki)[..CheckpointNote.KeyIdBytes];
    }

    /// <summary>SubjectPublicKeyInfo, DER.</summary>
    public byte[] Spki { get; }

    /// <summary>How a note names it: signature type 0x02 of c2sp.org/signed-note.</summary>
    public byte[] Id { get; }

    /// <summary>Null when it is no such key.</summary>
    public static PublicKey? TryImport(ReadOnlySpan<byte> spki)
    {
        if (spki.Length != SpkiBytes || !spki.StartsWith(SpkiBegin))
        {
            return null;
        }

        var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(spki, out _);
            return new(key, spki.ToArray());
        }
        catch (CryptographicException)
        {
            // No point of the curve: the caller says whose.
            key.Dispose();
            return null;
        }
    }

    /// <summary>Null when the text is not PEM of such a key.</summary>
    public static PublicKey? TryImportPem(string pem)
    {
        if (!PemEncoding.TryFind(pem, out var fields) || pem[fields.Label] != "PUBLIC KEY")
        {
            return null;
        }

        return CheckpointNote.TryBase64(pem[fields.Base64Data]) is { } spki ? TryImport(spki) : null;
    }

    public string ToPem() => PemEncoding.WriteString("PUBLIC KEY", Spki) + "\n";

    public bool Verifies(CheckpointNote note) =>
        note.KeyId.AsSpan().SequenceEqual(Id)
        && _key.VerifyData(note.Text, note.Signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    public void Dispose() => _key.Dispose();
}
