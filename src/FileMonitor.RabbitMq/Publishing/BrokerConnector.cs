using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using RabbitMQ.Client;

namespace FileMonitor.RabbitMq.Publishing;

/// <summary>Makes connections to the brokers in turn. Hosts begin with different ones. One caller at a time.</summary>
internal sealed class BrokerConnector(RabbitMqOptions options, string monitor, TimeProvider time)
{
    private static readonly TimeSpan ConnectTime = TimeSpan.FromSeconds(5);

    // A broker that vanished without a word is noticed after twice as long.
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);

    private int _next = HostQueue.NumberOf(options.Host, options.Endpoints.Count);

    /// <summary>The next attempt begins with another broker.</summary>
    public void Leave() => _next = (_next + 1) % options.Endpoints.Count;

    /// <summary>Tries each broker once.</summary>
    /// <exception cref="BrokerException">None could be reached, or none lets us in.</exception>
    public async Task<BrokerLink> ConnectAsync(CancellationToken cancellationToken)
    {
        var failures = new List<string>();
        for (var tried = 0; tried < options.Endpoints.Count; tried++)
        {
            var uri = new Uri(options.Endpoints[_next]);
            try
            {
                var factory = NewFactory(await GetPasswordAsync(cancellationToken).ConfigureAwait(false));
                return await BrokerLink.OpenAsync(factory, new AmqpTcpEndpoint(uri.IdnHost, uri.Port, Tls(uri)), options, time, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception failed) when (!cancellationToken.IsCancellationRequested)
            {
                failures.Add($"{uri.Host}:{(uri.IsDefaultPort || uri.Port < 0 ? "default port" : FormattableString.Invariant($"{uri.Port}"))}: {Describe(failed)}");
                Leave();
            }
        }

        throw new BrokerException(string.Join(' ', failures));
    }

    /// <summary>The innermost messages. The client puts no password into them.</summary>
    public static string Describe(Exception failed)
    {
        while (failed is not BrokerException && failed.InnerException is { } inner)
        {
            failed = inner;
        }

        return failed.Message.EndsWith('.') ? failed.Message : failed.Message + ".";
    }

    private async ValueTask<string> GetPasswordAsync(CancellationToken cancellationToken)
    {
        if (options.GetPassword is not { } get)
        {
            return options.Password ?? "";
        }

        try
        {
            return await get(cancellationToken).ConfigureAwait(false) ?? throw new BrokerException("GetPassword returned null.");
        }
        catch (Exception failed) when (failed is not BrokerException && !cancellationToken.IsCancellationRequested)
        {
            // Without its message, which is the host's and may have the secret in it.
            throw new BrokerException($"GetPassword threw {failed.GetType().Name}.");
        }
    }

    private ConnectionFactory NewFactory(string password) => new()
    {
        UserName = options.UserName,
        Password = password,
        VirtualHost = options.VirtualHost,
        ClientProvidedName = $"FileMonitor {monitor} on {options.Host}",

        // We recover: a connection that the client makes again would send nothing again that was not confirmed.
        AutomaticRecoveryEnabled = false,
        TopologyRecoveryEnabled = false,
        RequestedHeartbeat = Heartbeat,
        RequestedConnectionTimeout = ConnectTime,
        HandshakeContinuationTimeout = ConnectTime,
        ContinuationTimeout = options.ConfirmTimeout,
    };

    private SslOption Tls(Uri uri)
    {
        var tls = new SslOption { Enabled = uri.Scheme == "amqps" };
        if (!tls.Enabled)
        {
            return tls;
        }

        tls.ServerName = options.Tls.ServerName ?? uri.Host;
        if (options.Tls.ClientCertificateFile is { } client)
        {
            tls.Certs = [LoadClient(client, options.Tls.ClientKeyFile)];
        }

        if (options.Tls.CaFile is { } file)
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(file);
            tls.CertificateValidationCallback = (_, certificate, _, errors) => IsTrusted(certificate, errors, authorities);
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

    private static bool IsTrusted(X509Certificate? certificate, SslPolicyErrors errors, X509Certificate2Collection authorities)
    {
        if (certificate is not X509Certificate2 server || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid("1.3.6.1.5.5.7.3.1"));
        return chain.Build(server);
    }
}
