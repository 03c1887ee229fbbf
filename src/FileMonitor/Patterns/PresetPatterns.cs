namespace FileMonitor.Patterns;

/// <summary>The patterns behind <c>IgnorePresets</c>. docs/configuration.md lists them.</summary>
internal static class PresetPatterns
{
    /// <summary>Only names that no document has: a preset must not hide the file that is edited.</summary>
    public static IReadOnlyList<string> EditorTemporaryFiles { get; } =
    [
        ".*.sw[a-p]", "*~", "#*#", ".#*", "~$*", "~WR[DL]*.tmp", ".~lock.*#", "*___jb_tmp___", "*___jb_old___", ".goutputstream-*", ".*.kate-swp", "*.sb-????????-??????",
    ];

    public static IReadOnlyList<string> VersionControl { get; } = [".git", ".hg", ".svn", ".bzr", ".jj", ".pijul", "_darcs", "CVS"];
}
