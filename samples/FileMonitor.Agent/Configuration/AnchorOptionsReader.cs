using System.Security.Cryptography.X509Certificates;
using FileMonitor.Durable;

namespace FileMonitor.Agent;

/// <summary>Reads the settings <c>AnchorDirectory</c> and <c>Timestamps</c> of the section <c>Agent</c>.</summary>
internal sealed class AnchorOptionsReader(IConfigurationSection agent, List<string> errors)
{
    private static readonly string[] Settings = ["Uri", "CertificateFile", "AuthorizationFile", "Interval", "Timeout"];

    private static readonly TimestampAnchorOptions Defaults = new();

    /// <summary>What is set; null when nothing is, or something is wrong.</summary>
    public AnchorOptions? Read()
    {
        var directory = agent["AnchorDirectory"];
        var timestamps = ReadTimestamps(agent.GetSection("Timestamps"), directory);
        if (string.IsNullOrEmpty(directory))
        {
            return null;
        }

        if (!Path.IsPathFullyQualified(directory))
        {
            errors.Add($"Agent:AnchorDirectory ({directory}) is no absolute path of a directory.");
            return null;
        }

        return new(Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory)), timestamps);
    }

    private TimestampOptions? ReadTimestamps(IConfigurationSection section, string? directory)
    {
        if (!section.Exists())
        {
            return null;
        }

        var (interval, timeout) = (Defaults.Interval, Defaults.Timeout);
        if (section.Value is { Length: > 0 })
        {
            errors.Add($"{section.Path} is a section: give {section.Path}:Uri.");
        }

        foreach (var child in section.GetChildren())
        {
            switch (child.Key.ToUpperInvariant())
            {
                case "URI" or "CERTIFICATEFILE" or "AUTHORIZATIONFILE":
                    break;
                case "INTERVAL":
                    interval = AgentOptionsReader.Duration(child, TimeSpan.Zero, TimeSpan.FromDays(1), interval, errors);
                    break;
                case "TIMEOUT":
                    timeout = AgentOptionsReader.Duration(child, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10), timeout, errors);
                    break;
                default:
                    errors.Add(AgentOptionsReader.Unknown(child, Settings));
                    break;
            }
        }

        if (string.IsNullOrEmpty(directory))
        {
            errors.Add($"{section.Path} needs Agent:AnchorDirectory: say where the time stamps are kept.");
        }

        var (uri, authorization) = (ReadUri(section), ReadAuthorization(section));
        if (uri is { Scheme: "http", IsLoopback: false } && authorization is not null)
        {
            errors.Add($"{section.Path}:AuthorizationFile needs an address that begins with https: what is in the file would cross the network for all to read.");
        }

        var trusted = ReadCertificates(section);
        return uri is null ? null : new(uri, trusted, authorization, interval, timeout);
    }

    /// <summary>The value is not told: it may have a secret in it.</summary>
    private Uri? ReadUri(IConfigurationSection section)
    {
        if (!Uri.TryCreate(section["Uri"], UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            errors.Add($"{section.Path}:Uri is no address of a time-stamping authority; give one such as https://timestamp.example/tsa.");
            return null;
        }

        if (uri.UserInfo.Length == 0)
        {
            return uri;
        }

        errors.Add($"{section.Path}:Uri has a user or a password in it: put what the authority is sent into a file, such as \"Basic …\", and name it by {section.Path}:AuthorizationFile.");
        return null;
    }

    private string? ReadAuthorization(IConfigurationSection section)
    {
        if (section["AuthorizationFile"] is not { } file)
        {
            return null;
        }

        try
        {
            // Never put what is in it into a message.
            if (File.ReadAllText(file).Trim() is not { Length: > 0 } value || value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            {
                errors.Add($"{section.Path}:AuthorizationFile ({file}) holds no value of the header Authorization, such as \"Bearer …\" on one line.");
            }
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or ArgumentException)
        {
            errors.Add($"{section.Path}:AuthorizationFile ({file}) cannot be read: {unreadable.Message}");
        }

        return file;
    }

    private X509Certificate2Collection ReadCertificates(IConfigurationSection section)
    {
        if (section["CertificateFile"] is { } file)
        {
            try
            {
                return JournalTimestamps.ReadCertificates(file);
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or ArgumentException)
            {
                errors.Add($"{section.Path}:CertificateFile ({file}) cannot be used: {unreadable.Message}");
            }
        }

        return [];
    }
}
