using FileMonitor.Agent;
using FileMonitor.Cli;
using Microsoft.Extensions.Options;

var commandLine = new AgentCommandLine(args);
if (commandLine.IsHelp)
{
    Console.Write(AgentCommandLine.Help);
    return ExitCode.Done;
}

try
{
    await using var agent = AgentHost.Create(commandLine);
    await agent.RunAsync();
    return ExitCode.Done;
}
catch (Exception failure)
{
    // A validator that finds several options wrong throws one exception for each.
    var wrong = (failure is AggregateException several ? several.Flatten().InnerExceptions : [failure]).OfType<OptionsValidationException>().SelectMany(one => one.Failures).ToList();
    foreach (var sentence in wrong.Count > 0 ? wrong : [failure.Message])
    {
        Console.Error.WriteLine($"filemonitor-agent: {TerminalText.Neutralise(sentence)}");
    }

    return wrong.Count > 0 ? ExitCode.BadConfiguration : ExitCode.Failed;
}
