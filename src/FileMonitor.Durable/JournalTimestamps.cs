using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace FileMonitor.Durable;

/// <summary>The file of a <see cref="TimestampAnchor"/>, for the verification of its journal.</summary>
public sealed class JournalTimestamps
{
    private const int MostPemBytes = 1024 * 1024;

    /// <summary>Reads nothing yet.</summary>
    /// <param name="path">The file.</param>
    /// <param name="trustedCertificates">
    /// Whom to trust: the authority's own certificate, or root certificates to which its chain must lead. Null or empty for the roots of the system. Certificates are looked at as they were at the time of each time stamp,
    /// and not whether they were revoked.
    /// </param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    public JournalTimestamps(string path, X509Certificate2Collection? trustedCertificates = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        Path = System.IO.Path.GetFullPath(path);
        TrustedCertificates = trustedCertificates is { Count: > 0 } ? [.. trustedCertificates] : [];
    }

    /// <summary>Reads the certificates of a PEM file, of which there must be at least one, for <see cref="TrustedCertificates"/> or <see cref="TimestampAnchorOptions.TrustedCertificates"/>.</summary>
    /// <param name="path">The file, of at most 1 MiB.</param>
    /// <exception cref="IOException">It cannot be read, is too long, has no certificate in it, or one that is damaged.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static X509Certificate2Collection ReadCertificates(string path)
    {
        using var file = File.OpenRead(path);
        var bytes = new byte[MostPemBytes + 1];
        var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (length > MostPemBytes)
        {
            throw new IOException($"{path} is longer than {MostPemBytes} bytes, and not a file of certificates.");
        }

        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(Encoding.ASCII.GetString(bytes, 0, length));
        }
        catch (CryptographicException damaged)
        {
            throw new IOException($"{path} has a certificate that is damaged.", damaged);
        }

        return certificates.Count > 0 ? certificates : throw new IOException($"{path} has no certificate in PEM form.");
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Whom to trust; empty for the roots of the system.</summary>
    public X509Certificate2Collection TrustedCertificates { get; }
}
