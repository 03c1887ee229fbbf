// Checks the packages: `dotnet run --file .ci/CheckPackages.cs -- TOP PACKAGES`
//
// - For each project below TOP/src there is a package, with its assembly, its documentation, README, icon and symbols.
// - The nuspec says what a feed shows: licence, README, icon, project, repository, release notes, description.
// - The README has absolute links only, the line that installs the package, and examples of at most 12 lines.
// - The documentation is about public types only.
// - The tool is there: the command under its name, for every system with a runtime, with what a feed shows.

using System.IO.Compression;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using System.Xml.Linq;

if (args is not [var top, var packages])
{
    Console.Error.WriteLine("usage: CheckPackages TOP PACKAGES");
    return 2;
}

var ids = Directory.EnumerateFiles(Path.Join(top, "src"), "*.csproj", SearchOption.AllDirectories).Select(project => Path.GetFileNameWithoutExtension(project)).Order(StringComparer.Ordinal).ToList();
var errors = ids.Count == 0 ? [$"no project below {top}/src"] : ids.SelectMany(id => Package.Errors(id, packages).Select(error => $"{id}: {error}")).ToList();
errors.AddRange(Package.ErrorsOfTool("FileMonitor.Tool", packages).Select(error => $"FileMonitor.Tool: {error}"));
foreach (var error in errors)
{
    Console.Error.WriteLine(error);
}

Console.WriteLine($"{ids.Count} packages and a tool, {errors.Count} errors");
return errors.Count == 0 ? 0 : 1;

/// <summary>One package as a feed gets it.</summary>
internal static partial class Package
{
    private const int MostLinesOfExample = 12;
    private const int MostBytesOfIcon = 10 * 1024;

    // A sample of the systems: the native library of each.
    private static readonly string[] Systems =
    [
        "linux-x64/native/libe_sqlite3.so", "linux-musl-x64/native/libe_sqlite3.so", "linux-arm64/native/libe_sqlite3.so", "osx-arm64/native/libe_sqlite3.dylib", "win-x64/native/e_sqlite3.dll",
    ];

    public static IEnumerable<string> Errors(string id, string packages)
    {
        if (Find(id, packages) is not { } file)
        {
            return ["no package"];
        }

        using var package = ZipFile.OpenRead(file);
        string[] names = [$"{id}.nuspec", "README.md", "icon.png", $"lib/net10.0/{id}.dll", $"lib/net10.0/{id}.xml"];
        var missing = names.Where(name => package.GetEntry(name) is null).Select(name => $"{name} is missing").ToList();
        var symbols = Path.ChangeExtension(file, ".snupkg");
        if (!HasEntry(symbols, $"lib/net10.0/{id}.pdb"))
        {
            missing.Add("no symbols beside it");
        }

        return missing.Count > 0 ? missing :
        [
            .. InNuspec(XDocument.Parse(Text(package, names[0]))),
            .. InReadme(Text(package, names[1]), id),
            .. InExamples(Text(package, names[1])),
            .. InIcon(Bytes(package, names[2])),
            .. InDocumentation(XDocument.Parse(Text(package, names[4])), Bytes(package, names[3])),
        ];
    }

    public static IEnumerable<string> ErrorsOfTool(string id, string packages)
    {
        if (Find(id, packages) is not { } file)
        {
            return ["no package"];
        }

        const string Content = "tools/net10.0/any/";
        using var package = ZipFile.OpenRead(file);
        string[] names = [$"{id}.nuspec", "README.md", "icon.png", Content + "DotnetToolSettings.xml", .. Systems.Select(native => $"{Content}runtimes/{native}")];
        var missing = names.Where(name => package.GetEntry(name) is null).Select(name => $"{name} is missing").ToList();
        if (missing.Count > 0)
        {
            return missing;
        }

        var nuspec = XDocument.Parse(Text(package, names[0]));
        var command = XDocument.Parse(Text(package, names[3])).Descendants("Command").Single();
        return
        [
            .. InNuspec(nuspec),
            .. InReadme(Text(package, names[1]), id, install: "dotnet tool install --global"),
            .. InIcon(Bytes(package, names[2])),
            .. nuspec.Descendants().Any(type => type.Name.LocalName == "packageType" && type.Attribute("name")?.Value == "DotnetTool") ? (string[])[] : ["it is no tool"],
            .. command.Attribute("Name")?.Value == "filemonitor" && package.GetEntry(Content + command.Attribute("EntryPoint")?.Value) is not null ? (string[])[] : [$"its command is {command}"],
            .. package.Entries.Where(entry => entry.FullName.StartsWith(Content, StringComparison.Ordinal) && CannotRun().IsMatch(entry.FullName[Content.Length..])).Select(entry => $"{entry.FullName} is of no use there"),
        ];
    }

    private static string? Find(string id, string packages) =>
        Directory.EnumerateFiles(packages, $"{id}.*.nupkg").FirstOrDefault(one => char.IsAsciiDigit(Path.GetFileName(one)[id.Length + 1]));

