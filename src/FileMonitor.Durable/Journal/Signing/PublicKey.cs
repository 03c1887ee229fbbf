using System.Security.Cryptography;

namespace FileMonitor.Durable.Journal.Signing;

/// <summary>A key that checkpoints are verified with: ECDSA on P-256. One owner at a time.</summary>
internal sealed class PublicKey : IDisposable
{
    private const string P256 = "1.2.840.10045.3.1.7";

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
        var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(spki, out var read);
            if (read == spki.Length && key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value == P256)
            {
                return new(key, spki.ToArray());
            }
        }
        catch (CryptographicException)
        {
            // Some other bytes: the caller says which.
        }

        key.Dispose();
        return null;
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
