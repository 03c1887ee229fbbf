using Microsoft.Extensions.Configuration.Json;

namespace FileMonitor.Agent;

/// <summary>Where the agent's settings come from, so that they can be read again. Immutable.</summary>
internal sealed class AgentSettings
{
    private readonly IReadOnlyList<IConfigurationSource> _sources;
    private readonly AgentCommandLine _commandLine;

    /// <param name="sources">Everything but the roots of the command line.</param>
    /// <param name="commandLine">Where these roots are.</param>
    public AgentSettings(IReadOnlyList<IConfigurationSource> sources, AgentCommandLine commandLine) => (_sources, _commandLine) = (sources, commandLine);

    /// <summary>Puts the file of the command line and its settings where they belong among the sources of a host.</summary>
    public static void Add(ConfigurationManager configuration, AgentCommandLine commandLine, List<string> errors)
    {
        if (commandLine.ConfigurationFile is { } file)
        {
            if (File.Exists(file))
            {
                // After the files beside the binary; the environment and the command line still win.
                var last = configuration.Sources.LastOrDefault(source => source is JsonConfigurationSource);
                var source = new JsonConfigurationSource { Path = file };
                source.ResolveFileProvider();
                configuration.Sources.Insert(last is null ? 0 : configuration.Sources.IndexOf(last) + 1, source);
            }
            else
            {
                errors.Add($"--config ({file}): there is no such file.");
            }
        }

        configuration.AddInMemoryCollection(commandLine.Settings);
    }

    /// <summary>Reads everything anew.</summary>
    /// <param name="errors">Gets a sentence for each mistake; a file that cannot be read is one.</param>
    /// <returns>The settings, to be disposed, and what they say; null when a file cannot be read.</returns>
    public (ConfigurationManager Settings, CheckedConfiguration Read)? Read(List<string> errors)
    {
        var configuration = new ConfigurationManager();
        try
        {
            foreach (var source in _sources)
            {
                ((IConfigurationBuilder)configuration).Add(source);
            }
        }
        catch (Exception unreadable) when (unreadable is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            errors.Add(Describe(unreadable));
            configuration.Dispose();
            return null;
        }

        _commandLine.Apply(configuration, errors);
        var read = CheckedConfiguration.Read(configuration, errors);
        if (errors.Count == 0)
        {
            RootsOnDisk.Check(read, errors);
        }

        return (configuration, read);
    }

    /// <summary>A file of settings that is no JSON: the inner exception has the position.</summary>
    public static string Describe(Exception unreadable) =>
        unreadable.GetBaseException() is var why && why != unreadable ? $"{unreadable.Message} {why.Message}" : unreadable.Message;
}
