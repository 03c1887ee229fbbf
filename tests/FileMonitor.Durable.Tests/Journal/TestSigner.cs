using System.Security.Cryptography;

namespace FileMonitor.Durable.Tests.Journal;

/// <summary>A key that the host holds.</summary>
internal sealed class TestSigner : ICheckpointSigner, IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public Exception? Failure { get; set; }

    public ReadOnlyMemory<byte> PublicKey => _key.ExportSubjectPublicKeyInfo();

    public byte[] Sign(ReadOnlySpan<byte> text) =>
        Failure is null ? _key.SignData(text, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence) : throw Failure;

    public void Dispose() => _key.Dispose();
}
