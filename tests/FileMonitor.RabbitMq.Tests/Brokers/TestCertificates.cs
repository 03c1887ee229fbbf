using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace FileMonitor.RabbitMq.Tests.Brokers;

/// <summary>An authority, a certificate for a broker on this machine, and another authority.</summary>
internal static class TestCertificates
{
    public static void Write(string directory)
    {
        var now = TimeProvider.System.GetUtcNow();
        using var authority = NewAuthority("FileMonitor tests", now);
        using var other = NewAuthority("Somebody else", now);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=broker", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("broker.test");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        using var server = request.Create(authority, now.AddHours(-1), now.AddDays(1), [1, 2, 3, 4]);
        File.WriteAllText(Path.Join(directory, "ca.pem"), authority.ExportCertificatePem());
        File.WriteAllText(Path.Join(directory, "other-ca.pem"), other.ExportCertificatePem());
        File.WriteAllText(Path.Join(directory, "server.pem"), server.ExportCertificatePem());
        File.WriteAllText(Path.Join(directory, "server.key"), key.ExportPkcs8PrivateKeyPem());
    }

    private static X509Certificate2 NewAuthority(string name, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(2));
    }
}
