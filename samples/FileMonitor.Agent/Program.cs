using FileMonitor.Agent;
using FileMonitor.Agent.Reload;

// First, and in a method that needs nothing else: a hang-up ends the process until here, and loading what a larger method names takes a moment.
using var reloads = ReloadRequests.OfSignal();
return await AgentRun.RunAsync(args, reloads);
