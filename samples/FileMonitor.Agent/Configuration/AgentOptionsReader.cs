using System.Globalization;
using FileMonitor.JsonLines;
using FileMonitor.Values;

namespace FileMonitor.Agent;

/// <summary>Reads the section <c>Agent</c>. Not with the binder, which stops at the first invalid value; an operator wants all errors at once.</summary>
internal sealed class AgentOptionsReader(IConfiguration configuration, List<string> errors)
{
    private const int LeastTokenLength = 16;

    private static readonly string[] Settings =
        ["Urls", "BearerToken", "BearerTokenFile", "AllowedHosts", "EventBuffer", "EventBufferBytes", "ReaderPatience", "MaxReaders", "StateDirectory", "AnchorDirectory", "Timestamps", "VerificationInterval", "RabbitMq", "Monitors"];

    private static readonly string[] FileSettings = ["Path", "MaxFileBytes", "MaxFiles", "FlushToDisk", "FileMode", "DirectoryMode"];

    private readonly AgentOptions _options = new();

    public AgentOptions Read()
    {
        var section = configuration.GetSection("Agent");
        foreach (var child in section.GetChildren())
        {
            ReadKey(child);
        }

        // The usual setting of servers (--urls, ASPNETCORE_URLS) wins: it is closer to whoever starts the process.
        ReadAddresses(configuration["urls"] is { Length: > 0 } ? "urls" : "Agent:Urls", configuration["urls"] is { Length: > 0 } urls ? urls : section["Urls"]);
        ReadToken(section);
        ReadStateDirectory(section);
        _options.Anchors = new AnchorOptionsReader(section, errors).Read();
        if (_options is { Anchors: not null, StateDirectory: null })
        {
            errors.Add("Agent:AnchorDirectory needs Agent:StateDirectory: without state there is no journal whose checkpoints could be kept.");
        }

        _options.RabbitMq = new BrokerOptionsReader(section.GetSection("RabbitMq"), errors).Read();
        if (_options is { RabbitMq: not null, StateDirectory: null })
        {
            errors.Add("Agent:RabbitMq needs Agent:StateDirectory: what is published are the records of the journal, which wait there while no broker can be reached.");
        }

        WrittenPlaces.Check(_options, errors);
        ReadLogLevels();
        foreach (var shared in _options.JsonLinesFiles.GroupBy(monitor => Path.GetFullPath(monitor.Value.Path)).Where(file => file.Count() > 1))
        {
            errors.Add($"The monitors {string.Join(" and ", shared.Select(monitor => monitor.Key))} write to one file ({shared.Key}): give each its own JsonLinesFile:Path.");
        }

        if (configuration.GetSection("Kestrel:Endpoints").GetChildren().Any())
        {
            errors.Add("Kestrel:Endpoints is set; the agent checks where it listens, and looks at Agent:Urls for it. Move the addresses there.");
        }

        if (_options is { IsLoopbackOnly: false, BearerToken: null })
        {
            var beyond = _options.Addresses.First(address => !Loopback.Is(address));
            errors.Add($"{beyond} can be reached from other machines, and no token is set: anybody could read which files there are. Set Agent:BearerTokenFile to a file that holds a token, or listen on http://127.0.0.1:{beyond.Port} and put a proxy in front that asks who is there.");
        }

        return _options;
    }

    private void ReadKey(IConfigurationSection child)
    {
        switch (child.Key.ToUpperInvariant())
        {
            case "URLS" or "BEARERTOKEN" or "BEARERTOKENFILE" or "STATEDIRECTORY" or "ANCHORDIRECTORY" or "TIMESTAMPS" or "RABBITMQ":
                break;
            case "ALLOWEDHOSTS":
                _options.AllowedHosts = [.. List(child)];
                errors.AddRange(_options.AllowedHosts.Where(host => Uri.CheckHostName(host) == UriHostNameType.Unknown).Select(host =>
                    $"{child.Path} ({host}) is no name of a host: give each name as a caller writes it, without port, such as files.example. There are no wildcards."));
                break;
            case "EVENTBUFFER":
                _options.EventBuffer = Number(child, 16, 1_000_000, _options.EventBuffer);
                break;
            case "EVENTBUFFERBYTES":
                _options.EventBufferBytes = Number(child, 1024 * 1024, 1024 * 1024 * 1024, _options.EventBufferBytes);
                break;
            case "READERPATIENCE":
                _options.ReaderPatience = Duration(child, TimeSpan.FromSeconds(4), _options.ReaderPatience);
                break;
            case "VERIFICATIONINTERVAL":
                // 0, as for other limits that are to be none.
                var interval = Duration(child, TimeSpan.FromDays(30), _options.VerificationInterval);
                _options.VerificationInterval = interval == TimeSpan.Zero ? TimeSpan.MaxValue : interval;
                if (interval > TimeSpan.Zero && interval < TimeSpan.FromSeconds(1))
                {
                    errors.Add($"{child.Path} ({child.Value}) is shorter than a second; 0 is for never.");
                }

                break;
            case "MAXREADERS":
                _options.MaxReaders = Number(child, 1, 1_000, _options.MaxReaders);
                break;
            case "MONITORS":
                _options.JsonLinesFiles = child.GetChildren().SelectMany(Monitor).ToDictionary(StringComparer.OrdinalIgnoreCase);
                break;
            default:
                errors.Add(Unknown(child, Settings));
                break;
        }
    }

