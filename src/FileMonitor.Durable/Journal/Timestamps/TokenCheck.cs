using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;

namespace FileMonitor.Durable.Journal.Timestamps;

/// <summary>What a token says that holds.</summary>
/// <param name="At">The time of the authority.</param>
/// <param name="Authority">Its name in its certificate.</param>
internal sealed record Timestamp(DateTimeOffset At, string Authority);

/// <summary>Why a token proves nothing.</summary>
internal sealed class TokenRefusedException(string message) : IOException(message);

/// <summary>Decides whether a time stamp (a token of RFC 3161) is about some bytes and comes from an authority that is trusted.</summary>
internal static class TokenCheck
{
    /// <summary>No token of an authority is as long: it has the chain of certificates and nothing else of that size.</summary>
    public const int MostBytes = 64 * 1024;

    private const string Sha256 = "2.16.840.1.101.3.4.2.1";
    private const string TimeStamping = "1.3.6.1.5.5.7.3.8";

    /// <summary>Whether the bytes are a token and nothing else; says nothing of what is in it.</summary>
    public static Rfc3161TimestampToken? TryDecode(ReadOnlyMemory<byte> bytes) =>
        bytes.Length <= MostBytes && Rfc3161TimestampToken.TryDecode(bytes, out var token, out var consumed) && consumed == bytes.Length ? token : null;

    /// <summary>Checks everything but revocation: what the token is about, its signature, the purpose of the certificate, and whether it is trusted at the time of the token.</summary>
    /// <param name="token">The token.</param>
    /// <param name="stamped">What it should be about.</param>
    /// <param name="trusted">The authority's own certificate, or roots to which its chain must lead; null for the roots of the system.</param>
    /// <exception cref="TokenRefusedException">It does not hold; the message says why, without names from certificates.</exception>
    public static Timestamp Verify(Rfc3161TimestampToken token, ReadOnlySpan<byte> stamped, X509Certificate2Collection trusted)
    {
        if (token.TokenInfo.HashAlgorithmId.Value != Sha256 || !token.TokenInfo.GetMessageHash().Span.SequenceEqual(SHA256.HashData(stamped)))
        {
            throw new TokenRefusedException("the time stamp is about something else");
        }

        X509Certificate2? signer;
        try
        {
            if (!token.VerifySignatureForData(stamped, out signer, trusted) || signer is null)
            {
                throw new TokenRefusedException("the signature of the time stamp does not hold, or its certificate is not one for time stamps");
            }
        }
        catch (CryptographicException failed)
        {
            throw new TokenRefusedException($"the signature of the time stamp cannot be checked: {failed.Message}");
        }

        using (signer)
        {
            ThrowIfForOtherPurposes(signer);
            ThrowIfNotTrusted(token, signer, trusted);
            var name = signer.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
            return new(token.TokenInfo.Timestamp.ToUniversalTime(), name.Length > 0 ? name : signer.Subject);
        }
    }

    /// <summary>RFC 3161, section 2.3: a key that also signs other things could be made to sign what looks like a token.</summary>
    private static void ThrowIfForOtherPurposes(X509Certificate2 signer)
    {
        if (signer.Extensions.OfType<X509EnhancedKeyUsageExtension>().SingleOrDefault() is not { Critical: true, EnhancedKeyUsages: [{ Value: TimeStamping }] })
        {
            throw new TokenRefusedException("the certificate of the time stamp is not one for time stamps alone");
        }
    }

    /// <summary>Whether the certificate was valid at the time was looked at with the signature.</summary>
    private static void ThrowIfNotTrusted(Rfc3161TimestampToken token, X509Certificate2 signer, X509Certificate2Collection trusted)
    {
        if (trusted.Any(one => one.RawDataMemory.Span.SequenceEqual(signer.RawDataMemory.Span)))
        {
            return;
        }

        using var chain = new X509Chain();
        var policy = chain.ChainPolicy;
        policy.RevocationMode = X509RevocationMode.NoCheck;
        policy.DisableCertificateDownloads = true;
        policy.VerificationTime = token.TokenInfo.Timestamp.UtcDateTime;
        policy.ApplicationPolicy.Add(new Oid(TimeStamping));
        policy.ExtraStore.AddRange(token.AsSignedCms().Certificates);
        if (trusted.Count > 0)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(trusted);
        }

        if (!chain.Build(signer))
        {
            var why = string.Join(", ", chain.ChainStatus.Select(one => one.Status).Distinct());
            throw new TokenRefusedException($"the certificate of the time stamp is not trusted: {why}");
        }
    }
}
