using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace FileMonitor.Hosting.Lifetime;

/// <summary>Reads the section of monitors as strictly as their options.</summary>
internal static class MonitorsSection
{
    private const string Monitors = "Monitors";
    private const int MostKeysTold = 5;

    /// <summary>One section per monitor; at least one.</summary>
    public static IReadOnlyList<IConfigurationSection> Read(IConfiguration section)
    {
        var errors = new List<string>();
        var place = section is IConfigurationSection { Path: var path } ? $"Section {path}" : "The configuration";
        var unknown = section.GetChildren().Select(child => child.Key).Where(key => !key.Equals(Monitors, StringComparison.OrdinalIgnoreCase)).ToList();
        if (unknown.Count > 0)
        {
            errors.Add($"{place} has keys beside {Monitors}: {string.Join(", ", unknown.Take(MostKeysTold))}{(unknown.Count > MostKeysTold ? " and more" : "")}. Remove or move them; options of a monitor stand below {Monitors}:<name>.");
        }

        var monitors = section.GetSection(Monitors).GetChildren().ToList();
        if (monitors.Count == 0)
        {
            errors.Add($"{place} names no monitor: add {Monitors}:<name>:Roots:0:Path with the directory to watch.");
        }

        errors.AddRange(monitors
            .Where(monitor => !string.IsNullOrEmpty(monitor.Value))
            .Select(monitor => $"{monitor.Path} is the value \"{monitor.Value}\": write its options below it, such as {monitor.Path}:Roots:0:Path."));
        return errors.Count == 0 ? monitors : throw new OptionsValidationException(Options.DefaultName, typeof(FileMonitorOptions), errors);
    }
}
