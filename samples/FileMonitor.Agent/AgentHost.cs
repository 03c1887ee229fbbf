namespace FileMonitor.Agent;

/// <summary>Puts the agent together: configuration, monitors, endpoints.</summary>
internal static class AgentHost
{
    /// <summary>The agent, ready to run.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="configure">For tests: the last word on configuration and services.</param>
    public static WebApplication Create(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        // Beside the binary, not in the directory the process happens to be started in.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        configure?.Invoke(builder);
        var agent = builder.Build();
        agent.UseDefaultFiles();
        agent.UseStaticFiles();
        return agent;
    }
}
