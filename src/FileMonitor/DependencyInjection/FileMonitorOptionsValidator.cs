using Microsoft.Extensions.Options;

namespace FileMonitor;

/// <summary>Hands the errors of <see cref="FileMonitorOptions.GetErrors()"/> to the options framework, each with the monitor it concerns.</summary>
internal sealed class FileMonitorOptionsValidator : IValidateOptions<FileMonitorOptions>
{
    public ValidateOptionsResult Validate(string? name, FileMonitorOptions options)
    {
        var errors = options.GetErrors();
        if (errors.Count == 0)
        {
            return ValidateOptionsResult.Success;
        }

        // A host with several monitors sees the messages only, without the name of the options they came from.
        return ValidateOptionsResult.Fail(string.IsNullOrEmpty(name) ? errors : errors.Select(error => $"File monitor \"{name}\": {error}"));
    }
}
