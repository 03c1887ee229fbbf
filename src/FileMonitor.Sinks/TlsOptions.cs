using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace FileMonitor.Sinks;

/// <summary>TLS to a receiver. Files are read at each attempt to connect, so new ones are used without a restart. TLS 1.2 or later, as the system allows.</summary>
public sealed class TlsOptions
{
    /// <summary>The name that the receiver's certificate must have. Null (the default) for the host that is connected to.</summary>
    public string? ServerName { get; set; }

    /// <summary>
    /// A PEM file with the certificates of the authorities that may have signed the receiver's certificate, and no others. Null (the default) for those of the system. With a file
    /// of your own, revocation is not checked.
    /// </summary>
    public string? CaFile { get; set; }

    /// <summary>A PEM file with the certificate of this client, for a receiver that asks for one. Null (the default) for none.</summary>
    public string? ClientCertificateFile { get; set; }

    /// <summary>A PEM file with the private key of that certificate. Null (the default) when it is in the same file.</summary>
    public string? ClientKeyFile { get; set; }

    internal IEnumerable<string> GetErrors()
    {
        if (ClientKeyFile is not null && ClientCertificateFile is null)
        {
            yield return "Tls.ClientKeyFile is set and Tls.ClientCertificateFile is not.";
        }

        foreach (var (name, path) in new[] { (nameof(CaFile), CaFile), (nameof(ClientCertificateFile), ClientCertificateFile), (nameof(ClientKeyFile), ClientKeyFile) })
        {
            if (path is not null && !File.Exists(path))
            {
                yield return $"Tls.{name}: there is no file '{path}'.";
            }
        }
    }

    internal TlsOptions Copy() => new() { ServerName = ServerName, CaFile = Absolute(CaFile), ClientCertificateFile = Absolute(ClientCertificateFile), ClientKeyFile = Absolute(ClientKeyFile) };

    /// <summary>What a connection to a host is made with.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A file has no certificate or no key.</exception>
    internal SslClientAuthenticationOptions ForHost(string host)
    {
        var tls = new SslClientAuthenticationOptions { TargetHost = ServerName ?? host, CertificateRevocationCheckMode = X509RevocationMode.Online };
        if (ClientCertificateFile is { } client)
        {
            tls.ClientCertificates = [LoadClient(client, ClientKeyFile)];
        }

        if (CaFile is { } file)
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(file);
            tls.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            tls.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
            tls.CertificateChainPolicy.ApplicationPolicy.Add(new("1.3.6.1.5.5.7.3.1"));
        }

        return tls;
    }

    /// <summary>Windows uses a private key only from a store or from PKCS #12.</summary>
    private static X509Certificate2 LoadClient(string file, string? keyFile)
    {
        var certificate = X509Certificate2.CreateFromPemFile(file, keyFile);
        if (!OperatingSystem.IsWindows())
        {
            return certificate;
        }

        using (certificate)
        {
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);
        }
    }

    private static string? Absolute(string? path) => path is null ? null : Path.GetFullPath(path);
}
