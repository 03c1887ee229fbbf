namespace FileMonitor.Extending;

/// <summary>How one root is watched: what its <see cref="RootOptions"/> say, and where they say nothing, what is set for the whole monitor. Immutable.</summary>
internal sealed record RootSettings
{
    private RootSettings(FileMonitorOptions options, RootOptions root)
    {
        Recursive = root.Recursive && !root.IsFile;
        MaxDepth = root.MaxDepth ?? int.MaxValue;
        ReportWhen = root.ReportWhen;
        Source = root.Source ?? options.Source;
        (FollowLinksInto, FollowedFrom) = (root.FollowLinksInto.Count == 0 ? [] : [.. root.FollowLinksInto], root.FollowedFrom);

        var debounce = root.Debounce.Over(options.Debounce);
        (QuietPeriod, MaxDelay, FinishedDelay) = (debounce.QuietPeriod, debounce.MaxDelay, debounce.FinishedDelay);
        (MaxHold, StabilityPeriod) = (debounce.MaxHold, debounce.StabilityPeriod);
        DetectWriters = AsksForWriters(options, ReportWhen == ReportWhen.Closed);

        var (checksum, report) = (root.Checksum, root.Report);
        Checksums = checksum.Enabled ?? options.Checksum.Enabled;
        MaxFileBytes = checksum.MaxFileBytes ?? options.Checksum.MaxFileBytes ?? long.MaxValue;

        // Of a file, only another content counts as a change, so its content has to be known.
        HashesBaseline = Checksums && ((checksum.Baseline ?? options.Checksum.Baseline) || root.IsFile);
        ReportDirectories = report.Directories ?? options.Report.Directories;
        ReportAttributes = report.AttributeChanges ?? options.Report.AttributeChanges;
        ReportTransients = report.Transients ?? options.Report.Transients;
        ReportBaseline = report.Baseline ?? options.Report.Baseline;
    }

    /// <summary>The settings of a root with nothing but defaults.</summary>
    public static RootSettings Default { get; } = Of(new FileMonitorOptions(), new RootOptions());

    /// <summary>
    /// Whether files are asked for their writers. On Windows nobody can open a file for writing while it is asked, so it is only asked where a root
    /// needs the answer.
    /// </summary>
    public static bool AsksForWriters(FileMonitorOptions options, bool isNeeded) => options.Debounce.DetectWriters && (isNeeded || !OperatingSystem.IsWindows());

    public bool Recursive { get; init; }

    /// <summary>How many levels of names below the root are watched.</summary>
    public int MaxDepth { get => Recursive ? field : 1; init; }

    /// <summary>The directories into which links are followed.</summary>
    public IReadOnlyList<string> FollowLinksInto { get; init; }

    /// <summary>The link through which the root is watched; null for a root of the host.</summary>
    public string? FollowedFrom { get; init; }

    public ReportWhen ReportWhen { get; init; }

    public ChangeSourceKind Source { get; init; }

    public TimeSpan QuietPeriod { get; init; }

    public TimeSpan MaxDelay { get; init; }

    public TimeSpan FinishedDelay { get; init; }

    public TimeSpan MaxHold { get; init; }

    public TimeSpan StabilityPeriod { get; init; }

    public bool DetectWriters { get; init; }

    public bool Checksums { get; init; }

    /// <summary>Whether files that are there at start are read.</summary>
    public bool HashesBaseline { get; init; }

    public long MaxFileBytes { get; init; }

    public bool ReportDirectories { get; init; }

    /// <summary>The metadata whose changes are reported.</summary>
    public ItemAttributes ReportAttributes { get; init; }

    /// <summary>Whether extended attributes are read.</summary>
    public bool ReadsExtendedAttributes => ReadExtendedAttributes(ReportAttributes);

    /// <summary>Whether extended attributes are read where changes of these are reported.</summary>
    public static bool ReadExtendedAttributes(ItemAttributes reported) => (reported & ItemAttributes.AllMetadata & ~(ItemAttributes.Permissions | ItemAttributes.LastWriteTime)) != 0;

    public bool ReportTransients { get; init; }

    public bool ReportBaseline { get; init; }

    public static RootSettings Of(FileMonitorOptions options, RootOptions root) => new(options, root);

    /// <summary>Whether the item is a file that gets a checksum.</summary>
    public bool NeedsReading(in FileStatus status) => Checksums && status.ItemType == ItemType.File && status.Size <= MaxFileBytes;

    /// <summary>The status of an item that is not read.</summary>
    public ChecksumStatus StatusWithoutReading(in FileStatus status) =>
        status.ItemType != ItemType.File ? ChecksumStatus.NotApplicable
        : Checksums ? ChecksumStatus.TooLarge
        : ChecksumStatus.Disabled;
}
