using System.Globalization;
using FileMonitor.RabbitMq;

namespace FileMonitor.Agent;

/// <summary>Reads the section <c>Agent:RabbitMq</c>: where the journals are published. The options themselves say what is wrong with a value, and never repeat a password.</summary>
internal sealed class BrokerOptionsReader(IConfigurationSection section, List<string> errors)
{
    private static readonly string[] Settings =
    [
        "Endpoints", "UserName", "PasswordFile", "VirtualHost", "Exchange", "Queues", "Host", "DeclareTopology", "CaFile", "ServerName", "ClientCertificateFile", "ClientKeyFile",
    ];

    private string? _passwordFile;

    /// <summary>What sets the options of a monitor's publisher; null when nothing is published, or something is wrong.</summary>
    public Action<RabbitMqOptions>? Read()
    {
        if (!section.Exists())
        {
            return null;
        }

        if (section.Value is { Length: > 0 })
        {
            errors.Add($"{section.Path} is a section: give {section.Path}:Endpoints and the others.");
            return null;
        }

        var before = errors.Count;
        var options = new RabbitMqOptions();
        Read(options);
        if (_passwordFile is { } file)
        {
            CheckPassword(file);
        }

        errors.AddRange(options.GetErrors().Select(error => $"{section.Path}: {error}"));
        return errors.Count == before ? Apply : null;
    }

    // Each monitor has a publisher and options of its own. What is wrong was told by the first reading.
    private void Apply(RabbitMqOptions options) => new BrokerOptionsReader(section, []).Read(options);

    private void Read(RabbitMqOptions options)
    {
        foreach (var child in section.GetChildren())
        {
            Read(child, options);
        }

        if (_passwordFile is { } file)
        {
            options.GetPassword = async token => (await File.ReadAllTextAsync(file, token)).Trim();
        }
        else
        {
            // Instead of the sentence of the options, which names what a configuration does not have.
            errors.Add($"{section.Path}:PasswordFile is missing; name a file that holds the password of the user, and nothing else.");
            options.Password = "";
        }
    }

    private void Read(IConfigurationSection child, RabbitMqOptions options)
    {
        switch (child.Key.ToUpperInvariant())
        {
            case "ENDPOINTS":
                foreach (var endpoint in child.Value?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? child.GetChildren().Select(static one => one.Value ?? ""))
                {
                    options.Endpoints.Add(endpoint);
                }

                break;
            case "USERNAME":
                options.UserName = child.Value ?? "";
                break;
            case "PASSWORDFILE":
                _passwordFile = child.Value ?? "";
                break;
            case "VIRTUALHOST":
                options.VirtualHost = child.Value ?? "";
                break;
            case "EXCHANGE":
                options.Exchange = child.Value ?? "";
                break;
            case "QUEUES":
                // The options say what is wrong with a number that is out of range.
                options.Queues = int.TryParse(child.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var queues) ? queues : Refuse(child, "a whole number", options.Queues);
                break;
            case "HOST":
                options.Host = child.Value ?? "";
                break;
            case "DECLARETOPOLOGY":
                options.DeclareTopology = bool.TryParse(child.Value, out var declares) ? declares : Refuse(child, "true or false", options.DeclareTopology);
                break;
            case "CAFILE":
                options.Tls.CaFile = child.Value;
                break;
            case "SERVERNAME":
                options.Tls.ServerName = child.Value;
                break;
            case "CLIENTCERTIFICATEFILE":
                options.Tls.ClientCertificateFile = child.Value;
                break;
            case "CLIENTKEYFILE":
                options.Tls.ClientKeyFile = child.Value;
                break;
            default:
                errors.Add(AgentOptionsReader.Unknown(child, Settings));
                break;
        }
    }

    private T Refuse<T>(IConfigurationSection child, string what, T otherwise)
    {
        errors.Add($"{child.Path} ({child.Value}) is not {what}.");
        return otherwise;
    }

    private void CheckPassword(string file)
    {
        try
        {
            // Never put what is in it into a message.
            if (File.ReadAllText(file).Trim().Length == 0)
            {
                errors.Add($"{section.Path}:PasswordFile ({file}) is empty.");
            }
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or ArgumentException)
        {
            errors.Add($"{section.Path}:PasswordFile ({file}) cannot be read: {unreadable.Message}");
        }
    }
}
