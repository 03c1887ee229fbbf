namespace FileMonitor.Hosting;

/// <summary>How a host runs a monitor.</summary>
public sealed class FileMonitorHostingOptions
{
    /// <summary>
    /// Whether the host stops when the monitor ends by an error while it runs. Default false: the error is logged as critical, readers get the
    /// exception, and health is Unhealthy. With true the host is also stopped, and its run ends with an exception, so that a
    /// service manager starts the program again.
    /// </summary>
    /// <remarks>
    /// A monitor that cannot start fails the start of the host either way. A <c>BackgroundService</c> that reads the monitor gets the
    /// exception, and by the host's own default that stops the host, too.
    /// </remarks>
    public bool StopHostOnFault { get; set; }
}
