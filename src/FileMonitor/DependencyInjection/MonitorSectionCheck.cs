using FileMonitor.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace FileMonitor;

/// <summary>
/// Says what in the section of a monitor cannot be read. A check of its own, beside that of the options, so that the host gets both at once. Reads the section anew, into options that
/// nobody uses.
/// </summary>
internal sealed class MonitorSectionCheck(string monitor, IConfiguration section) : IValidateOptions<FileMonitorOptions>
{
    public ValidateOptionsResult Validate(string? name, FileMonitorOptions options)
    {
        if ((name ?? Options.DefaultName) != monitor)
        {
            return ValidateOptionsResult.Skip;
        }

        var errors = MonitorSection.Read(section, new FileMonitorOptions());
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(monitor.Length == 0 ? errors : errors.Select(error => $"File monitor \"{monitor}\": {error}"));
    }
}
