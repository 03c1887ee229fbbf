using Microsoft.Extensions.Options;

namespace FileMonitor.Durable.State;

/// <summary>What was asked for on the builder of a monitor, kept as named options, so that the order of the calls does not matter.</summary>
internal sealed class DurableStateParts
{
    /// <summary>Whether the monitor has durable state.</summary>
    public bool IsAdded { get; set; }

    public List<Func<IServiceProvider, IJournalConsumer>> Consumers { get; } = [];
}

/// <summary>Refuses a monitor that has a consumer of its journal and no journal.</summary>
internal sealed class DurableStateCheck(string monitor, IOptionsMonitor<DurableStateParts> parts) : IValidateOptions<FileMonitorOptions>
{
    public ValidateOptionsResult Validate(string? name, FileMonitorOptions options) =>
        name != monitor || parts.Get(monitor) is not { IsAdded: false, Consumers.Count: > 0 }
            ? ValidateOptionsResult.Skip
            : ValidateOptionsResult.Fail($"The monitor '{monitor}' has a consumer of its journal and no durable state, so no journal: call AddDurableState, too.");
}
