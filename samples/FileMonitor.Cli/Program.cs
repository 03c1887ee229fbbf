using FileMonitor.Cli;

// First, because what follows opens files.
return DescriptorLimit.IsEnough("filemonitor", DescriptorLimit.LeastOfCommand) ? await CommandLine.RunAsync(RawArguments.Restore(args), StandardStreams.OfThisProcess()) : ExitCode.Failed;
