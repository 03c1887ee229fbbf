using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.House;

/// <summary>Who may use whom (docs/architecture.md), held by the symbols that the compiler finds: a wrong use is a wrong design, whether or not it compiles.</summary>
public sealed class LayeringTests
{
    private const string Nouns = "(root)";
    private const string Entry = "(entry)";
    private const string Sources = "Sources";
    private const string Durable = "FileMonitor.Durable";

    // The classes that a host begins with, and the one that reads the file of an event. They stand in the root because hosts use them, and above everything because they put it together.
    private static readonly string[] EntryFiles = ["AuditEventFile.cs", "FileHasher.cs", "FileSystemMonitor.cs", "FileSystemMonitor.Reading.cs", "FileSystemMonitor.Roots.cs"];

    // Each layer with those that it may use, from the bottom to the top: no layer uses one that stands below it in this list.
    private static readonly (string Layer, string[] MayUse)[] Layers =
    [
        ("Values", []),
        ("Patterns", ["Values"]),
        (Nouns, ["Values", "Patterns"]),
        ("Extending", [Nouns, "Values", "Patterns"]),
        ("Diagnostics", [Nouns]),
        ("Sources/Native", [Nouns, "Values", "Extending"]),
        ("Sources/Files", [Nouns, "Values", "Extending", "Sources/Native"]),
        (Sources, [Nouns, "Values", "Extending", "Diagnostics", "Sources/Native", "Sources/Files"]),
        ("Sources/Mounts", [Nouns, "Values", "Extending", "Sources/Native", Sources]),
        ("Sources/Polling", ["Extending", Sources]),
        ("Sources/FileSystemWatchers", [Nouns, "Values", "Extending", "Diagnostics", "Sources/Native", "Sources/Files", Sources]),
        ("Sources/Inotify", [Nouns, "Values", "Patterns", "Extending", "Diagnostics", "Sources/Native", "Sources/Files", Sources]),
        ("Sources/Fanotify", [Nouns, "Values", "Extending", "Diagnostics", "Sources/Native", "Sources/Files", Sources, "Sources/Mounts"]),
        ("Sources/Selection", [Nouns, "Extending", "Diagnostics", "Sources/Native", Sources, "Sources/Mounts", "Sources/Polling", "Sources/FileSystemWatchers", "Sources/Inotify", "Sources/Fanotify"]),
        ("Sources/SingleFiles", [Nouns, "Values", "Patterns", "Extending", "Diagnostics", "Sources/Files", Sources]),
        ("Output", [Nouns, "Values", "Extending", "Sources/Native"]),
        ("JsonLines", [Nouns, "Values", "Output"]),
        ("Tree", [Nouns, "Values", "Extending"]),
        ("Scanning", [Nouns, "Values", "Patterns", "Extending", "Diagnostics", "Tree"]),
        ("Hashing", [Nouns, "Values", "Patterns", "Extending", "Diagnostics"]),
        ("Delivery", [Nouns, "Values", "Extending", "Diagnostics", "Tree"]),
        ("Handling", [Nouns, "Extending", "Diagnostics", "Delivery"]),
        ("Settling", [Nouns, "Values", "Patterns", "Extending", "Diagnostics", "Tree", "Scanning", "Hashing", "Delivery"]),
        (
            "Running",
            [
                Nouns, "Values", "Patterns", "Extending", "Diagnostics", "Sources/Native", "Sources/Files", Sources, "Sources/Mounts", "Sources/Polling",
                "Sources/FileSystemWatchers", "Sources/Selection", "Sources/SingleFiles", "JsonLines", "Tree", "Scanning", "Hashing", "Delivery", "Handling", "Settling",
            ]),
        (Entry, [Nouns, "Values", "Extending", "Diagnostics", "Sources/Files", "Output", "Hashing", "Delivery", "Handling", "Settling", "Running"]),
        ("Configuration", [Nouns, "Values"]),
        ("DependencyInjection", [Nouns, "Extending", "Diagnostics", Entry, "Configuration"]),
    ];

    [Fact]
    public void Each_layer_uses_only_what_it_may() => WrongUses(SourceGraph.OfLibrary).Should().BeEmpty();

    [Fact]
    public void Each_folder_is_a_layer() =>
        SourceGraph.OfLibrary.Trees.Select(tree => LayerOf(tree.FilePath)).Distinct().Should().BeEquivalentTo(Layers.Select(layer => layer.Layer));

    [Fact]
    public void No_layer_uses_one_that_is_above_it()
    {
        var order = Layers.Select(layer => layer.Layer).ToList();
        Layers.SelectMany(layer => layer.MayUse.Where(other => order.IndexOf(other) >= order.IndexOf(layer.Layer)).Select(other => $"{layer.Layer} uses {other}")).Should().BeEmpty();
    }

