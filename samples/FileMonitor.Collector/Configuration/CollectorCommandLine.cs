namespace FileMonitor.Collector.Configuration;

/// <summary>The arguments of the collector.</summary>
internal sealed class CollectorCommandLine
{
    public const string Help = """
        filemonitor-collector: stores the journals of many hosts in PostgreSQL, verifies them, and shows them.

          --config FILE                 read this file (JSON), after appsettings.json beside the program
          --Section:Key=VALUE           any setting of the sections Collector and Logging
          --check                       only check the configuration; ends with 0 or 2
          --help, -h                    say this

        Settings also come from the environment: Collector__ConnectionString=...
        docs/fleet.md has all of them.

        """;

    private readonly List<KeyValuePair<string, string?>> _settings = [];

    /// <param name="args">The arguments.</param>
    /// <param name="errors">Gets a sentence for each that is none.</param>
    public CollectorCommandLine(IReadOnlyList<string> args, List<string> errors)
    {
        for (var at = 0; at < args.Count; at++)
        {
            switch (args[at])
            {
                case "--help" or "-h" or "-?":
                    IsHelp = true;
                    break;
                case "--check":
                    IsCheck = true;
                    break;
                case "--config" when at + 1 < args.Count:
                    ConfigPath = args[++at];
                    break;
                case ['-', '-', .. var setting] when setting.Split('=', 2) is [var key, var value] && (Is(key, "Collector:") || Is(key, "Logging:")):
                    _settings.Add(new(key, value));
                    break;
                default:
                    errors.Add($"{args[at]} is no argument; --help lists them.");
                    break;
            }
        }
    }

    public bool IsHelp { get; }

    public bool IsCheck { get; }

    public string? ConfigPath { get; }

    /// <summary>Adds the file and the settings to the configuration; they win over what is there.</summary>
    public void Apply(IConfigurationBuilder configuration)
    {
        if (ConfigPath is not null)
        {
            configuration.AddJsonFile(Path.GetFullPath(ConfigPath), optional: false, reloadOnChange: false);
            configuration.AddEnvironmentVariables();
        }

        configuration.AddInMemoryCollection(_settings);
    }

    private static bool Is(string key, string section) => key.StartsWith(section, StringComparison.OrdinalIgnoreCase);
}
