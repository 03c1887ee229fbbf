namespace FileMonitor.AcceptanceTests.FileRoots;

/// <summary>
/// One way in which the content behind <c>app/config.json</c> changes, below a directory of the test's own. The tests of the file provider use the same table.
/// </summary>
/// <param name="Name">What happens, as a row of the table.</param>
/// <param name="Prepare">Makes what is there before.</param>
/// <param name="Change">Changes it.</param>
/// <param name="Kind">The one event.</param>
/// <param name="Content">What is at the path afterwards; null when nothing is.</param>
/// <param name="NeedsCheck">Whether no watched name changes, so that the check at intervals finds it.</param>
public sealed record FileScenario(string Name, Action<string> Prepare, Action<string> Change, AuditEventKind Kind, string? Content, bool NeedsCheck = false)
{
    /// <summary>The file, below the test's directory.</summary>
    public const string File = "app/config.json";

    /// <summary>The content before, where there is one.</summary>
    public const string Before = """{ "Value": "one" }""";

    /// <summary>The content after, where there is one.</summary>
    public const string After = """{ "Value": "two" }""";

    /// <summary>Every way.</summary>
    public static IReadOnlyList<FileScenario> All { get; } =
    [
        new("Written in place", Plain, home => Write(home, File, After), AuditEventKind.Modified, After),
        new("Saved atomically", Plain, home => Save(home, File, After), AuditEventKind.Modified, After),
        new("Made later", home => Make(home, "app"), home => Save(home, File, After), AuditEventKind.Created, After),
        new("Its directory is made later", static _ => { }, home => { Make(home, "app"); Save(home, File, After); }, AuditEventKind.Created, After),
        new("Deleted", Plain, home => System.IO.File.Delete(At(home, File)), AuditEventKind.Deleted, null),
        new("The link at its name leads to another file", Linked, home => Relink(home, File, "../b.json"), AuditEventKind.Modified, After),
        new("The file behind the link is written", Linked, home => Write(home, "a.json", After), AuditEventKind.Modified, After),
        new("The file behind the link is saved atomically", Linked, home => Save(home, "a.json", After), AuditEventKind.Modified, After),
        new("A ConfigMap of Kubernetes is updated", ConfigMap, UpdateConfigMap, AuditEventKind.Modified, After),
        new("The link of a directory above leads elsewhere", Releases, home => Relink(home, "app", "releases/2"), AuditEventKind.Modified, After),
        new("The target of a link that led nowhere is made", home => { Make(home, "app"); Link(home, File, "../later/config.json"); }, home => { Make(home, "later"); Save(home, "later/config.json", After); }, AuditEventKind.Created, After),
        new("The file is replaced by a link", home => { Plain(home); Write(home, "b.json", After); }, home => Relink(home, File, "../b.json"), AuditEventKind.Modified, After),
        new("Its directory is replaced by another one", home => { Plain(home); Make(home, "new"); Write(home, "new/config.json", After); }, ReplaceDirectory, AuditEventKind.Modified, After, NeedsCheck: true),
    ];

    private static string At(string home, string path) => Path.Join(home, path);

    private static void Make(string home, string directory) => Directory.CreateDirectory(At(home, directory));

    private static void Write(string home, string path, string content) => System.IO.File.WriteAllText(At(home, path), content);

    /// <summary>As editors save: another file, renamed over it.</summary>
    public static void Save(string home, string path, string content)
    {
        Write(home, path + ".tmp", content);
        System.IO.File.Move(At(home, path + ".tmp"), At(home, path), overwrite: true);
    }

    private static void Link(string home, string path, string target) => System.IO.File.CreateSymbolicLink(At(home, path), target);

    /// <summary>As <c>ln -sfn</c>: another link, renamed over it.</summary>
    private static void Relink(string home, string path, string target)
    {
        Link(home, path + ".new", target);
        UnixCalls.Rename(At(home, path + ".new"), At(home, path));
    }

    private static void Plain(string home)
    {
        Make(home, "app");
        Write(home, File, Before);
    }

    private static void Linked(string home)
    {
        Make(home, "app");
        Write(home, "a.json", Before);
        Write(home, "b.json", After);
        Link(home, File, "../a.json");
    }

    private static void Releases(string home)
    {
        Make(home, "releases/1");
        Make(home, "releases/2");
        Write(home, "releases/1/config.json", Before);
        Write(home, "releases/2/config.json", After);
        Link(home, "app", "releases/1");
    }

    private static void ConfigMap(string home)
    {
        Make(home, "app/..2026_01_01");
        Write(home, "app/..2026_01_01/config.json", Before);
        Link(home, "app/..data", "..2026_01_01");
        Link(home, File, "..data/config.json");
    }

    /// <summary>As the kubelet does: a directory with a new name, a link renamed over the old one, the old directory removed.</summary>
    private static void UpdateConfigMap(string home)
    {
        Make(home, "app/..2026_01_02");
        Write(home, "app/..2026_01_02/config.json", After);
        Relink(home, "app/..data", "..2026_01_02");
        Directory.Delete(At(home, "app/..2026_01_01"), recursive: true);
    }

    private static void ReplaceDirectory(string home)
    {
        UnixCalls.ExchangeNames(At(home, "app"), At(home, "new"));
    }
}
