using Microsoft.Extensions.Options;

namespace FileMonitor;

/// <summary>Passes the errors of <see cref="FileMonitorOptions.GetErrors()"/> to the options framework, with the name of the monitor.</summary>
internal sealed class FileMonitorOptionsValidator : IValidateOptions<FileMonitorOptions>
{
    /// <param name="registered">Made together with this, because a host makes nothing else of a monitor that it forgets.</param>
    public FileMonitorOptionsValidator(RegisteredMonitors registered) => _ = registered;

    public ValidateOptionsResult Validate(string? name, FileMonitorOptions options)
    {
        var errors = options.GetErrors();
        if (errors.Count == 0)
        {
            return ValidateOptionsResult.Success;
        }

        // The host sees only the messages, without the name of the options they came from.
        return ValidateOptionsResult.Fail(string.IsNullOrEmpty(name) ? errors : errors.Select(error => $"File monitor \"{name}\": {error}"));
    }
}
