using FileMonitor.Values;

namespace FileMonitor.Agent;

/// <summary>
/// The command line. Besides the usual settings (<c>--Section:Key=value</c>) it has a few options of its own. It refuses unknown options: a
/// misspelled one would otherwise have no effect and no message.
/// </summary>
internal sealed class AgentCommandLine
{
    public const string Help = """
        Watches directories, and shows what happens in them: a page, metrics, health, and a stream of events, on http://127.0.0.1:9090.

        Usage:
          filemonitor-agent --root /srv/inbox [--root /srv/outbox]
          filemonitor-agent --config /etc/filemonitor/agent.json

          --root DIRECTORY     Watch it, as part of a monitor named default. May be repeated.
          --config FILE        Read this file after appsettings.json, and before the environment and the command line.
          --urls ADDRESSES     Listen elsewhere, such as http://127.0.0.1:9191. Beyond this machine only with a token.
          --check              Only check the configuration: say everything that is wrong with it, and start nothing.
          --version            Say which version this is, and end.
          --Section:Key=VALUE  Any setting, such as --Agent:EventBuffer=65536 or --FileMonitor:Monitors:default:Source=Polling.

        The environment sets the same with two underscores for each colon: Agent__BearerTokenFile=/run/secrets/token.
        SIGHUP reads the configuration again: roots come and go, what waits for the next start is said in the log and in /api/status.
        Who made each change (Source Fanotify) takes CAP_SYS_ADMIN and CAP_DAC_READ_SEARCH; fanotify.conf beside the unit gives them to the service.
        Exit codes: 0 it was stopped, or the configuration is right; 1 it could not start (such as: the port is taken) or failed;
        2 the configuration is wrong, and all that is wrong was said.

        """;

    private static readonly string[] Options = ["--root", "--config", "--urls", "--check", "--version", "--help"];

    private static readonly string[] Sections = ["FileMonitor:", "Agent:", "Logging:", "OTEL_"];

    private readonly List<string> _roots = [];
    private readonly List<string> _errors = [];

    public AgentCommandLine(IReadOnlyList<string> arguments)
    {
        for (var at = 0; at < arguments.Count; at++)
        {
            var (name, value) = arguments[at].Split('=', 2) is [var before, var after] ? (before, after) : (arguments[at], null);
            if (name is "--help" or "-h" or "-?")
            {
                IsHelp = true;
                continue;
            }

            if (arguments[at] is "--version")
            {
                IsVersion = true;
                continue;
            }

            if (arguments[at] is "--check")
            {
                IsCheck = true;
                continue;
            }

            if (!IsKnown(name))
            {
                _errors.Add($"{arguments[at]} is no option.{NearestName.Question(name, Options)} --help shows what there is.");
                continue;
            }

            if (value is null && ++at < arguments.Count)
            {
                value = arguments[at];
            }

            if (string.IsNullOrEmpty(value))
            {
                _errors.Add($"{name} needs a value.");
                continue;
            }

            Take(name, value);
        }
    }

    public bool IsHelp { get; }

    /// <summary>Whether only the version is asked for.</summary>
    public bool IsVersion { get; }

    /// <summary>Whether the configuration is only checked.</summary>
    public bool IsCheck { get; private set; }

    /// <summary>The file to read beside appsettings.json; absolute.</summary>
    public string? ConfigurationFile { get; private set; }

    /// <summary>Settings for the configuration, unchanged.</summary>
    public Dictionary<string, string?> Settings { get; } = [];

    /// <summary>Adds the roots to a configuration that is otherwise complete, and errors to the list.</summary>
    public void Apply(IConfigurationManager configuration, List<string> errors)
    {
        errors.AddRange(_errors);
        if (_roots.Count == 0)
        {
            return;
        }

        if (configuration.GetSection("FileMonitor:Monitors:default:Roots").GetChildren().Any())
        {
            errors.Add("--root is given, and the configuration has roots for a monitor named default too; give that another name, or leave out --root.");
            return;
        }

        configuration.AddInMemoryCollection(_roots.Select((root, at) => KeyValuePair.Create($"FileMonitor:Monitors:default:Roots:{at}:Path", (string?)root)));
    }

    private static bool IsKnown(string name) =>
        name is "--root" or "--config" or "--urls"
        || (name.StartsWith("--", StringComparison.Ordinal) && Sections.Any(section => name.AsSpan(2).StartsWith(section, StringComparison.OrdinalIgnoreCase)));

    private void Take(string name, string value)
    {
        switch (name)
        {
            case "--root":
                _roots.Add(Path.TrimEndingDirectorySeparator(Path.GetFullPath(value)));
                break;
            case "--config":
                ConfigurationFile = Path.GetFullPath(value);
                break;
            default:
                Settings[name[2..]] = value;
                break;
        }
    }
}
