using FileMonitor.Cli;

return await CommandLine.RunAsync(RawArguments.Restore(args), StandardStreams.OfThisProcess());
