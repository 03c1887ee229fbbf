using System.Globalization;
using FileMonitor.Values;
using Npgsql;

namespace FileMonitor.Collector.Configuration;

/// <summary>Reads the section <c>Collector</c> strictly: what is no setting or cannot be read is refused, all of it at once.</summary>
internal sealed class CollectorOptionsReader(IConfiguration configuration, List<string> errors)
{
    private const int LeastTokenLength = 16;

    private static readonly string[] Settings =
    [
        "Urls", "BearerToken", "BearerTokenFile", "AllowedHosts", "ConnectionString", "PasswordFile", "BatchSize", "QueryTimeout", "SilentAfter", "HoleAfter", "FirstKeys", "Broker",
    ];

    private static readonly string[] BrokerSettings = ["Endpoints", "UserName", "Password", "PasswordFile", "VirtualHost", "Exchange", "Queues", "Prefetch"];

    private readonly CollectorOptions _options = new();

    public CollectorOptions Read()
    {
        var section = configuration.GetSection("Collector");
        RefuseUnknown(section, Settings);
        ReadAddresses(section["Urls"]);
        _options.BearerToken = Secret(section, "BearerToken", "BearerTokenFile");
        _options.AllowedHosts = [.. section.GetSection("AllowedHosts").GetChildren().Select(host => host.Value ?? "")];
        _options.ConnectionString = ConnectionString(section);
        _options.BatchSize = Number(section, "BatchSize", 1, 5_000, _options.BatchSize);
        _options.QueryTimeout = Duration(section, "QueryTimeout", TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5), _options.QueryTimeout);
        _options.SilentAfter = Duration(section, "SilentAfter", TimeSpan.FromSeconds(10), TimeSpan.FromDays(30), _options.SilentAfter);
        _options.HoleAfter = Duration(section, "HoleAfter", TimeSpan.FromSeconds(1), TimeSpan.FromDays(1), _options.HoleAfter);
        _options.FirstKeys = FirstKeys(section.GetSection("FirstKeys"));
        ReadBroker(section.GetSection("Broker"));
        if (_options.BearerToken is { Length: < LeastTokenLength })
        {
            errors.Add($"The token is shorter than {LeastTokenLength} characters, and could be guessed.");
        }

        if (_options is { Gate.IsLoopbackOnly: false, BearerToken: null })
        {
            errors.Add("Collector:Urls can be reached from other machines, and no token is set: anybody could read which files there are. Set Collector:BearerTokenFile, or listen on a loopback address.");
        }

        return _options;
    }

    private void ReadBroker(IConfigurationSection section)
    {
        RefuseUnknown(section, BrokerSettings);
        var broker = _options.Broker;
        var endpoints = section.GetSection("Endpoints").GetChildren().Select(endpoint => endpoint.Value ?? "").ToList();
        if (endpoints.Count > 0)
        {
            broker.Endpoints = [.. endpoints.Select(Endpoint).OfType<Uri>()];
        }

        broker.UserName = section["UserName"] ?? broker.UserName;
        broker.Password = Secret(section, "Password", "PasswordFile") ?? broker.Password;
        broker.VirtualHost = section["VirtualHost"] ?? broker.VirtualHost;
        broker.Exchange = section["Exchange"] ?? broker.Exchange;
        if (broker.Exchange.Length is 0 or > 200)
        {
            errors.Add("Collector:Broker:Exchange has no name of 1 to 200 characters.");
        }

        broker.Queues = Number(section, "Queues", 1, 1024, broker.Queues);
        broker.Prefetch = Number(section, "Prefetch", 1, 10_000, broker.Prefetch);
    }

    // The address is not repeated when it is wrong: credentials may be in it.
    private Uri? Endpoint(string text)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out var endpoint) && endpoint.Scheme is "amqp" or "amqps" && endpoint.UserInfo.Length == 0 && endpoint.AbsolutePath is "" or "/")
        {
            return endpoint;
        }

        errors.Add("An entry of Collector:Broker:Endpoints is no address such as amqps://broker-1:5671, without user, password and virtual host; these have settings of their own.");
        return null;
    }

    private void ReadAddresses(string? text)
    {
        if (text is null)
        {
            return;
        }

        var addresses = new List<BindingAddress>();
        foreach (var one in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            try
            {
                addresses.Add(BindingAddress.Parse(one));
            }
            catch (FormatException)
            {
                errors.Add($"Collector:Urls ({one}) is no address such as http://127.0.0.1:9091.");
            }
        }

        _options.Addresses = addresses;
        if (addresses.Count == 0)
        {
            errors.Add("Collector:Urls has no address.");
        }
    }

    private string ConnectionString(IConfigurationSection section)
    {
        if (section["ConnectionString"] is not { Length: > 0 } text)
        {
            errors.Add("Collector:ConnectionString is missing; give one such as Host=/var/run/postgresql;Database=filemonitor;Username=filemonitor.");
            return "";
        }

        try
        {
            var builder = new NpgsqlConnectionStringBuilder(text) { ApplicationName = "filemonitor-collector" };
            if (Secret(section, "", "PasswordFile") is { } password)
            {
                builder.Password = password;
            }

            return builder.ConnectionString;
        }
        catch (ArgumentException)
        {
            // Its message may repeat a value, which may be the password.
            errors.Add("Collector:ConnectionString is none: it has a key that there is not, or a value that cannot be read.");
            return "";
        }
    }

    private Dictionary<string, string> FirstKeys(IConfigurationSection section)
    {
        // An origin has slashes and no colons, so that it is a key of the configuration as it is.
        var keys = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var key in section.GetChildren())
        {
            if (ReadFile(key.Path, key.Value ?? "") is { } pem)
            {
                keys[key.Key] = pem;
            }
        }

        return keys;
    }

    private string? Secret(IConfigurationSection section, string name, string fileName)
    {
        var (value, file) = (name.Length == 0 ? null : section[name], section[fileName]);
        if (value is not null && file is not null)
        {
            errors.Add($"{section.Path}:{name} and {section.Path}:{fileName} are both set; set one.");
        }

        return file is null ? value : ReadFile($"{section.Path}:{fileName}", file)?.Trim();
    }

    private string? ReadFile(string setting, string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            errors.Add($"{setting} ({path}) cannot be read: {unreadable.Message}");
            return null;
        }
    }

    private int Number(IConfigurationSection section, string name, int least, int most, int otherwise)
    {
        if (section[name] is not { } text)
        {
            return otherwise;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
        {
            return number;
        }

        errors.Add(string.Create(CultureInfo.InvariantCulture, $"{section.Path}:{name} ({text}) is no whole number from {least} to {most}."));
        return otherwise;
    }

    private TimeSpan Duration(IConfigurationSection section, string name, TimeSpan least, TimeSpan most, TimeSpan otherwise)
    {
        if (section[name] is not { } text)
        {
            return otherwise;
        }

        if (DurationText.TryRead(text, out var duration) && duration >= least && duration <= most)
        {
            return duration;
        }

        errors.Add($"{section.Path}:{name} ({text}) is no duration from {least} to {most}: {DurationText.Form}.");
        return otherwise;
    }

    private void RefuseUnknown(IConfigurationSection section, string[] settings)
    {
        foreach (var key in section.GetChildren().Select(child => child.Key).Where(key => !settings.Contains(key, StringComparer.OrdinalIgnoreCase)))
        {
            errors.Add($"{section.Path}:{key} is no setting.{NearestName.Question(key, settings)} There are {string.Join(", ", settings)}.");
        }
    }
}
