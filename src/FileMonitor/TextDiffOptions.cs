namespace FileMonitor;

/// <summary>
/// Which changes of small text files are told line by line, in <see cref="AuditEvent.TextDiff"/>. Off as long as <see cref="Include"/> is empty. Whoever reads the events reads
/// parts of these files: leave out files with secrets.
/// </summary>
public sealed class TextDiffOptions
{
    /// <summary>The largest value of <see cref="MaxFileBytes"/>: a file of this size is read in one piece.</summary>
    internal const int LargestFile = 256 * 1024 - 1;

    /// <summary>
    /// Globs of the files to compare, relative to each root (of a root that is a file, its name); empty (the default) for none. See docs/configuration.md for the syntax. These files are
    /// read at start, so that their first change has a diff, too.
    /// </summary>
    public IList<string> Include { get; private set; } = [];

    /// <summary>
    /// Globs of files that are never compared; they win over <see cref="Include"/>. Default: names that are usual for keys, passwords and other secrets, in any directory. Clear it to have none of these.
    /// </summary>
    public IList<string> Ignore { get; private set; } =
    [
        "*.key", "*.pem", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", "*.keytab", "*.gpg", "id_*", "*secret*", "*password*", "*passwd*", "*credential*", "*token*", "shadow*", "gshadow*",
        ".env", "*.env", ".env.*", ".netrc", ".pgpass", ".htpasswd",
    ];

    /// <summary>Larger files are not compared. In bytes, 1 to 262,143, default 65,536.</summary>
    public int MaxFileBytes { get; set; } = 64 * 1024;

    /// <summary>
    /// How long a diff may be; a longer one is cut off after a whole line, and its last line says so. In characters, 100 to 100,000, default 8,192. Events wait in memory, each with its diff.
    /// </summary>
    public int MaxCharacters { get; set; } = 8 * 1024;

    /// <summary>
    /// How many bytes of content are remembered for the next comparison, over all files. Range <see cref="MaxFileBytes"/> to 10 GiB, default 64 MiB. Where the files have more, the next change of those that
    /// were not read for longest has no diff.
    /// </summary>
    public long MaxMemoryBytes { get; set; } = 64 * 1024 * 1024;

    internal TextDiffOptions Copy()
    {
        var copy = (TextDiffOptions)MemberwiseClone();
        (copy.Include, copy.Ignore) = ([.. Include], [.. Ignore]);
        return copy;
    }
}