    /// <summary>Checks the log levels: the logging framework would refuse an unknown one without a clear message.</summary>
    private void ReadLogLevels()
    {
        var logging = configuration.GetSection("Logging");
        foreach (var level in logging.GetChildren().Select(provider => provider.GetSection("LogLevel")).Prepend(logging.GetSection("LogLevel")).SelectMany(levels => levels.GetChildren()))
        {
            var levelNames = Enum.GetNames<LogLevel>();
            if (level.Value is { Length: > 0 } value && !levelNames.Contains(value, StringComparer.OrdinalIgnoreCase))
            {
                errors.Add($"{level.Path} ({value}) is no level.{NearestName.Question(value, levelNames)} There are {string.Join(", ", levelNames)}.");
            }
        }
    }

    private void ReadAddresses(string name, string? urls)
    {
        if (urls is null)
        {
            return;
        }

        var addresses = new List<BindingAddress>();
        foreach (var url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            try
            {
                var address = BindingAddress.Parse(url);
                if (address.Scheme == "http")
                {
                    addresses.Add(address);
                    continue;
                }
            }
            catch (FormatException)
            {
                // Report it with the same sentence as another scheme.
            }

            errors.Add($"{name} ({url}) is no address to listen on; give one such as http://127.0.0.1:9090. Encryption is the business of a proxy in front.");
        }

        if (addresses.Count > 0)
        {
            _options.Addresses = addresses;
        }
        else if (urls.Trim(' ', ';').Length == 0)
        {
            errors.Add($"{name} is empty; give an address such as http://127.0.0.1:9090, or leave it out.");
        }
    }

    private void ReadToken(IConfigurationSection section)
    {
        var (token, name) = (section["BearerToken"], "Agent:BearerToken");
        if (section["BearerTokenFile"] is { } file)
        {
            if (token is not null)
            {
                errors.Add("Agent:BearerToken and Agent:BearerTokenFile are both set; remove one.");
            }

            name = "Agent:BearerTokenFile";
            try
            {
                token = File.ReadAllText(file).Trim();
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or ArgumentException)
            {
                errors.Add($"{name} ({file}) cannot be read: {unreadable.Message}");

                // Do not report a missing token as well.
                _options.BearerToken = "";
                return;
            }
        }

        // Never put the token itself into a message.
        if (token is not null && (token.Length < LeastTokenLength || token.AsSpan().ContainsAnyExceptInRange('!', '~')))
        {
            errors.Add($"{name} is too short or has blanks or letters that are not ASCII: give at least {LeastTokenLength} letters and digits, such as `openssl rand -hex 32` writes.");
        }

        _options.BearerToken = token;
    }

    private void ReadStateDirectory(IConfigurationSection section)
    {
        // systemd sets the variable for StateDirectory= of the unit, where several are separated by colons.
        var (path, name) = section["StateDirectory"] is { } set
            ? (set, "Agent:StateDirectory")
            : (configuration["STATE_DIRECTORY"]?.Split(Path.PathSeparator)[0], "STATE_DIRECTORY");
        if (string.IsNullOrEmpty(path))
        {
            // Set to nothing: no state is kept, whatever the variable says.
            return;
        }

        if (!Path.IsPathFullyQualified(path))
        {
            errors.Add($"{name} ({path}) is no absolute path of a directory.");
            return;
        }

        _options.StateDirectory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        errors.AddRange(configuration.GetSection("FileMonitor:Monitors").GetChildren().Where(monitor => !StateName.IsValid(monitor.Key)).Select(monitor =>
            $"{monitor.Path}: its state is kept in a directory of its name, so it is named by 1 to {StateName.MostLetters} of the letters a to z, digits, '-', '_' and '.'. Rename it, or set Agent:StateDirectory to nothing to keep no state."));
    }

