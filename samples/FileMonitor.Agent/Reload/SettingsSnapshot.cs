namespace FileMonitor.Agent.Reload;

/// <summary>A root of a monitor, by its path. Names of monitors are compared without case, as keys of a configuration are.</summary>
internal readonly record struct MonitorRoot(string Monitor, string Path)
{
    public bool Equals(MonitorRoot other) => Monitor.Equals(other.Monitor, StringComparison.OrdinalIgnoreCase) && Path == other.Path;

    public override int GetHashCode() => HashCode.Combine(Monitor.GetHashCode(StringComparison.OrdinalIgnoreCase), Path);
}

/// <summary>A setting that is found again when lists have changed.</summary>
/// <param name="Root">The root that it is of; null for none.</param>
/// <param name="Key">The key, in capitals, because keys are compared without case; of a root what follows after its number.</param>
internal readonly record struct SettingKey(MonitorRoot? Root, string Key);

/// <summary>A setting as it is written.</summary>
internal readonly record struct Setting(string Key, string? Value);

/// <summary>The settings of a configuration that concern the agent, its monitors and their roots. Immutable.</summary>
/// <param name="Monitors">The names of the monitors.</param>
/// <param name="Roots">The roots of all monitors.</param>
/// <param name="Settings">Every value.</param>
internal sealed record SettingsSnapshot(IReadOnlySet<string> Monitors, IReadOnlySet<MonitorRoot> Roots, IReadOnlyDictionary<SettingKey, Setting> Settings)
{
    private static readonly string[] Sections = ["Agent", "Logging", "Urls"];

    public static SettingsSnapshot Of(IConfiguration configuration)
    {
        var (roots, settings) = (new HashSet<MonitorRoot>(), new Dictionary<SettingKey, Setting>());
        foreach (var section in Sections)
        {
            Add(settings, configuration.GetSection(section));
        }

        var monitors = configuration.GetSection("FileMonitor:Monitors").GetChildren().ToList();
        foreach (var monitor in monitors)
        {
            foreach (var section in monitor.GetChildren().Where(section => !section.Key.Equals("Roots", StringComparison.OrdinalIgnoreCase)))
            {
                Add(settings, section);
            }

            foreach (var section in monitor.GetSection("Roots").GetChildren())
            {
                var root = new MonitorRoot(monitor.Key, Path.TrimEndingDirectorySeparator(Path.GetFullPath(section["Path"] ?? "/")));
                roots.Add(root);
                foreach (var option in section.GetChildren().Where(option => !option.Key.Equals("Path", StringComparison.OrdinalIgnoreCase)))
                {
                    Add(settings, option, root, section.Path.Length);
                }
            }
        }

        return new(monitors.Select(monitor => monitor.Key).ToHashSet(StringComparer.OrdinalIgnoreCase), roots, settings);
    }

    /// <summary>What is different in another configuration, which is wanted instead of this one.</summary>
    public SettingsDifference To(SettingsSnapshot wanted)
    {
        // A monitor or a root that comes or goes does so as a whole.
        bool StaysMonitor(string monitor) => Monitors.Contains(monitor) && wanted.Monitors.Contains(monitor);
        bool Stays(SettingKey key) => key.Root is { } root ? Roots.Contains(root) && wanted.Roots.Contains(root) : MonitorOf(key.Key) is not { } monitor || StaysMonitor(monitor);
        var changed = Settings.Keys.Union(wanted.Settings.Keys)
            .Where(key => Stays(key) && ValueIn(Settings, key) != ValueIn(wanted.Settings, key))
            .Select(key => (wanted.Settings.TryGetValue(key, out var setting) ? setting : Settings[key]).Key)
            .Order(StringComparer.Ordinal)
            .ToLookup(KindOf);
        var monitors = Monitors.Union(wanted.Monitors, StringComparer.OrdinalIgnoreCase).Where(monitor => !StaysMonitor(monitor)).Select(monitor => $"FileMonitor:Monitors:{monitor}");
        return new(
            [.. wanted.Roots.Where(root => StaysMonitor(root.Monitor) && !Roots.Contains(root))],
            [.. Roots.Where(root => StaysMonitor(root.Monitor) && !wanted.Roots.Contains(root))],
            [.. changed[SettingKind.Access]],
            [.. changed[SettingKind.Logging]],
            [.. monitors.Order(StringComparer.Ordinal), .. changed[SettingKind.Fixed]]);
    }

    /// <summary>These settings, with the roots given, and with what is taken over from others.</summary>
    public SettingsSnapshot With(IEnumerable<MonitorRoot> roots, SettingsSnapshot wanted, Func<SettingKind, bool> takes)
    {
        var all = roots.ToHashSet();
        var kept = Settings.Where(one => one.Key.Root is { } root ? Roots.Contains(root) && all.Contains(root) : !takes(KindOf(one.Value.Key)));
        var taken = wanted.Settings.Where(one => one.Key.Root is { } root ? !Roots.Contains(root) && all.Contains(root) : takes(KindOf(one.Value.Key)));
        return new(Monitors, all, kept.Concat(taken).ToDictionary());
    }

    private static void Add(Dictionary<SettingKey, Setting> settings, IConfigurationSection section, MonitorRoot? root = null, int skipped = 0)
    {
        if (section.Value is not null)
        {
            settings[new(root, section.Path[skipped..].ToUpperInvariant())] = new(section.Path, section.Value);
        }

        foreach (var child in section.GetChildren())
        {
            Add(settings, child, root, skipped);
        }
    }

    private static string? ValueIn(IReadOnlyDictionary<SettingKey, Setting> settings, SettingKey key) => settings.TryGetValue(key, out var setting) ? setting.Value : null;

    private static string? MonitorOf(string key) => key.Split(':') is ["FILEMONITOR", "MONITORS", var monitor, ..] ? monitor : null;

    private static SettingKind KindOf(string key) => key.Split(':') switch
    {
        [var section, ..] when section.Equals("Logging", StringComparison.OrdinalIgnoreCase) => SettingKind.Logging,
        [_, var name, ..] when key.StartsWith("Agent:", StringComparison.OrdinalIgnoreCase) && name.ToUpperInvariant() is "BEARERTOKEN" or "BEARERTOKENFILE" or "ALLOWEDHOSTS" => SettingKind.Access,
        _ => SettingKind.Fixed,
    };
}

/// <summary>Whether a running agent can change a setting.</summary>
internal enum SettingKind
{
    /// <summary>It takes effect at the next start.</summary>
    Fixed,

    /// <summary>Who may ask: token and names.</summary>
    Access,

    /// <summary>What is logged.</summary>
    Logging,
}

/// <summary>What is different in a configuration. Only keys: a value may be the token.</summary>
/// <param name="Added">Roots that only the new configuration has.</param>
/// <param name="Removed">Roots that only the running agent has.</param>
/// <param name="Access">Keys of who may ask.</param>
/// <param name="Logging">Keys of what is logged.</param>
/// <param name="Fixed">Keys of everything else, which takes effect at the next start.</param>
internal sealed record SettingsDifference(
    IReadOnlyList<MonitorRoot> Added, IReadOnlyList<MonitorRoot> Removed, IReadOnlyList<string> Access, IReadOnlyList<string> Logging, IReadOnlyList<string> Fixed);
