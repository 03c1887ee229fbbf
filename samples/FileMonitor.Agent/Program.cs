using FileMonitor;
using FileMonitor.Agent;
using FileMonitor.Cli;
using Microsoft.Extensions.Options;

// Before anything else: what comes next opens files. With its web server it holds some 200 when nobody asks it anything.
if (!DescriptorLimit.IsEnough("filemonitor-agent", least: 512))
{
    return ExitCode.Failed;
}

var commandLine = new AgentCommandLine(args);
if (commandLine.IsHelp)
{
    Console.Write(AgentCommandLine.Help);
    return ExitCode.Done;
}

try
{
    await using var agent = AgentHost.Create(commandLine);
    await AgentHost.RunAsync(agent);
    return ExitCode.Done;
}
catch (Exception failure)
{
    // A validator that finds several options wrong throws one exception for each.
    var wrong = (failure is AggregateException several ? several.Flatten().InnerExceptions : [failure]).OfType<OptionsValidationException>().SelectMany(one => one.Failures).ToList();
    if (failure is InvalidDataException unreadable)
    {
        // A file of settings that is no JSON; inside is where.
        wrong.Add(unreadable.GetBaseException() is var why && why != unreadable ? $"{unreadable.Message} {why.Message}" : unreadable.Message);
    }

    if (failure is OverlappingRootsException overlapping)
    {
        // The validator tells those that the names show.
        wrong.Add(overlapping.Message);
    }

    // What the world around it refuses is said in a sentence; what nobody expected, with where it happened.
    var said = failure is IOException or UnauthorizedAccessException or UriFormatException ? failure.Message : failure.ToString();
    foreach (var sentence in wrong.Count > 0 ? wrong : [.. said.Split('\n')])
    {
        Console.Error.WriteLine($"filemonitor-agent: {TerminalText.Neutralise(sentence)}");
    }

    return wrong.Count > 0 ? ExitCode.BadConfiguration : ExitCode.Failed;
}
