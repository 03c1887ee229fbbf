using Microsoft.Extensions.Options;

namespace FileMonitor.Agent;

/// <summary>Says together with what is wrong with the monitors' options what was wrong when the agent's were read.</summary>
internal sealed class AgentOptionsCheck(IReadOnlyList<string> errors) : IValidateOptions<AgentOptions>
{
    public ValidateOptionsResult Validate(string? name, AgentOptions options) =>
        errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
}
