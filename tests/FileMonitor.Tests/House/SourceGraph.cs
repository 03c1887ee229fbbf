using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace FileMonitor.Tests.House;

/// <summary>Which file of <c>src/FileMonitor</c> uses which, by the symbols that the compiler finds. Generated code is left out.</summary>
internal sealed class SourceGraph
{
    private const string Imports =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Threading; global using System.Threading.Tasks;";

    private readonly CSharpCompilation _compilation;
    private readonly List<SourceUse> _uses = [];

    private SourceGraph(IEnumerable<(string Path, string Text)> files)
    {
        var options = new CSharpParseOptions(LanguageVersion.Latest);
        Trees = [.. files.Select(file => CSharpSyntaxTree.ParseText(file.Text, options, file.Path))];
        _compilation = CSharpCompilation.Create(
            "House",
            [.. Trees, CSharpSyntaxTree.ParseText(Imports, options)],
            References(),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));
        foreach (var tree in Trees)
        {
            AddUses(tree);
        }
    }

    /// <summary>The library, read once for all tests.</summary>
    public static SourceGraph OfLibrary => Library.Value;

    /// <summary>Each file; its path is relative to the library's folder.</summary>
    public IReadOnlyList<SyntaxTree> Trees { get; }

    /// <summary>Every name in one file that another one declares.</summary>
    public IReadOnlyList<SourceUse> Uses => _uses;

    public static SourceGraph Of(params (string Path, string Text)[] files) => new(files);

    /// <summary>The groups of nodes that lead to each other in a circle.</summary>
    public static IReadOnlyList<string> Circles(IEnumerable<(string From, string To)> edges)
    {
        var below = edges.Where(edge => edge.From != edge.To).ToLookup(edge => edge.From, edge => edge.To);
        var reached = below.ToDictionary(node => node.Key, node => ReachedFrom(node.Key, below));
        return [.. reached
            .Where(node => node.Value.Contains(node.Key))
            .Select(node => string.Join(", ", node.Value.Where(other => reached.TryGetValue(other, out var back) && back.Contains(node.Key)).Order(StringComparer.Ordinal)))
            .Distinct()
            .Order(StringComparer.Ordinal)];
    }

    private static readonly Lazy<SourceGraph> Library = new(() =>
        new(RepositoryFiles.Sources("src/FileMonitor").Select(file => (file.Path, string.Join('\n', file.Lines)))));

    private static HashSet<string> ReachedFrom(string node, ILookup<string, string> below)
    {
        var reached = new HashSet<string>();
        var open = new Stack<string>([node]);
        while (open.TryPop(out var next))
        {
            foreach (var other in below[next].Where(reached.Add))
            {
                open.Push(other);
            }
        }

        return reached;
    }

    // What the tests run with, but for the library itself, which is compiled here.
    private static IEnumerable<MetadataReference> References() =>
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) != "FileMonitor.dll")
            .Select(path => MetadataReference.CreateFromFile(path));

    private void AddUses(SyntaxTree tree)
    {
        var model = _compilation.GetSemanticModel(tree);
        foreach (var name in tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>())
        {
            var symbol = model.GetSymbolInfo(name).Symbol;
            symbol = (symbol as IMethodSymbol)?.ReducedFrom ?? symbol;
            if (symbol is null or INamespaceSymbol or ILocalSymbol or IParameterSymbol or IRangeVariableSymbol or ITypeParameterSymbol)
            {
                continue;
            }

            // A type that is declared in several files is one.
            var type = (symbol as INamedTypeSymbol ?? symbol.ContainingType)?.OriginalDefinition;
            if (type is null || type.DeclaringSyntaxReferences.Any(declaration => declaration.SyntaxTree == tree))
            {
                continue;
            }

            _uses.AddRange(type.DeclaringSyntaxReferences
                .Select(declaration => declaration.SyntaxTree)
                .Where(Trees.Contains)
                .Select(declared => new SourceUse(tree.FilePath, declared.FilePath, $"{tree.FilePath}:{name.GetLocation().GetLineSpan().StartLinePosition.Line + 1} {symbol.Name}")));
        }
    }
}

/// <summary>A name in a file that another file declares.</summary>
/// <param name="From">Where it stands.</param>
/// <param name="To">Where it is declared.</param>
/// <param name="What">Line and name, for a person.</param>
internal sealed record SourceUse(string From, string To, string What);