    private static IEnumerable<string> InNuspec(XDocument nuspec)
    {
        var metadata = nuspec.Root!.Elements().Single();
        string? Value(string name) => metadata.Elements().FirstOrDefault(element => element.Name.LocalName == name)?.Value;
        (string Name, string? Expected)[] wanted =
        [
            ("license", "MIT"), ("readme", "README.md"), ("icon", "icon.png"), ("projectUrl", null), ("releaseNotes", null), ("description", null), ("authors", null), ("tags", null),
        ];
        foreach (var (name, expected) in wanted)
        {
            if (string.IsNullOrWhiteSpace(Value(name)) || (expected is not null && Value(name) != expected))
            {
                yield return $"the nuspec says {name} = '{Value(name)}'{(expected is null ? "" : $" and not '{expected}'")}";
            }
        }

        if (metadata.Elements().FirstOrDefault(element => element.Name.LocalName == "repository")?.Attribute("url")?.Value is not { Length: > 0 })
        {
            yield return "the nuspec has no repository";
        }
    }

    private static IEnumerable<string> InReadme(string readme, string id, string install = "dotnet add package")
    {
        foreach (Match link in RelativeLink().Matches(readme))
        {
            yield return $"README.md has a link that leads nowhere from a feed: {link.Groups[1].Value}";
        }

        if (!readme.Contains($"{install} {id}\n", StringComparison.Ordinal))
        {
            yield return $"README.md does not say {install} {id}";
        }

        if (!readme.StartsWith($"# {id}\n", StringComparison.Ordinal))
        {
            yield return "README.md has no title";
        }
    }

    private static IEnumerable<string> InExamples(string readme)
    {
        if (!readme.Contains("```csharp\n", StringComparison.Ordinal))
        {
            yield return "README.md has no example";
        }

        foreach (var lines in Example().Matches(readme).Select(example => example.Groups[1].Value.Count(one => one == '\n')).Where(lines => lines > MostLinesOfExample))
        {
            yield return $"README.md has an example of {lines} lines";
        }
    }

    private static IEnumerable<string> InIcon(byte[] icon)
    {
        if (!icon.AsSpan(1).StartsWith("PNG"u8))
        {
            yield return "icon.png is no PNG";
        }

        if (icon.Length > MostBytesOfIcon)
        {
            yield return $"icon.png has {icon.Length} bytes";
        }
    }

    private static IEnumerable<string> InDocumentation(XDocument documentation, byte[] assembly)
    {
        using var file = new PEReader(new MemoryStream(assembly));
        var metadata = file.GetMetadataReader();
        var types = metadata.TypeDefinitions.Select(metadata.GetTypeDefinition).ToDictionary(type => NameOf(metadata, type), type => IsPublic(metadata, type));
        var members = documentation.Descendants("member").Select(member => member.Attribute("name")!.Value).ToList();
        foreach (var type in types.Where(type => type.Value && !members.Contains("T:" + type.Key)))
        {
            yield return $"{type.Key} is public and has no documentation";
        }

        foreach (var member in members)
        {
            var name = member[2..].Split('(')[0];
            var type = member[0] == 'T' ? name : name[..name.LastIndexOf('.')];
            if (!types.GetValueOrDefault(type))
            {
                yield return $"the documentation is about {member}, and nobody can use {type}";
            }
        }
    }

    private static bool IsPublic(MetadataReader metadata, TypeDefinition type) => (type.Attributes & TypeAttributes.VisibilityMask) switch
    {
        TypeAttributes.Public => true,
        TypeAttributes.NestedPublic or TypeAttributes.NestedFamily => IsPublic(metadata, metadata.GetTypeDefinition(type.GetDeclaringType())),
        _ => false,
    };

    private static string NameOf(MetadataReader metadata, TypeDefinition type) =>
        type.GetDeclaringType() is { IsNil: false } outer
            ? $"{NameOf(metadata, metadata.GetTypeDefinition(outer))}.{metadata.GetString(type.Name)}"
            : $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}";

    private static bool HasEntry(string file, string name)
    {
        if (!File.Exists(file))
        {
            return false;
        }

        using var zip = ZipFile.OpenRead(file);
        return zip.GetEntry(name) is not null;
    }

    private static string Text(ZipArchive package, string name)
    {
        using var reader = new StreamReader(package.GetEntry(name)!.Open());
        return reader.ReadToEnd();
    }

    private static byte[] Bytes(ZipArchive package, string name)
    {
        using var content = package.GetEntry(name)!.Open();
        var bytes = new MemoryStream();
        content.CopyTo(bytes);
        return bytes.ToArray();
    }

    [GeneratedRegex(@"\]\((?!https://)([^)\s]*)\)")]
    private static partial Regex RelativeLink();

    [GeneratedRegex("^(runtimes/(android|browser|ios|maccatalyst)|PublicDocs)")]
    private static partial Regex CannotRun();

    [GeneratedRegex(@"```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();
}
