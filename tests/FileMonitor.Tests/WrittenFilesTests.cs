using System.Text.RegularExpressions;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests;

/// <summary>Files are made, opened to be written, renamed and deleted in one way: the one of which OutputFileTests says that nobody redirects it.</summary>
public sealed partial class WrittenFilesTests
{
    private static readonly string[] Folders = ["src", "samples"];

    // Where a file is written otherwise, each with its reason.
    private static readonly string[] Exceptions =
    [
        // The one way itself.
        "src/FileMonitor/Output/ManagedOutputDirectory.cs",
        "src/FileMonitor/Sources/Native/LinuxWriting.cs",
        "src/FileMonitor/Output/LinuxOutputRules.cs",

        // Makes an empty file in a watched directory and deletes it; it is never written to, and made by what follows no link.
        "src/FileMonitor/Sources/SentinelFlush.cs",

        // The state directory is for its owner alone (mode 0700), and these open each file in it without following a link.
        "src/FileMonitor.Durable/Baseline/BaselineFile.cs",
        "src/FileMonitor.Durable/Journal/Files/JournalDirectory.cs",
        "src/FileMonitor.Durable/Journal/Files/JournalLock.cs",
        "src/FileMonitor.Durable/Journal/Files/UnixCalls.cs",
        "src/FileMonitor.Durable/Journal/Anchoring/AnchorFile.cs",

        // The descriptor that a shell gave us.
        "samples/FileMonitor.Cli/StandardStreams.cs",
    ];

    [Fact]
    public void There_is_no_other_way() =>
        Folders
            .SelectMany(folder => RepositoryFiles.Sources(folder).Select(file => (Path: $"{folder}/{file.Path}", file.Lines)))
            .Where(file => !Exceptions.Contains(file.Path))
            .SelectMany(file => file.Lines.Where(Writes).Select(line => $"{file.Path}: {line.Trim()}"))
            .Should().BeEmpty();

    [Fact]
    public void Each_exception_is_needed() =>
        Exceptions.Where(path => !File.ReadLines(Path.Join(RepositoryFiles.Top, path)).Any(Writes)).Should().BeEmpty();

    [Theory]
    [InlineData("File.WriteAllText(path, text);", true)]
    [InlineData("await File.AppendAllLinesAsync(path, lines);", true)]
    [InlineData("using var file = File.Create(path);", true)]
    [InlineData("File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite)", true)]
    [InlineData("File.Open(path, FileMode.Append)", true)]
    [InlineData("new FileStream(path, FileMode.Open, access)", true)]
    [InlineData("new StreamWriter(path)", true)]
    [InlineData("new StreamWriter(Output, encoding, 16 * 1024, leaveOpen: true)", false)]
    [InlineData("File.Move(from, to, overwrite: true);", true)]
    [InlineData("new FileInfo(path).Delete();", true)]
    [InlineData("Directory.CreateDirectory(path);", true)]
    [InlineData("openat(directory, first, O_RDWR | O_CREAT, mode)", true)]
    [InlineData("File.ReadAllText(path)", false)]
    [InlineData("new FileInfo(path).LinkTarget", false)]
    [InlineData("File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)", false)]
    public void What_writes_is_found(string line, bool writes) => Writes(line).Should().Be(writes);

    private static bool Writes(string line) => !line.TrimStart().StartsWith("//", StringComparison.Ordinal) && Writing().IsMatch(line);

    [GeneratedRegex("""
        (?x)
        \bFile\.(Write|Append|Create|OpenWrite|Open\(|Move|Delete|Copy|Replace|Set)
        | \bFileMode\.(Create|Append|OpenOrCreate|Truncate)
        | \bFileAccess\.(Write|ReadWrite)
        | \bnew\ FileStream\(
        | \bnew\ StreamWriter\([a-z]
        | \bFileInfo\([^()]*\)\.(Open\(|OpenWrite|Create|Append|Delete|MoveTo|CopyTo|Replace)
        | \bDirectory\.(Create|Delete|Move)
        | \bDirectoryInfo\([^()]*\)\.(Create|Delete|MoveTo)
        | \bO_(WRONLY|RDWR|CREAT)\b
        """)]
    private static partial Regex Writing();
}
