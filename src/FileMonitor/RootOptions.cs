using FileMonitor.Patterns;

namespace FileMonitor;

/// <summary>One directory, or one file, to watch.</summary>
public sealed class RootOptions
{
    /// <summary>The directory: an absolute path. A symbolic link here is followed at start, and again when it leads to another directory.</summary>
    public string Path { get; set; } = "";

    /// <summary>Whether <see cref="Path"/> names one file, as <see cref="FileMonitorOptions.AddFile"/> says. Default false: it names a directory.</summary>
    public bool IsFile { get; set; }

    /// <summary>Whether the contents of subdirectories are watched, too. Default true.</summary>
    public bool Recursive { get; set; } = true;

    /// <summary>
    /// How many levels below the root are watched: with 1 only what is directly in it, as with <see cref="Recursive"/> false; with 2 also what is in its
    /// subdirectories. Range 1 to 10,000, default null, all. What is deeper is ignored: a file that is moved there counts as deleted.
    /// </summary>
    public int? MaxDepth { get; set; }

    /// <summary>
    /// When new and changed files are reported. Default <see cref="ReportWhen.Quiet"/>; <see cref="ReportWhen.Closed"/> for hosts that process complete
    /// files.
    /// </summary>
    public ReportWhen ReportWhen { get; set; }

    /// <summary>How changes below this root are detected. Default null: as <see cref="FileMonitorOptions.Source"/> says.</summary>
    public ChangeSourceKind? Source { get; set; }

    /// <summary>
    /// Absolute paths of directories, with everything below them, into which symbolic links below this root are followed. Default empty: no link is followed. The directory
    /// that a link leads to is watched as a root of its own, with the other options of this root, and events name its real path
    /// (<see cref="RootHealth.FollowedFrom"/> names the link): so it is reported once however many links lead there. A link that leads elsewhere, or to a directory in which
    /// a root or another followed directory is, is not followed, which the log says (of the latter also <see cref="MonitorHealth.Degradations"/>); links to files never are. A directory stays
    /// followed until its link, or a link on the way, is gone or has another text: while the directory is away, it is lost like any root. A new link is followed within <see cref="RecoveryOptions.RootCheckInterval"/>; what is in the directory then is its
    /// baseline.
    /// </summary>
    public IList<string> FollowLinksInto { get; private set; } = [];

    /// <summary>The link through which the root is watched, an absolute path; null for a root of the host.</summary>
    internal string? FollowedFrom { get; set; }

    /// <summary>Globs of the files to report, relative to the root; empty (the default) for all. See docs/configuration.md for the syntax.</summary>
    public IList<string> Include { get; private set; } = [];

    /// <summary>Globs of files and directories to ignore; they win over <see cref="Include"/>. An ignored directory costs almost nothing.</summary>
    public IList<string> Ignore { get; private set; } = [];

    /// <summary>Further patterns to ignore, by the name of a group. Default <see cref="IgnorePresets.None"/>.</summary>
    public IgnorePresets IgnorePresets { get; set; }

    /// <summary>Delays of this root; what is null is as in <see cref="FileMonitorOptions.Debounce"/>.</summary>
    public RootDebounceOptions Debounce { get; private set; } = new();

    /// <summary>Which files of this root are hashed; what is null is as in <see cref="FileMonitorOptions.Checksum"/>.</summary>
    public RootChecksumOptions Checksum { get; private set; } = new();

    /// <summary>Which changes of this root are reported; what is null is as in <see cref="FileMonitorOptions.Report"/>.</summary>
    public RootReportOptions Report { get; private set; } = new();

    /// <summary>The patterns of <see cref="Ignore"/> and of the presets.</summary>
    internal IEnumerable<string> AllIgnored =>
    [
        .. Ignore,
        .. IgnorePresets.HasFlag(IgnorePresets.EditorTemporaryFiles) ? PresetPatterns.EditorTemporaryFiles : [],
        .. IgnorePresets.HasFlag(IgnorePresets.VersionControl) ? PresetPatterns.VersionControl : [],
    ];

