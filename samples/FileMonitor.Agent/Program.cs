using FileMonitor;
using FileMonitor.Agent;
using FileMonitor.Cli;
using FileMonitor.Values;
using Microsoft.Extensions.Options;

// First, because what follows opens files. The idle agent with its web server has about 200 open.
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
        // A settings file is not JSON; the inner exception has the position.
        wrong.Add(unreadable.GetBaseException() is var why && why != unreadable ? $"{unreadable.Message} {why.Message}" : unreadable.Message);
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
        Console.Error.WriteLine($"filemonitor-agent: {TerminalText.Neutralise(sentence)}");
    }

    return wrong.Count > 0 ? ExitCode.BadConfiguration : ExitCode.Failed;
}
