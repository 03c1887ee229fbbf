namespace FileMonitor.RabbitMq;

/// <summary>TLS to the brokers. Files are read before each attempt to connect, so new ones are used without a restart. TLS 1.2 or later, as the system allows.</summary>
public sealed class RabbitMqTlsOptions
{
    /// <summary>The name that the broker's certificate must have. Null (the default) for the host of the endpoint.</summary>
    public string? ServerName { get; set; }

    /// <summary>A PEM file with the certificates of the authorities that may have signed the broker's certificate, and no others. Null (the default) for those of the system. With a file of your own, revocation is not checked.</summary>
    public string? CaFile { get; set; }

    /// <summary>A PEM file with the certificate of this client, for a broker that asks for one. Null (the default) for none.</summary>
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

    internal void CopyTo(RabbitMqTlsOptions copy) =>
        (copy.ServerName, copy.CaFile, copy.ClientCertificateFile, copy.ClientKeyFile) = (ServerName, Absolute(CaFile), Absolute(ClientCertificateFile), Absolute(ClientKeyFile));

    private static string? Absolute(string? path) => path is null ? null : Path.GetFullPath(path);
}
