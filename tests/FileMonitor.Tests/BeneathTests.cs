using System.Text.RegularExpressions;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests;

/// <summary>
/// There is one way to what stands below a root, <c>IFileView</c>, which follows no link. Held by reading the sources: a second way would
/// compile, and would be noticed only by who is led out of a root.
/// </summary>
public sealed partial class BeneathTests
{
    // The views of the disk themselves, and the system calls they are made of.
    private static readonly string[] TheWay = ["Sources/Files/ManagedFileView.cs", "Sources/Native/", "Output/Linux"];

    // Who else names paths to the system, and why that is no look below a root. Whoever is added here needs such a sentence.
    private static readonly Dictionary<string, string> MayUsePaths = new()
    {
        ["Sources/FileSystemWatchers/ArmedWatcher.cs"] = "FileSystemWatcher takes a path, and follows it as it likes: what it says is a hint, and facts come from the view.",
        ["Sources/Selection/BuiltInSource.cs"] = "Asks whether /proc is mounted.",
        ["Sources/Files/DirectoryOnDisk.cs"] = "Where there are no system calls, tries whether a root can be listed.",
        ["Sources/Files/PhysicalPath.cs"] = "Reads the links in a root's own path, which the host chose.",
        ["Sources/FileSystemWatchers/InotifyDescriptor.cs"] = "Reads /proc.",
        ["Values/AccountFile.cs"] = "Reads /etc/passwd and /etc/group.",
        ["Output/ManagedOutputDirectory.cs"] = "Where there is no openat: writes a file of ours, in a directory that the host gave.",
        ["Sources/Mounts/MountTable.cs"] = "Reads /proc/self/mountinfo.",
        ["Running/RootProbe.cs"] = "Asks whether a root's own path, which the host chose, leads to the directory that it led to before.",
        ["Sources/SentinelFlush.cs"] = "Where there is no openat: makes and removes a file with a name of its own directly in a root.",
        ["Sources/Mounts/SilentFileSystem.cs"] = "Asks what kind of drive a root is on.",
        ["Sources/WatchLimit.cs"] = "Reads /proc/sys.",
    };

    [Fact]
    public void Nobody_but_the_views_looks_at_the_disk_by_a_path() =>
        RepositoryFiles.Sources("src/FileMonitor")
            .Where(file => !TheWay.Any(way => file.Path.StartsWith(way, StringComparison.Ordinal)) && !MayUsePaths.ContainsKey(file.Path))
            .SelectMany(file => Looks(file.Path, file.Lines))
            .Should().BeEmpty();

    [Fact]
    public void Every_exception_is_still_one()
    {
        var sources = RepositoryFiles.Sources("src/FileMonitor").ToDictionary(file => file.Path, file => file.Lines);
        MayUsePaths.Keys.Where(path => !sources.TryGetValue(path, out var lines) || !Looks(path, lines).Any()).Should().BeEmpty();
    }

    [Fact]
    public void System_calls_are_declared_in_one_folder() =>
        RepositoryFiles.Sources("src/FileMonitor")
            .Where(file => !file.Path.StartsWith("Sources/Native/", StringComparison.Ordinal))
            .SelectMany(file => file.Lines.Where(line => SystemCall().IsMatch(line)).Select(line => $"{file.Path}: {line.Trim()}"))
            .Should().BeEmpty();

    [Theory]
    [InlineData("if (File.Exists(path))", true)]
    [InlineData("foreach (var name in Directory.EnumerateFiles(path))", true)]
    [InlineData("var length = new FileInfo(path).Length;", true)]
    [InlineData("using var stream = new FileStream(path, FileMode.Open);", true)]
    [InlineData("using var reader = new StreamReader(path);", true)]
    [InlineData("System.IO.File.Delete(path);", true)]
    [InlineData("var status = LinuxFiles.TryGetStatus(LinuxFlags.AT_FDCWD, path, out _);", true)]
    [InlineData("using var native = new LinuxPath(path, stackalloc byte[1024]);", true)]
    [InlineData("var descriptor = LinuxOpening.Open(above, path, LinuxFlags.O_PATH);", false)]
    [InlineData("var known = Directory.FindChild(name);", false)]
    [InlineData("work.File.Size", false)]
    [InlineData("ItemType.File => ItemType.Directory,", false)]
    [InlineData("// File.Exists would follow it.", false)]
    [InlineData("/// <see cref=\"File.Exists\"/>", false)]
    public void A_look_by_a_path_is_found(string line, bool found) => Looks("", [line]).Any().Should().Be(found);

    private static IEnumerable<string> Looks(string path, string[] lines) =>
        lines.Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal) && ByPath().IsMatch(line)).Select(line => $"{path}: {line.Trim()}");

    // The static classes of .NET, what it has for one path, and the ways of Sources/Native to begin a path at the top.
    [GeneratedRegex(
        @"(?<![\w.])(System\.IO\.)?(File\.[A-Z]\w+|Directory\.(Create|Delete|Enumerate|Exists|Get|Move|Resolve|Set)\w*)\(|\bnew\s+(FileInfo|DirectoryInfo|FileStream|StreamReader|StreamWriter|DriveInfo|FileSystemWatcher|FileSystemEnumerable<\w+>|LinuxPath)\(|\bAT_FDCWD\b")]
    private static partial Regex ByPath();

    [GeneratedRegex(@"\[(LibraryImport|DllImport)\b")]
    private static partial Regex SystemCall();
}
