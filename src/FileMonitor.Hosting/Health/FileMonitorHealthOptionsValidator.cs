using Microsoft.Extensions.Options;

namespace FileMonitor.Hosting.Health;

/// <summary>Refuses invalid thresholds, all at once, each with the name of the check.</summary>
internal sealed class FileMonitorHealthOptionsValidator : IValidateOptions<FileMonitorHealthOptions>
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    public ValidateOptionsResult Validate(string? name, FileMonitorHealthOptions options)
    {
        var errors = new List<string>();

        // Written so that NaN is refused, too.
        if (!(options.QueueFill is > 0 and <= 1))
        {
            errors.Add(Words.Invariant($"Health check \"{name}\": QueueFill ({options.QueueFill}) is out of range: use more than 0, and at most 1."));
        }

        CheckRange(name, nameof(options.RootLostAfter), options.RootLostAfter, errors);
        CheckRange(name, nameof(options.SourceDeadAfter), options.SourceDeadAfter, errors);
        CheckRange(name, nameof(options.DeliveryFailedAfter), options.DeliveryFailedAfter, errors);
        CheckRange(name, nameof(options.StalledAfter), options.StalledAfter, errors);
        if (options.StalledAfter == TimeSpan.Zero)
        {
            errors.Add($"Health check \"{name}\": StalledAfter is 0, and something always waits a moment: use more.");
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static void CheckRange(string? check, string name, TimeSpan value, List<string> errors)
    {
        if (value < TimeSpan.Zero || value > Longest)
        {
            errors.Add(Words.Invariant($"Health check \"{check}\": {name} ({value:c}) is out of range: use {TimeSpan.Zero:c} to {Longest:c}."));
        }
    }
}
