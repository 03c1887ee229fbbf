using FileMonitor.Agent;
using FileMonitor.Collector;
using FileMonitor.Collector.Configuration;
using FileMonitor.Values;
using Microsoft.Extensions.Options;

var errors = new List<string>();
var commandLine = new CollectorCommandLine(args, errors);
if (commandLine.IsHelp)
{
    Console.Write(CollectorCommandLine.Help);
    return ExitCode.Done;
}

try
{
    await using var collector = CollectorHost.Create(commandLine, errors);
    if (commandLine.IsCheck)
    {
        Console.WriteLine("The configuration is right.");
        return ExitCode.Done;
    }

    await collector.RunAsync();
    return ExitCode.Done;
}
catch (OptionsValidationException wrong)
{
    foreach (var failure in wrong.Failures)
    {
        Say(failure);
    }

    return ExitCode.BadConfiguration;
}
catch (Exception failure) when (failure is IOException or InvalidDataException or UnauthorizedAccessException)
{
    Say(failure.Message);
    return failure is InvalidDataException ? ExitCode.BadConfiguration : ExitCode.Failed;
}

static void Say(string sentence) => Console.Error.WriteLine($"filemonitor-collector: {TerminalText.Neutralise(sentence)}");
