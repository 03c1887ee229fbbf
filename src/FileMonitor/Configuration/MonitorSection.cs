using Microsoft.Extensions.Configuration;

namespace FileMonitor.Configuration;

/// <summary>What a section of a configuration says about a monitor: all options, by the names that they have in code.</summary>
internal static class MonitorSection
{
    /// <summary>Sets the options that the section has; what cannot be read keeps its value.</summary>
    /// <returns>A sentence for each key that is no option, and for each value that cannot be read. Ranges are not checked.</returns>
    public static IReadOnlyList<string> Read(IConfiguration section, FileMonitorOptions options)
    {
        var errors = new List<string>();
        Keys(options).Read(section, errors);
        return errors;
    }

    private static SectionKeys Keys(FileMonitorOptions options) => new SectionKeys()
        .Sections("Roots", () => Added(options), first: "Path")
        .Section("Debounce", Keys(options.Debounce))
        .Section("Checksum", Keys(options.Checksum))
        .Section("Queue", new SectionKeys()
            .Number<int>("Capacity", value => options.Queue.Capacity = value)
            .Number<int>("MaxPendingPaths", value => options.Queue.MaxPendingPaths = value))
        .Section("Report", new SectionKeys()
            .Switch("Directories", value => options.Report.Directories = value)
            .Name<ItemAttributes>("AttributeChanges", value => options.Report.AttributeChanges = value)
            .Switch("Transients", value => options.Report.Transients = value)
            .Switch("Baseline", value => options.Report.Baseline = value))
        .Section("TextDiff", Keys(options.TextDiff))
        .Section("Readers", new SectionKeys()
            .Number<int>("BufferCapacity", value => options.Readers.BufferCapacity = value)
            .Duration("Patience", value => options.Readers.Patience = value))
        .Section("Sinks", Keys(options.Sinks))
        .Section("Recovery", new SectionKeys()
            .Duration("ReconcileInterval", value => options.Recovery.ReconcileInterval = value)
            .Number<int>("EntriesPerSecond", value => options.Recovery.EntriesPerSecond = value)
            .Duration("RootCheckInterval", value => options.Recovery.RootCheckInterval = value))
        .Section("Polling", new SectionKeys().Duration("Interval", value => options.Polling.Interval = value))
        .Switch("RootsMustExist", value => options.RootsMustExist = value)
        .Name<ChangeSourceKind>("Source", value => options.Source = value)
        .Switch("RequireSource", value => options.RequireSource = value)
        .Number<int>("MaxEventsPerSecond", value => options.MaxEventsPerSecond = value)
        .Duration("ShutdownTimeout", value => options.ShutdownTimeout = value)
        .Duration("FlushTimeout", value => options.FlushTimeout = value)
        .Duration("VerifyTimeout", value => options.VerifyTimeout = value);

    private static SectionKeys Keys(DebounceOptions debounce) => new SectionKeys()
        .Duration("QuietPeriod", value => debounce.QuietPeriod = value)
        .Duration("MaxDelay", value => debounce.MaxDelay = value)
        .Duration("FinishedDelay", value => debounce.FinishedDelay = value)
        .Duration("MaxHold", value => debounce.MaxHold = value)
        .Duration("StabilityPeriod", value => debounce.StabilityPeriod = value)
        .Switch("DetectWriters", value => debounce.DetectWriters = value);

    private static SectionKeys Keys(ChecksumOptions checksum) => new SectionKeys()
        .Switch("Enabled", value => checksum.Enabled = value)
        .Number<long>("MaxFileBytes", value => checksum.MaxFileBytes = value)
        .Number<int>("Concurrency", value => checksum.Concurrency = value)
        .Number<long>("BytesPerSecond", value => checksum.BytesPerSecond = value)
        .Number<int>("Attempts", value => checksum.Attempts = value)
        .Duration("ReadTimeout", value => checksum.ReadTimeout = value)
        .Switch("Baseline", value => checksum.Baseline = value);

    private static SectionKeys Keys(TextDiffOptions diff) => new SectionKeys()
        .List("Include", diff.Include)
        .List("Ignore", diff.Ignore)
        .Number<int>("MaxFileBytes", value => diff.MaxFileBytes = value)
        .Number<int>("MaxCharacters", value => diff.MaxCharacters = value)
        .Number<long>("MaxMemoryBytes", value => diff.MaxMemoryBytes = value);

    private static SectionKeys Keys(SinkOptions sinks) => new SectionKeys()
        .Number<int>("MaxBatch", value => sinks.MaxBatch = value)
        .Duration("WriteTimeout", value => sinks.WriteTimeout = value)
        .Number<int>("Retries", value => sinks.Retries = value)
        .Number<int>("BufferCapacity", value => sinks.BufferCapacity = value)
        .Duration("BreakDuration", value => sinks.BreakDuration = value);

    private static SectionKeys Added(FileMonitorOptions options)
    {
        var root = new RootOptions();
        options.Roots.Add(root);
        return new SectionKeys()
            .Text("Path", value => root.Path = value)
            .Switch("IsFile", value => root.IsFile = value)
            .Switch("Recursive", value => root.Recursive = value)
            .Number<int>("MaxDepth", value => root.MaxDepth = value)
            .Name<ReportWhen>("ReportWhen", value => root.ReportWhen = value)
            .Name<ChangeSourceKind>("Source", value => root.Source = value)
            .List("Include", root.Include)
            .List("Ignore", root.Ignore)
            .List("FollowLinksInto", root.FollowLinksInto)
            .Name<IgnorePresets>("IgnorePresets", value => root.IgnorePresets = value)
            .Section("Debounce", new SectionKeys()
                .Duration("QuietPeriod", value => root.Debounce.QuietPeriod = value)
                .Duration("MaxDelay", value => root.Debounce.MaxDelay = value)
                .Duration("FinishedDelay", value => root.Debounce.FinishedDelay = value)
                .Duration("MaxHold", value => root.Debounce.MaxHold = value)
                .Duration("StabilityPeriod", value => root.Debounce.StabilityPeriod = value))
            .Section("Checksum", new SectionKeys()
                .Switch("Enabled", value => root.Checksum.Enabled = value)
                .Number<long>("MaxFileBytes", value => root.Checksum.MaxFileBytes = value)
                .Switch("Baseline", value => root.Checksum.Baseline = value))
            .Section("Report", new SectionKeys()
                .Switch("Directories", value => root.Report.Directories = value)
                .Name<ItemAttributes>("AttributeChanges", value => root.Report.AttributeChanges = value)
                .Switch("Transients", value => root.Report.Transients = value)
                .Switch("Baseline", value => root.Report.Baseline = value));
    }
}
