using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;

namespace FileMonitor.Durable.Tests.Journal;

/// <summary>A time-stamping authority on this machine: <c>openssl ts</c> behind HTTP, with a root and a certificate of its own. A test may make it misbehave.</summary>
internal sealed class TestAuthority : IDisposable
{
    public const string Name = "Test time stamps";
    public const string ForTimestamps = "1.3.6.1.5.5.7.3.8";
    public const string ForCode = "1.3.6.1.5.5.7.3.3";

    private readonly TemporaryDirectory _home = new();
    private readonly HttpListener _listener;
    private readonly ECDsa _rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestAuthority()
    {
        Root = CreateRoot();
        Certificate = Issue("tsa", NotBefore, NotAfter, ForTimestamps);
        File.WriteAllText(RootPath, Root.ExportCertificatePem());
        Answer = (query, _) => Task.FromResult<byte[]?>(Reply(query));
        (_listener, Uri) = Listen();
        _ = ServeAsync();
    }

    public static DateTimeOffset NotBefore { get; } = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static DateTimeOffset NotAfter { get; } = new(2090, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public X509Certificate2 Root { get; }

    public string RootPath => _home.PathOf("root.pem");

    public X509Certificate2 Certificate { get; }

    public Uri Uri { get; }

    /// <summary>What it answers; null when that is done already.</summary>
    public Func<byte[], HttpListenerContext, Task<byte[]?>> Answer { get; set; }

    public List<byte[]> Queries { get; } = [];

    public List<string?> Authorizations { get; } = [];

    public static bool IsInstalled => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(directory => File.Exists(Path.Join(directory, "openssl")));

    public static (int Code, string Output) OpenSsl(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("openssl", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd() + error.GetAwaiter().GetResult();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    /// <summary>The answer to a query, as openssl gives it.</summary>
    public byte[] Reply(byte[] query, string certificate = "tsa", string digests = "sha256")
    {
        var (queryPath, replyPath, configuration) = (_home.PathOf("query"), _home.PathOf("reply"), _home.PathOf("tsa.cnf"));
        File.WriteAllBytes(queryPath, query);
        File.WriteAllText(configuration, $"""
            [tsa]
            default_tsa = authority
            [authority]
            serial = {_home.PathOf("serial")}
            signer_cert = {_home.PathOf(certificate + ".pem")}
            signer_key = {_home.PathOf(certificate + ".key")}
            certs = {RootPath}
            signer_digest = sha256
            default_policy = 1.2.3.4.1
            digests = {digests}
            ess_cert_id_alg = sha256
            """);
        var (code, output) = OpenSsl("ts", "-reply", "-config", configuration, "-queryfile", queryPath, "-out", replyPath);
        return code == 0 ? File.ReadAllBytes(replyPath) : throw new InvalidOperationException(output);
    }

    /// <summary>A certificate of its root.</summary>
    public X509Certificate2 Issue(string name, DateTimeOffset notBefore, DateTimeOffset notAfter, params string[] purposes)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={Name}, O={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        if (purposes.Length > 0)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. purposes.Select(one => new Oid(one))], critical: true));
        }

        var issued = request.Create(Root.SubjectName, X509SignatureGenerator.CreateForECDsa(_rootKey), notBefore, notAfter, RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(_home.PathOf(name + ".pem"), issued.ExportCertificatePem());
        File.WriteAllText(_home.PathOf(name + ".key"), key.ExportPkcs8PrivateKeyPem());
        return issued.CopyWithPrivateKey(key);
    }

    /// <summary>The same answer, signed with another certificate, which openssl would refuse to sign with.</summary>
    public static byte[] SignedBy(X509Certificate2 signer, byte[] reply, Rfc3161TimestampRequest request)
    {
        var content = request.ProcessResponse(reply, out _).AsSignedCms().ContentInfo;
        var cms = new SignedCms(content);
        var cmsSigner = new CmsSigner(SubjectIdentifierType.IssuerAndSerialNumber, signer) { IncludeOption = X509IncludeOption.EndCertOnly, DigestAlgorithm = new Oid("2.16.840.1.101.3.4.2.1") };
        var writer = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence())
        using (writer.PushSequence())
        {
            // signing-certificate-v2: the hash of the certificate, which is what makes it one of a time stamp.
            writer.WriteOctetString(SHA256.HashData(signer.RawData));
        }

        cmsSigner.SignedAttributes.Add(new AsnEncodedData("1.2.840.113549.1.9.16.2.47", writer.Encode()));
        cms.ComputeSignature(cmsSigner);
        var answer = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
        using (answer.PushSequence())
        {
            using (answer.PushSequence())
            {
                answer.WriteInteger(0);
            }

            answer.WriteEncodedValue(cms.Encode());
        }

        return answer.Encode();
    }

    public void Dispose()
    {
        _listener.Close();
        _rootKey.Dispose();
        Root.Dispose();
        Certificate.Dispose();
        _home.Dispose();
    }

    private X509Certificate2 CreateRoot()
    {
        var request = new CertificateRequest($"CN=Test root {Guid.NewGuid()}", _rootKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        return request.CreateSelfSigned(NotBefore, NotAfter);
    }

    private static (HttpListener Listener, Uri Uri) Listen()
    {
        for (var attempt = 0; ; attempt++)
        {
            using var free = new TcpListener(IPAddress.Loopback, 0);
            free.Start();
            var port = ((IPEndPoint)free.LocalEndpoint).Port;
            free.Stop();
            var listener = new HttpListener { Prefixes = { $"http://127.0.0.1:{port}/" } };
            try
            {
                listener.Start();
                return (listener, new Uri($"http://127.0.0.1:{port}/tsa?customer=secret"));
            }
            catch (HttpListenerException) when (attempt < 10)
            {
                // Somebody else took it.
            }
        }
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception ended) when (ended is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            try
            {
                var query = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(query);
                Queries.Add(query.ToArray());
                Authorizations.Add(context.Request.Headers["Authorization"]);
                if (context.Request.ContentType != "application/timestamp-query" || context.Request.HttpMethod != "POST")
                {
                    context.Response.StatusCode = 415;
                }
                else if (await Answer(query.ToArray(), context) is { } answer)
                {
                    context.Response.ContentType = "application/timestamp-reply";
                    await context.Response.OutputStream.WriteAsync(answer);
                }

                context.Response.Close();
            }
            catch (Exception gone) when (gone is HttpListenerException or ObjectDisposedException or IOException)
            {
                // The client did not wait.
            }
        }
    }
}
