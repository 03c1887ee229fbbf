// Checks the documents of a repository: `dotnet run --file .ci/CheckDocs.cs -- TOP OUTPUT`
//
// - Every relative link of README.md and of the other *.md files resolves, with its #heading.
// - A version that `dotnet add package` of a document names is the one of Directory.Packages.props.
// - Every ```csharp block becomes a .cs file in OUTPUT, which tests/FileMonitor.DocsSamples compiles. Its errors name line and document.
//   So does the <code> of every <example> in the documentation comments of src.
//
// A block may hold using directives, statements (they may await) and types, in this order, or only members (the first line begins with
// an access modifier). What it may use without declaring it stands in tests/FileMonitor.DocsSamples/Context.cs.
// A block that cannot compile says why: ```csharp ignore: reason

using System.Text;
using System.Text.RegularExpressions;

if (args is not [var top, var output])
{
    Console.Error.WriteLine("usage: CheckDocs TOP OUTPUT");
    return 2;
}

top = Path.GetFullPath(top);
var documents = Directory.EnumerateFiles(top, "*.md")
    .Concat(Folder("docs")).Concat(Folder("samples")).Concat(Folder("src"))
    .Where(file => !Path.GetRelativePath(top, file).Split('/', '\\').Any(name => name is "artifacts" or "bin" or "obj"))
    .Order(StringComparer.Ordinal)
    .ToDictionary(file => file, File.ReadAllLines);

var errors = documents.SelectMany(document => Links.Errors(top, document.Key, document.Value, documents)).ToList();

errors.AddRange(documents.SelectMany(document => PackageVersions.Errors(top, document.Key, document.Value)));

if (!documents.ContainsKey(Path.Join(top, "README.md")))
{
    errors.Add($"no README.md in {top}");
}

// Whatever was there is of an earlier state of the documents.
if (Directory.Exists(output))
{
    Directory.Delete(output, recursive: true);
}

Directory.CreateDirectory(output);
var samples = 0;
var examples = Directory.EnumerateFiles(Path.Join(top, "src"), "*.cs", SearchOption.AllDirectories)
    .Where(file => !Path.GetRelativePath(top, file).Split('/', '\\').Any(name => name is "bin" or "obj"))
    .Order(StringComparer.Ordinal)
    .SelectMany(file => Samples.InComments(top, file, File.ReadAllLines(file)));
foreach (var sample in documents.SelectMany(document => Samples.In(top, document.Key, document.Value)).Concat(examples))
{
    if (sample.Error is not null)
    {
        errors.Add($"{sample.Document}:{sample.Line}: {sample.Error}");
    }
    else if (sample.Code is not null)
    {
        samples++;
        File.WriteAllText(Path.Join(output, sample.Name + ".cs"), sample.Code);
    }
}

foreach (var error in errors)
{
    Console.Error.WriteLine(error);
}

Console.WriteLine($"{documents.Count} documents, {samples} samples, {errors.Count} errors");
return errors.Count == 0 ? 0 : 1;

IEnumerable<string> Folder(string name) =>
    Directory.Exists(Path.Join(top, name)) ? Directory.EnumerateFiles(Path.Join(top, name), "*.md", SearchOption.AllDirectories) : [];

/// <summary>The versions of packages that a reader is told to add.</summary>
internal static partial class PackageVersions
{
    public static IEnumerable<string> Errors(string top, string document, string[] lines)
    {
        var pinned = File.ReadAllText(Path.Join(top, "Directory.Packages.props"));
        for (var i = 0; i < lines.Length; i++)
        {
            if (Added().Match(lines[i]) is { Success: true } added
                && !pinned.Contains($"<PackageVersion Include=\"{added.Groups["package"].Value}\" Version=\"{added.Groups["version"].Value}\" />", StringComparison.Ordinal))
            {
                yield return $"{Path.GetRelativePath(top, document)}:{i + 1}: {added.Value} is not the version of Directory.Packages.props";
            }
        }
    }

