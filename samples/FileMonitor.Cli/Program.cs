using FileMonitor.Cli;

// Before anything else: what comes next opens files.
return DescriptorLimit.IsEnough("filemonitor", DescriptorLimit.LeastOfCommand) ? await CommandLine.RunAsync(RawArguments.Restore(args), StandardStreams.OfThisProcess()) : ExitCode.Failed;
