namespace FileMonitor.AcceptanceTests;

/// <summary>
/// Operations on a <see cref="WatchedDirectory"/> as a line of text, and its events in the same words. A path that begins with <c>/</c>
/// lies outside what is watched.
/// </summary>
/// <remarks>
/// Operations, separated by <c>;</c>: <c>write path text</c>, <c>append path text</c>, <c>mkdir path</c> (with those above),
/// <c>rm path</c> (with all below), <c>mv from to</c> (over what is there), <c>ln path target</c>, <c>cat path</c>.
/// Events, separated by spaces: <c>C f=text</c> Created, <c>M f=text&lt;before</c> Modified, <c>D f=text</c> Deleted,
/// <c>R from&gt;to=text!replaced</c> Renamed; a directory ends with <c>/</c>, a link with <c>@</c>. Text stands for its checksum.
/// </remarks>
internal sealed class DirectoryScript(WatchedDirectory watched)
{
    private readonly Dictionary<string, string> _texts = [];

    public void Run(string operations)
    {
        foreach (var operation in operations.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var words = operation.Split(' ');
            RunOne(words[0], PathOf(words[1]), words.Length > 2 ? words[2] : "");
        }
    }

    /// <summary>The events in words, in the order of the paths and, for one path, of the events.</summary>
    public string Describe(IEnumerable<AuditEvent> events) =>
        string.Join(' ', events.OrderBy(one => one.RelativePath, StringComparer.Ordinal).ThenBy(one => one.Sequence).Select(Describe));

    private void RunOne(string verb, string path, string argument)
    {
        switch (verb)
        {
            case "write":
                Remember(argument);
                File.WriteAllText(path, argument);
                break;
            case "append":
                File.AppendAllText(path, argument);
                Remember(File.ReadAllText(path));
                break;
            case "mkdir":
                Directory.CreateDirectory(path);
                break;
            case "rm" when Directory.Exists(path):
                Directory.Delete(path, recursive: true);
                break;
            case "rm":
                File.Delete(path);
                break;
            case "mv" when Directory.Exists(path):
                Directory.Move(path, PathOf(argument));
                break;
            case "mv":
                SkipUnlessRenamed(path, PathOf(argument));
                File.Move(path, PathOf(argument), overwrite: true);
                break;
            case "ln":
                SystemLimits.SkipUnlessLinksCanBeMade();
                File.CreateSymbolicLink(path, argument);
                break;
            case "cat":
                Remember(File.ReadAllText(path));
                break;
            default:
                throw new ArgumentException($"What is '{verb}'?", nameof(verb));
        }
    }

    private static void SkipUnlessRenamed(string from, string to)
    {
        if (from.Equals(to, StringComparison.OrdinalIgnoreCase))
        {
            SystemLimits.SkipWhereNamesOfOtherCaseAreNotRenamed();
        }
    }

    private string PathOf(string path) => path[0] == '/' ? Path.Join(watched.Outside, path[1..]) : watched.PathOf(path);

    private void Remember(string text) => _texts[Content.Sha256(text)] = text;

    private string Describe(AuditEvent one)
    {
        var suffix = one.ItemType switch
        {
            ItemType.Directory => "/",
            ItemType.SymbolicLink => "@",
            _ => "",
        };
        var from = one.OldRelativePath is null ? "" : $"{one.OldRelativePath}{suffix}>";
        var content = one.ItemType == ItemType.File ? "=" + TextOf(one.Sha256) : "";
        var before = one.PreviousSha256 is null ? "" : "<" + TextOf(one.PreviousSha256);
        var replaced = one.ReplacedSha256 is null ? "" : "!" + TextOf(one.ReplacedSha256);
        return $"{one.Kind.ToString()[0]} {from}{one.RelativePath}{suffix}{content}{before}{replaced}";
    }

    private string TextOf(string? sha256) => sha256 is null ? "?" : _texts.GetValueOrDefault(sha256, sha256);
}
