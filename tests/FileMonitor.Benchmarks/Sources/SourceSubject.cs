namespace FileMonitor.Benchmarks.Sources;

/// <summary>One of the watchers that are compared.</summary>
/// <param name="Name">For <c>--only</c>.</param>
/// <param name="Source">For a monitor of ours, which source it is asked for.</param>
internal sealed record SourceSubject(string Name, string Title, ChangeSourceKind? Source = null, bool Sums = false)
{
    public const string Reader = "c";
    public const string Inotifywait = "inotifywait";
    public const string Raw = "raw";

    public static readonly SourceSubject[] All =
    [
        new(Raw, "raw FileSystemWatcher"),
        new("fsw", "FileMonitor, FileSystemWatcher", ChangeSourceKind.FileSystemWatcher),
        new("inotify", "FileMonitor, Inotify", ChangeSourceKind.Inotify),
        new("inotify-sums", "FileMonitor, Inotify, checksums", ChangeSourceKind.Inotify, Sums: true),
        new("fanotify", "FileMonitor, Fanotify", ChangeSourceKind.Fanotify),
        new(Inotifywait, "inotifywait -m -r"),
        new(Reader, "C reader"),
    ];

    public bool IsOurs => Source is not null;

    /// <summary>Null when it can be started; otherwise what is missing.</summary>
    public string? WhyNot(string? reader) => Name switch
    {
        Reader when !File.Exists(reader) => "skipped: it is not built (`make bench-sources` builds it where there is gcc; `--reader` names it)",
        Inotifywait when !IsInstalled(Inotifywait) => "skipped: not installed (package inotify-tools)",
        _ => null,
    };

    public SourceWatcher Start(string directory, string? reader) => Name switch
    {
        // The events the C reader asks for too: without, it reports each open and each read as well.
        Inotifywait => SourceWatcher.Start(Inotifywait, "-m", "-r", "--format", "%c|%e|%w%f", "-e", "create,modify,close_write,delete,move,attrib,delete_self", directory),
        Reader => SourceWatcher.Start(reader!, directory),
        Raw => SourceWatcher.Start(Environment.ProcessPath!, "sources-raw", directory),
        _ => SourceWatcher.Start(Environment.ProcessPath!, "sources-monitor", directory, Source.ToString()!, Sums ? "sums" : "no-sums"),
    };

    /// <summary>Whether the watcher that runs is the one that was asked for.</summary>
    public bool IsActive(SourceWatcher watcher) => Source is null || string.Equals(watcher.Active.FirstOrDefault(), Source.ToString(), StringComparison.OrdinalIgnoreCase);

    public static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(directory => File.Exists(Path.Join(directory, program)));
}