    [Fact]
    public void No_layer_may_use_what_it_does_not_use() =>
        Layers.SelectMany(layer => layer.MayUse.Select(other => (layer.Layer, Other: other)))
            .Except(SourceGraph.OfLibrary.Uses.Select(use => (LayerOf(use.From), LayerOf(use.To))))
            .Should().BeEmpty();

    [Theory]
    [InlineData("Values/A.cs", "Tree/B.cs", false)]
    [InlineData("Tree/A.cs", "Values/B.cs", true)]
    [InlineData("Actor.cs", "FileSystemMonitor.cs", false)]
    [InlineData("FileSystemMonitor.cs", "Actor.cs", true)]
    [InlineData("Sources/Inotify/A.cs", "Sources/Fanotify/B.cs", false)]
    [InlineData("Sources/Inotify/A.cs", "Sources/B.cs", true)]
    public void A_wrong_use_is_found(string from, string to, bool isAllowed)
    {
        // No import shows it: the name is written out.
        var graph = SourceGraph.Of((from, "namespace A; class Uses { int Value => Other.B.Value; }"), (to, "namespace Other; static class B { public const int Value = 1; }"));

        WrongUses(graph).Any().Should().Be(!isAllowed);
    }

    [Fact]
    public void What_is_known_is_changed_by_values_alone()
    {
        // The scan fills a snapshot before anybody else has it.
        string[] writers = ["SetStatus", "SetChecksum", "SetTarget", "NoteChangeTime"];
        SourceGraph.OfLibrary.Uses
            .Where(use => use.To == "Tree/SnapshotEntry.cs" && !use.From.StartsWith("Tree/", StringComparison.Ordinal) && use.From != "Scanning/BaselineScan.cs")
            .Where(use => writers.Any(writer => use.What.EndsWith(" " + writer, StringComparison.Ordinal)))
            .Select(use => use.What)
            .Should().BeEmpty();
    }

    [Fact]
    public void The_satellites_use_the_public_namespaces_only()
    {
        string[] open = ["FileMonitor.Extending", "FileMonitor.JsonLines", "FileMonitor.Output", "FileMonitor.Durable", "FileMonitor.Extensions.FileProviders", "FileMonitor.Hosting", "FileMonitor.RabbitMq", "FileMonitor.Schemas", "FileMonitor.Sinks", "FileMonitor.Testing"];

        // It stores what changes in a snapshot, which no host sees.
        string[] openToDurable = [.. open, "FileMonitor.Delivery", "FileMonitor.Tree", "FileMonitor.Values"];
        Directory.EnumerateDirectories(Path.Join(RepositoryFiles.Top, "src"))
            .Where(project => Path.GetFileName(project) != "FileMonitor")
            .SelectMany(project => RepositoryFiles.Sources(Path.GetRelativePath(RepositoryFiles.Top, project)), (project, file) => (file.Lines, Open: Path.GetFileName(project) == Durable ? openToDurable : open))
            .SelectMany(file => file.Lines.Where(line => line.StartsWith("using FileMonitor.", StringComparison.Ordinal) && !file.Open.Any(name => line.StartsWith($"using {name}", StringComparison.Ordinal))))
            .Should().BeEmpty();
    }

    [Fact]
    public void No_satellite_but_the_one_that_stores_changes_sees_what_is_internal()
    {
        var satellites = Directory.EnumerateFiles(Path.Join(RepositoryFiles.Top, "src"), "*.csproj", SearchOption.AllDirectories).Select(project => Path.GetFileNameWithoutExtension(project)!).ToList();
        satellites.Should().Contain(["FileMonitor.Durable", "FileMonitor.Extensions.FileProviders", "FileMonitor.Hosting", "FileMonitor.RabbitMq", "FileMonitor.Schemas", "FileMonitor.Sinks", "FileMonitor.Testing"]);
        File.ReadLines(Path.Join(RepositoryFiles.Top, "src", "FileMonitor", "FileMonitor.csproj"))
            .Where(line => line.Contains("InternalsVisibleTo", StringComparison.Ordinal) && satellites.Any(name => line.Contains($"\"{name}\"", StringComparison.Ordinal)))
            .Select(line => line.Trim())
            .Should().Equal($"<InternalsVisibleTo Include=\"{Durable}\" />");
    }

    private static IEnumerable<string> WrongUses(SourceGraph graph)
    {
        var allowed = Layers.ToDictionary(layer => layer.Layer, layer => layer.MayUse);
        return graph.Uses.Where(use => LayerOf(use.From) is var from && LayerOf(use.To) is var to && from != to && !allowed[from].Contains(to)).Select(use => use.What);
    }

    private static string LayerOf(string path) =>
        EntryFiles.Contains(path) ? Entry : path.LastIndexOf('/') is >= 0 and var slash ? path[..slash] : Nouns;
}
