using FileMonitor.Agent.Reload;
using FileMonitor.Cli;
using FileMonitor.Values;
using Microsoft.Extensions.Options;

namespace FileMonitor.Agent;

/// <summary>One run of the agent, from its arguments to its exit code.</summary>
internal static class AgentRun
{
    /// <param name="arguments">The command line.</param>
    /// <param name="reloads">The requests of the signal, which was taken before.</param>
    public static async Task<int> RunAsync(string[] arguments, ReloadRequests reloads)
    {
        // Before what opens files. The idle agent with its web server has about 200 open.
        if (!DescriptorLimit.IsEnough("filemonitor-agent", least: 512))
        {
            return ExitCode.Failed;
        }

        var commandLine = new AgentCommandLine(arguments);
        if (commandLine.IsHelp)
        {
            Console.Write(AgentCommandLine.Help);
            return ExitCode.Done;
        }

        if (commandLine.IsVersion)
        {
            Console.WriteLine($"filemonitor-agent {AgentVersion.Text}");
            return ExitCode.Done;
        }

        try
        {
            if (commandLine.IsCheck)
            {
                var errors = new List<string>();
                var (monitors, roots) = AgentHost.Check(commandLine, errors);
                errors.ForEach(Say);
                if (errors.Count == 0)
                {
                    Console.WriteLine($"The configuration is right: monitors: {monitors}, roots: {roots}.");
                }

                return errors.Count == 0 ? ExitCode.Done : ExitCode.BadConfiguration;
            }

            await using var agent = AgentHost.Create(commandLine, builder => builder.Services.AddSingleton(reloads));
            await AgentHost.RunAsync(agent);
            return ExitCode.Done;
        }
        catch (Exception failure)
        {
            // A validator that finds several options wrong throws one exception for each.
            var wrong = (failure is AggregateException several ? several.Flatten().InnerExceptions : [failure]).OfType<OptionsValidationException>().SelectMany(one => one.Failures).ToList();
            if (failure is InvalidDataException unreadable)
            {
                wrong.Add(AgentSettings.Describe(unreadable));
            }

            if (failure is OverlappingRootsException overlapping)
            {
                // The validator finds the overlaps that show in the names.
                wrong.Add(overlapping.Message);
            }

            // Errors of the environment are reported as a sentence, unexpected ones with the stack trace. Several monitors may fail at a time.
            var failures = failure is AggregateException all ? all.Flatten().InnerExceptions.AsEnumerable() : [failure];
            var said = failures.Select(one => one is IOException or UnauthorizedAccessException or UriFormatException ? one.Message : one.ToString());
            foreach (var sentence in wrong.Count > 0 ? wrong : [.. said.SelectMany(text => text.Split('\n'))])
            {
                Say(sentence);
            }

            return wrong.Count > 0 ? ExitCode.BadConfiguration : ExitCode.Failed;
        }
    }

    private static void Say(string sentence) => Console.Error.WriteLine($"filemonitor-agent: {TerminalText.Neutralise(sentence)}");
}