    [GeneratedRegex("dotnet add package (?<package>[A-Za-z.]+) --version (?<version>[^ ]+)")]
    private static partial Regex Added();
}

/// <summary>Relative links and where they lead.</summary>
internal static partial class Links
{
    public static IEnumerable<string> Errors(string top, string document, string[] lines, IReadOnlyDictionary<string, string[]> documents)
    {
        foreach (var (line, number) in OutsideBlocks(lines))
        {
            foreach (Match link in LinkText().Matches(InlineCode().Replace(line, "")))
            {
                var parts = link.Groups["target"].Value.Split('#', 2);
                var file = parts[0].Length == 0
                    ? document
                    : Path.GetFullPath(Path.Join(Path.GetDirectoryName(document), Uri.UnescapeDataString(parts[0])));
                if (!File.Exists(file) && !Directory.Exists(file))
                {
                    yield return $"{Path.GetRelativePath(top, document)}:{number}: {link.Groups["target"].Value} does not exist";
                }
                else if (parts.Length == 2 && documents.TryGetValue(file, out var target) && !Headings(target).Contains(parts[1]))
                {
                    yield return $"{Path.GetRelativePath(top, document)}:{number}: {Path.GetRelativePath(top, file)} has no heading #{parts[1]}";
                }
            }
        }
    }

    private static IEnumerable<(string Line, int Number)> OutsideBlocks(string[] lines)
    {
        var inside = false;
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].TrimStart().StartsWith("```", StringComparison.Ordinal))
            {
                inside = !inside;
            }
            else if (!inside)
            {
                yield return (lines[i], i + 1);
            }
        }
    }

    /// <summary>The anchors GitHub makes: lower case, spaces to hyphens, punctuation gone, a number behind the second of the same name.</summary>
    private static HashSet<string> Headings(string[] lines)
    {
        var anchors = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (line, _) in OutsideBlocks(lines).Where(line => line.Line.StartsWith('#')))
        {
            var text = LinkInHeading().Replace(line.TrimStart('#').Trim(), "$1");
            var anchor = string.Concat(text.ToLowerInvariant().Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_')).Replace(' ', '-');
            for (var again = 1; !anchors.Add(again == 1 ? anchor : $"{anchor}-{again - 1}"); again++)
            {
            }
        }

        foreach (var named in lines.SelectMany(line => NamedAnchor().Matches(line)))
        {
            anchors.Add(named.Groups[1].Value);
        }

        return anchors;
    }

    // [text](target "title"), ![image](target), and [name]: target - but nothing with a scheme.
    [GeneratedRegex(@"(?:\]\(|^\[[^\]]+\]:\s*)<?(?![a-z][a-z0-9+.-]*:)(?<target>[^\s)>]+)", RegexOptions.IgnoreCase)]
    private static partial Regex LinkText();

    [GeneratedRegex("`[^`]*`")]
    private static partial Regex InlineCode();

    [GeneratedRegex(@"\[([^\]]*)\]\([^)]*\)")]
    private static partial Regex LinkInHeading();

    [GeneratedRegex("<a (?:id|name)=\"([^\"]+)\"")]
    private static partial Regex NamedAnchor();
}

/// <summary>A block of C# in a document; no code when it is ignored for a reason.</summary>
internal sealed record Sample(string Document, int Line, string? Code, string? Error)
{
    public string Name => $"{Samples.Identifier(Document)}_{Line}";
}

/// <summary>Finds blocks and makes each a file of its own.</summary>
internal static partial class Samples
{
    public static IEnumerable<Sample> In(string top, string file, string[] lines)
    {
        var document = Path.GetRelativePath(top, file).Replace('\\', '/');
        for (var i = 0; i < lines.Length; i++)
        {
            if (Fence().Match(lines[i]) is not { Success: true } fence)
            {
                continue;
            }

            var (first, note, indent) = (i + 1, fence.Groups["note"].Value.Trim(), fence.Groups["indent"].Length);
            var block = new List<string>();
            while (++i < lines.Length && lines[i].TrimStart() is not "```")
            {
                block.Add(lines[i].Length >= indent ? lines[i][indent..] : lines[i]);
            }

            yield return note switch
            {
                "" => new(document, first, Compose(file, document, first, block), null),
                _ when Ignored().IsMatch(note) => new(document, first, null, null),
                _ => new(document, first, null, $"'{note}' is no mark of a sample; write ```csharp, or ```csharp ignore: and the reason"),
            };
        }
    }

