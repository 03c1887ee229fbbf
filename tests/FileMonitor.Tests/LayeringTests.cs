using System.Text.RegularExpressions;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests;

/// <summary>Who may import what (docs/architecture.md), held by reading the sources: a wrong import is a wrong design, whether or not it compiles.</summary>
public sealed partial class LayeringTests
{
    // By folder of src/FileMonitor; the root (what stands in no folder) is the public nouns. They may be used by all.
    private static readonly Dictionary<string, string[]> MayImport = new()
    {
        [""] = [],
        ["Diagnostics"] = [""],
        ["Sources"] = ["", "Diagnostics"],
        ["Reconciliation"] = ["", "Diagnostics", "Sources"],
        ["Pipeline"] = ["", "Diagnostics", "Sources", "Reconciliation"],
        ["Lifecycle"] = ["", "Diagnostics"],
        ["DependencyInjection"] = ["", "Diagnostics"],
    };

    // Exceptions, each with its sentence.
    private static readonly Dictionary<string, string[]> MayAlsoImport = new()
    {
        // The composition root: it builds everything, and nothing else does.
        ["FileSystemMonitor.cs"] = [.. MayImport.Keys],

        // The composition itself: what exists while a monitor runs, put together for FileSystemMonitor.
        ["MonitorRun.cs"] = [.. MayImport.Keys],

        // The public face of the hasher and of the disk it reads; a noun of its own so that a host can sum files without a monitor.
        ["FileHasher.cs"] = ["Pipeline", "Sources"],

        // The one way to open files that we write, for the root's own sink and for hosts; which way that is depends on the system.
        ["OutputFile.cs"] = ["Sources"],

        // What the hasher answers: made from the pipeline's result, which it puts into public words.
        ["FileHash.cs"] = ["Pipeline"],
    };

    [Fact]
    public void Each_folder_imports_only_what_it_may() =>
        RepositoryFiles.Sources("src/FileMonitor").SelectMany(file => WrongImports(file.Path, file.Lines)).Should().BeEmpty();

    [Fact]
    public void Each_folder_has_a_rule() =>
        RepositoryFiles.Sources("src/FileMonitor").Select(file => FolderOf(file.Path)).Distinct().Should().BeSubsetOf(MayImport.Keys);

    [Fact]
    public void The_satellites_use_the_public_namespace_only() =>
        Directory.EnumerateDirectories(Path.Join(RepositoryFiles.Top, "src"))
            .Where(project => Path.GetFileName(project) != "FileMonitor")
            .SelectMany(project => RepositoryFiles.Sources(Path.GetRelativePath(RepositoryFiles.Top, project)))
            .SelectMany(file => file.Lines.Where(line => ImportedFolder(line) is { Length: > 0 }).Select(line => $"{file.Path}: {line}"))
            .Should().BeEmpty();

    [Fact]
    public void No_satellite_sees_what_is_internal()
    {
        var satellites = Directory.EnumerateFiles(Path.Join(RepositoryFiles.Top, "src"), "*.csproj", SearchOption.AllDirectories).Select(project => Path.GetFileNameWithoutExtension(project)!).ToList();
        satellites.Should().Contain(["FileMonitor.Hosting", "FileMonitor.Testing"]);
        File.ReadLines(Path.Join(RepositoryFiles.Top, "src", "FileMonitor", "FileMonitor.csproj"))
            .Where(line => line.Contains("InternalsVisibleTo", StringComparison.Ordinal) && satellites.Any(name => line.Contains($"\"{name}\"", StringComparison.Ordinal)))
            .Should().BeEmpty();
    }

    [Theory]
    [InlineData("AuditEvent.cs", "using FileMonitor.Pipeline;", false)]
    [InlineData("FileSystemMonitor.cs", "using FileMonitor.Pipeline;", true)]
    [InlineData("Diagnostics/Log.cs", "using FileMonitor.Sources;", false)]
    [InlineData("Sources/DiskFileView.cs", "using FileMonitor.Diagnostics;", true)]
    [InlineData("Sources/DiskFileView.cs", "using FileMonitor.Reconciliation;", false)]
    [InlineData("Sources/Native/Stat.cs", "using FileMonitor.Pipeline;", false)]
    [InlineData("Sources/DiskFileView.cs", "using FileMonitor.Sources.Native;", true)]
    [InlineData("Reconciliation/Snapshot.cs", "using FileMonitor.Sources.Native;", true)]
    [InlineData("Reconciliation/Snapshot.cs", "using FileMonitor.Pipeline;", false)]
    [InlineData("Pipeline/ChangePipeline.cs", "using FileMonitor.Reconciliation;", true)]
    [InlineData("Pipeline/ChangePipeline.cs", "using FileMonitor.Lifecycle;", false)]
    [InlineData("Lifecycle/OrderedStop.cs", "using FileMonitor.Pipeline;", false)]
    [InlineData("Lifecycle/OrderedStop.cs", "using static FileMonitor.Pipeline.Debouncer;", false)]
    [InlineData("Lifecycle/OrderedStop.cs", "global using Queue = FileMonitor.Pipeline.ChangeQueue;", false)]
    [InlineData("Lifecycle/OrderedStop.cs", "    private readonly FileMonitor.Pipeline.ChangeQueue _queue;", false)]
    [InlineData("Lifecycle/OrderedStop.cs", "using System.IO.Pipelines;", true)]
    [InlineData("DependencyInjection/Registration.cs", "using FileMonitor.Lifecycle;", false)]
    public void A_wrong_import_is_found(string path, string line, bool allowed) =>
        WrongImports(path, [line]).Any().Should().Be(!allowed);

    [Fact]
    public void A_file_over_300_lines_says_at_its_top_why_it_is_one_idea() =>
        RepositoryFiles.Sources("src")
            .Where(file => file.Lines.Length > 300 && !file.Lines[0].StartsWith("//", StringComparison.Ordinal))
            .Select(file => $"{file.Path} has {file.Lines.Length} lines and does not begin with a comment")
            .Should().BeEmpty();

    private static IEnumerable<string> WrongImports(string path, string[] lines)
    {
        var own = FolderOf(path);
        string[] allowed = [own, .. MayImport.GetValueOrDefault(own, []), .. MayAlsoImport.GetValueOrDefault(path, [])];
        return lines.Where(line => ImportedFolder(line) is { } folder && !allowed.Contains(folder)).Select(line => $"{path}: {line.Trim()}");
    }

    private static string FolderOf(string path) => path.Contains('/', StringComparison.Ordinal) ? path[..path.IndexOf('/', StringComparison.Ordinal)] : "";

    /// <summary>The folder of FileMonitor that a line names, in a using or written out in the code; null when it names none.</summary>
    private static string? ImportedFolder(string line) =>
        !line.TrimStart().StartsWith("//", StringComparison.Ordinal) && !line.StartsWith("namespace", StringComparison.Ordinal)
        && OurNamespace().Match(line) is { Success: true } match
        && MayImport.ContainsKey(match.Groups["folder"].Value)
            ? match.Groups["folder"].Value
            : null;

    [GeneratedRegex(@"(?<![\w.""])FileMonitor\.(?<folder>[A-Z]\w*)")]
    private static partial Regex OurNamespace();
}