    private IEnumerable<KeyValuePair<string, JsonLinesFileOptions>> Monitor(IConfigurationSection monitor)
    {
        if (!configuration.GetSection($"FileMonitor:Monitors:{monitor.Key}").Exists())
        {
            errors.Add($"{monitor.Path} is about a monitor that FileMonitor:Monitors does not name.");
        }

        foreach (var child in monitor.GetChildren())
        {
            if (!child.Key.Equals("JsonLinesFile", StringComparison.OrdinalIgnoreCase))
            {
                errors.Add($"{child.Path} is no setting.{NearestName.Question(child.Key, ["JsonLinesFile"])} There is JsonLinesFile.");
            }
            else if (JsonLinesFile(child) is { } file)
            {
                yield return new(monitor.Key, file);
            }
        }
    }

    private JsonLinesFileOptions? JsonLinesFile(IConfigurationSection section)
    {
        var sink = new JsonLinesFileSinkOptions();
        foreach (var child in section.GetChildren())
        {
            switch (child.Key.ToUpperInvariant())
            {
                case "PATH":
                    break;
                case "MAXFILEBYTES":
                    sink.MaxFileBytes = Number(child, 0L, long.MaxValue, sink.MaxFileBytes);
                    break;
                case "MAXFILES":
                    sink.MaxFiles = Number(child, 1, 1_000, sink.MaxFiles);
                    break;
                case "FLUSHTODISK":
                    sink.FlushToDisk = Switch(child, sink.FlushToDisk);
                    break;
                case "FILEMODE":
                    sink.FileMode = Permissions(child, sink.FileMode);
                    break;
                case "DIRECTORYMODE":
                    sink.DirectoryMode = Permissions(child, sink.DirectoryMode);
                    break;
                default:
                    errors.Add(Unknown(child, FileSettings));
                    break;
            }
        }

        errors.AddRange(sink.GetErrors().Select(error => $"{section.Path}: {error}"));
        if (section["Path"] is { } path && Path.IsPathFullyQualified(path) && !Path.EndsInDirectorySeparator(path))
        {
            return new(path, sink);
        }

        errors.Add($"{section.Path}:Path ({section["Path"]}) is no absolute path of a file.");
        return null;
    }

    /// <summary>What is said of a key that is no setting.</summary>
    internal static string Unknown(IConfigurationSection child, string[] names) =>
        $"{child.Path} is no setting.{NearestName.Question(child.Key, names)} There are {string.Join(", ", names[..^1])} and {names[^1]}.";

    private T Number<T>(IConfigurationSection child, T least, T most, T otherwise)
        where T : struct, System.Numerics.INumber<T>
    {
        if (T.TryParse(child.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)
        {
            return value;
        }

        errors.Add(string.Create(CultureInfo.InvariantCulture, $"{child.Path} ({child.Value}) is no whole number from {least} to {most}."));
        return otherwise;
    }

    private TimeSpan Duration(IConfigurationSection child, TimeSpan most, TimeSpan otherwise) => Duration(child, TimeSpan.Zero, most, otherwise, errors);

    /// <summary>A duration within limits; otherwise adds what is wrong.</summary>
    internal static TimeSpan Duration(IConfigurationSection child, TimeSpan least, TimeSpan most, TimeSpan otherwise, List<string> errors)
    {
        if (DurationText.TryRead(child.Value ?? "", out var value) && value >= least && value <= most)
        {
            return value;
        }

        errors.Add($"{child.Path} ({child.Value}) is no duration from {least} to {most}: {DurationText.Form}.");
        return otherwise;
    }

    /// <summary>Permissions in octal, as for chmod; the sink checks whether they make sense.</summary>
    private UnixFileMode Permissions(IConfigurationSection child, UnixFileMode otherwise)
    {
        if (child.Value is { Length: 3 or 4 } digits && !digits.AsSpan().ContainsAnyExceptInRange('0', '7'))
        {
            return (UnixFileMode)Convert.ToInt32(digits, 8);
        }

        errors.Add($"{child.Path} ({child.Value}) are no permissions; give them in octal, such as \"0640\".");
        return otherwise;
    }

    private bool Switch(IConfigurationSection child, bool otherwise)
    {
        if (bool.TryParse(child.Value, out var value))
        {
            return value;
        }

        errors.Add($"{child.Path} ({child.Value}) is neither true nor false.");
        return otherwise;
    }

    /// <summary>A list in JSON, or one value with semicolons, as an environment variable has it.</summary>
    private static IEnumerable<string> List(IConfigurationSection child) =>
        child.Value is { } value
            ? value.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            : child.GetChildren().Select(element => element.Value).OfType<string>();
}
