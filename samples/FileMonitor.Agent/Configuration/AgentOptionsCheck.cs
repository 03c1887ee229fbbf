using Microsoft.Extensions.Options;

namespace FileMonitor.Agent;

/// <summary>Reports the errors of the agent's options together with those of the monitors' options.</summary>
internal sealed class AgentOptionsCheck(IReadOnlyList<string> errors) : IValidateOptions<AgentOptions>
{
    public ValidateOptionsResult Validate(string? name, AgentOptions options) =>
        errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
}