    internal RootOptions Copy()
    {
        var copy = (RootOptions)MemberwiseClone();
        copy.Include = [.. Include];
        copy.Ignore = [.. Ignore];
        copy.FollowLinksInto = [.. FollowLinksInto];
        copy.Debounce = Debounce.Copy();
        copy.Checksum = Checksum.Copy();
        copy.Report = Report.Copy();
        return copy;
    }
}

/// <summary>The delays of one root; see <see cref="DebounceOptions"/> for what each means and for its range.</summary>
public sealed class RootDebounceOptions
{
    /// <summary>See <see cref="DebounceOptions.QuietPeriod"/>. Default null: as for the whole monitor.</summary>
    public TimeSpan? QuietPeriod { get; set; }

    /// <summary>See <see cref="DebounceOptions.MaxDelay"/>. Default null: as for the whole monitor.</summary>
    public TimeSpan? MaxDelay { get; set; }

    /// <summary>See <see cref="DebounceOptions.FinishedDelay"/>. Default null: as for the whole monitor.</summary>
    public TimeSpan? FinishedDelay { get; set; }

    /// <summary>See <see cref="DebounceOptions.MaxHold"/>. Default null: as for the whole monitor.</summary>
    public TimeSpan? MaxHold { get; set; }

    /// <summary>See <see cref="DebounceOptions.StabilityPeriod"/>. Default null: as for the whole monitor.</summary>
    public TimeSpan? StabilityPeriod { get; set; }

    /// <summary>The delays that are in effect: where this says nothing, those of the monitor.</summary>
    internal DebounceOptions Over(DebounceOptions monitor) => new()
    {
        QuietPeriod = QuietPeriod ?? monitor.QuietPeriod,
        MaxDelay = MaxDelay ?? monitor.MaxDelay,
        FinishedDelay = FinishedDelay ?? monitor.FinishedDelay,
        MaxHold = MaxHold ?? monitor.MaxHold,
        StabilityPeriod = StabilityPeriod ?? monitor.StabilityPeriod,
        DetectWriters = monitor.DetectWriters,
    };

    internal RootDebounceOptions Copy() => (RootDebounceOptions)MemberwiseClone();
}

/// <summary>Which files of one root are hashed; see <see cref="ChecksumOptions"/>.</summary>
public sealed class RootChecksumOptions
{
    /// <summary>See <see cref="ChecksumOptions.Enabled"/>. Default null: as for the whole monitor.</summary>
    public bool? Enabled { get; set; }

    /// <summary>
    /// See <see cref="ChecksumOptions.MaxFileBytes"/>. In bytes, from 0. Default null: as for the whole monitor; <see cref="long.MaxValue"/> for no limit where the
    /// monitor has one.
    /// </summary>
    public long? MaxFileBytes { get; set; }

    /// <summary>See <see cref="ChecksumOptions.Baseline"/>. Default null: as for the whole monitor. Of a root that is a file, the content is always hashed at start.</summary>
    public bool? Baseline { get; set; }

    internal RootChecksumOptions Copy() => (RootChecksumOptions)MemberwiseClone();
}

/// <summary>Which changes of one root are reported; see <see cref="ReportOptions"/>.</summary>
public sealed class RootReportOptions
{
    /// <summary>See <see cref="ReportOptions.Directories"/>. Default null: as for the whole monitor.</summary>
    public bool? Directories { get; set; }

    /// <summary>See <see cref="ReportOptions.AttributeChanges"/>. Default null: as for the whole monitor.</summary>
    public ItemAttributes? AttributeChanges { get; set; }

    /// <summary>See <see cref="ReportOptions.Transients"/>. Default null: as for the whole monitor.</summary>
    public bool? Transients { get; set; }

    /// <summary>See <see cref="ReportOptions.Baseline"/>. Default null: as for the whole monitor.</summary>
    public bool? Baseline { get; set; }

    internal RootReportOptions Copy() => (RootReportOptions)MemberwiseClone();
}
