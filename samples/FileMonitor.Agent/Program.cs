using FileMonitor.Agent;

await using var agent = AgentHost.Create(args);
await agent.RunAsync();