    public static IEnumerable<Sample> InComments(string top, string file, string[] lines)
    {
        var document = Path.GetRelativePath(top, file).Replace('\\', '/');
        for (var i = 0; i < lines.Length; i++)
        {
            if (!Comment().Match(lines[i]).Groups["text"].Value.Equals("<code>", StringComparison.Ordinal))
            {
                continue;
            }

            var first = i + 1;
            var block = new List<string>();
            while (++i < lines.Length && Comment().Match(lines[i]) is { Success: true } comment && comment.Groups["text"].Value != "</code>")
            {
                block.Add(System.Net.WebUtility.HtmlDecode(comment.Groups["text"].Value));
            }

            yield return new(document, first, Compose(file, document, first, block), null);
        }
    }

    public static string Identifier(string document) => NoIdentifier().Replace(document[..^3], "_");

    private static string Compose(string file, string document, int fence, List<string> block)
    {
        var usings = block.TakeWhile(line => line.Trim() is "" || line.StartsWith("//", StringComparison.Ordinal) || UsingDirective().IsMatch(line)).Count();
        var types = block.FindIndex(usings, line => TypeDeclaration().IsMatch(line));
        types = types < 0 ? block.Count : types;

        // Its attributes and its documentation belong to the type.
        while (types > usings && block[types - 1] is ['[' or '/', ..])
        {
            types--;
        }

        var statements = block[usings..types];
        var members = statements.Find(line => line is [not ('[' or '/'), ..]) is { } begin && Member().IsMatch(begin);
        var code = new StringBuilder("// Made from a document: change that.\n");
        Add(0, usings);
        code.Append("namespace Samples.").Append(Identifier(document)).Append('_').Append(fence).Append("\n{\n");
        if (statements.Exists(line => line.Trim().Length > 0))
        {
            code.Append("internal partial class Sample\n{\n").Append(members ? "" : "private async System.Threading.Tasks.Task RunAsync(string[] args)\n{\n");
            Add(usings, types);
            code.Append(members ? "" : "\n#line hidden\nawait System.Threading.Tasks.Task.CompletedTask;\n}\n").Append("}\n");
        }

        Add(types, block.Count);
        return code.Append("}\n").ToString();

        void Add(int from, int to)
        {
            if (from < to)
            {
                code.Append("#line ").Append(fence + from + 1).Append(" \"").Append(file).Append("\"\n");
                code.AppendJoin('\n', block[from..to]).Append("\n#line default\n");
            }
        }
    }

    [GeneratedRegex(@"^(?<indent>\s*)```(?:csharp|cs|c#)\b(?<note>.*)$", RegexOptions.IgnoreCase)]
    private static partial Regex Fence();

    [GeneratedRegex(@"^\s*/// ?(?<text>.*)$")]
    private static partial Regex Comment();

    [GeneratedRegex(@"^ignore:\s*\S")]
    private static partial Regex Ignored();

    [GeneratedRegex(@"^using\s+(static\s+)?[A-Z][\w.]*(\s*=\s*[\w.<>, ]+)?;")]
    private static partial Regex UsingDirective();

    [GeneratedRegex(@"^((public|internal|private|sealed|static|abstract|partial|readonly|file|ref)\s+)*(class|record|struct|interface|enum)\s+\w")]
    private static partial Regex TypeDeclaration();

    [GeneratedRegex(@"^(public|internal|protected|private)\s")]
    private static partial Regex Member();

    [GeneratedRegex(@"\W")]
    private static partial Regex NoIdentifier();
}
