using System.Diagnostics;
using System.Text;
using FileMonitor.Output;
using FileMonitor.Sources.Native;
using FileMonitor.Values;
using FluentAssertions;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace FileMonitor.Tests;

/// <summary>Touches a disk: what is tested is which file the system gives us.</summary>
public sealed class OutputFileTests : IDisposable
{
    private const UnixFileMode ForAll = (UnixFileMode)0b110_110_110;

    private readonly string _directory = Directory.CreateTempSubdirectory("filemonitor-output-").FullName;
    private readonly string _path;
    private readonly string _victim;

    public OutputFileTests()
    {
        _path = Path.Combine(_directory, "x");
        _victim = Path.Combine(_directory, "victim");
        File.WriteAllText(_victim, "");
    }

    /// <summary>Whether by system calls, or by what .NET has everywhere.</summary>
    public static TheoryData<bool> Ways => LinuxFiles.IsSupported ? [true, false] : [false];

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_file_is_replaced_as_a_whole_and_is_nobody_elses_to_read()
    {
        var path = Path.Combine(_directory, "a", "b", "x");

        OutputFile.Replace(path, "first, and longer"u8);
        OutputFile.Replace(path, "second"u8);

        File.ReadAllText(path).Should().Be("second");
        Directory.GetFiles(Path.GetDirectoryName(path)!).Should().Equal(path);
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(path).Should().Be(OutputFile.PrivateFile);
            File.GetUnixFileMode(Path.Combine(_directory, "a")).Should().Be(OutputFile.PrivateDirectory);
            File.GetUnixFileMode(Path.Combine(_directory, "a", "b")).Should().Be(OutputFile.PrivateDirectory);
        }
    }

    [Fact]
    public void A_link_in_its_place_or_in_that_of_its_unfinished_form_is_not_written_through()
    {
        File.CreateSymbolicLink(_path, _victim);
        File.CreateSymbolicLink($"{_path}.{Environment.ProcessId}.tmp", _victim);

        OutputFile.Replace(_path, "text"u8);

        new FileInfo(_path).LinkTarget.Should().BeNull();
        File.ReadAllText(_path).Should().Be("text");
        File.ReadAllText(_victim).Should().BeEmpty();
    }

    [Fact]
    public void A_directory_in_its_place_is_refused_and_nothing_is_left_behind()
    {
        Directory.CreateDirectory(_path);

        var replacing = () => OutputFile.Replace(_path, "text"u8);

        replacing.Should().Throw<Exception>().Which.Should().Match(error => error is IOException || error is UnauthorizedAccessException);
        Directory.GetFiles(_directory).Should().Equal(_victim);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("logs/")]
    public void A_path_that_names_no_file_is_refused(string path)
    {
        var replacing = () => OutputFile.Replace(path, "text"u8);

        replacing.Should().Throw<ArgumentException>();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void What_is_no_file_of_ours_is_not_opened(bool native)
    {
        using var directory = Open(native);
        File.CreateSymbolicLink(Name("link"), _victim);
        File.CreateSymbolicLink(Name("dangling"), Name("nothing"));
        Directory.CreateDirectory(Name("directory"));

        Opening(directory, "link").Should().Throw<IOException>().WithMessage($"*is a symbolic link to {_victim}*");
        Opening(directory, "dangling").Should().Throw<IOException>().WithMessage("*is a symbolic link to *");
        Opening(directory, "directory").Should().Throw<IOException>().WithMessage("*is a directory*");
        directory.TryCreate("link", OutputFile.PrivateFile).Should().BeNull();
        directory.TryCreate("dangling", OutputFile.PrivateFile).Should().BeNull();
        directory.HasFile("link").Should().BeFalse();
        File.Exists(Name("nothing")).Should().BeFalse();
    }

    [Fact]
    public void A_file_with_a_second_name_may_be_anybodys_and_is_not_opened()
    {
        Assert.SkipUnless(LinuxFiles.IsSupported, "told by the number of names");
        Run("ln", _victim, _path);
        using var directory = Open(native: true);

        Opening(directory, "x").Should().Throw<IOException>().WithMessage("*has 2 names (hard links)*");
    }

    [Fact]
    public void A_file_of_another_user_is_not_opened()
    {
        Assert.SkipUnless(LinuxFiles.IsSupported && Environment.IsPrivilegedProcess, "only root gives files away");
        Run("chown", "65534", _victim);
        using var directory = Open(native: true);

        Opening(directory, "victim").Should().Throw<IOException>().WithMessage("*belongs to user 65534 *");
    }

    [Fact]
    public void A_link_on_the_way_is_followed_only_if_it_is_ours_or_roots()
    {
        Assert.SkipUnless(LinuxFiles.IsSupported, "elsewhere links on the way are followed");
        Directory.CreateDirectory(Name("real"));
        File.CreateSymbolicLink(Name("ours"), "./real");
        OutputFile.Replace(Path.Combine(_directory, "ours", "y"), "text"u8);
        File.ReadAllText(Path.Combine(_directory, "real", "y")).Should().Be("text");

        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root gives links away");
        File.CreateSymbolicLink(Name("theirs"), "real");
        Run("chown", "-h", "65534", Name("theirs"));
        var replacing = () => OutputFile.Replace(Path.Combine(_directory, "theirs", "z"), "text"u8);
        replacing.Should().Throw<IOException>().WithMessage("*'theirs' in it is a symbolic link of user 65534*");
        Directory.GetFiles(Name("real")).Should().ContainSingle();
    }

    [Fact]
    public void Links_that_lead_in_a_circle_end()
    {
        File.CreateSymbolicLink(Name("a"), "b");
        File.CreateSymbolicLink(Name("b"), "a");

        var replacing = () => OutputFile.Replace(Path.Combine(_directory, "a", "x"), "text"u8);

        replacing.Should().Throw<IOException>();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_file_that_is_made_is_opened_to_append_with_the_permissions_asked_for(bool native)
    {
        using var directory = Open(native);
        using (var made = directory.OpenToAppend("x", OutputFile.PrivateFile))
        {
            RandomAccess.Write(made, "one"u8, 0);
        }

        using (var again = directory.OpenToAppend("x", ForAll))
        {
            RandomAccess.Write(again, "two"u8, RandomAccess.GetLength(again));
            directory.IsStill("x", again).Should().BeTrue();
        }

        File.ReadAllText(_path).Should().Be("onetwo");
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(_path).Should().Be(OutputFile.PrivateFile, "what is there keeps its permissions");
        }
    }

    [Fact]
    public void Permissions_that_are_asked_for_are_not_left_to_the_umask()
    {
        Assert.SkipUnless(LinuxFiles.IsSupported, "elsewhere they are");
        using (var directory = OutputFile.OpenDirectoryOf(Path.Combine(_directory, "made", "x"), (UnixFileMode)0x1FF))
        using (directory.OpenToAppend("x", ForAll))
        {
            ModeOf(Path.Combine(_directory, "made", "x")).Should().Be(ForAll);
            ModeOf(Path.Combine(_directory, "made")).Should().Be((UnixFileMode)0x1FF);
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_file_that_was_moved_or_became_a_link_is_not_there_still(bool native)
    {
        using var directory = Open(native);
        using var open = directory.OpenToAppend("x", OutputFile.PrivateFile);
        directory.IsStill("x", open).Should().BeTrue();

        directory.Move("x", "y");
        directory.IsStill("x", open).Should().BeFalse();
        File.CreateSymbolicLink(_path, Name("y"));
        directory.IsStill("x", open).Should().BeFalse("a link to the file is not the file");
        directory.IsStill("y", open).Should().BeTrue();
        OutputFile.IsDeleted(open).Should().BeFalse();

        directory.Delete("y");
        directory.Delete("y");
        directory.IsStill("y", open).Should().BeFalse();
        OutputFile.IsDeleted(open).Should().Be(LinuxFiles.IsSupported);
    }

    [Fact]
    public void A_name_whose_bytes_are_not_utf8_is_a_name_like_any_other()
    {
        Assert.SkipUnless(LinuxFiles.IsSupported, "there are none");
        var path = Path.Combine(_directory, PathText.Decode([(byte)'d', 0xFF]), PathText.Decode([0xE9, (byte)'x']));

        OutputFile.Replace(path, "text"u8);

        // Removed by it, too: .NET cannot name it.
        Run("sh", "-c", $"cd {_directory}/d* && test \"$(cat *)\" = text && ls | od -An -tx1 | grep -q 'e9 78' && rm -r {_directory}/d*");
    }

    [Fact]
    public void A_place_that_may_not_be_written_to_is_named()
    {
        Assert.SkipUnless(LinuxFiles.IsSupported, "/proc");

        var replacing = () => OutputFile.Replace("/proc/nothing/x", "text"u8);

        replacing.Should().Throw<IOException>().WithMessage("/proc/nothing cannot be used: *");
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void An_unfinished_file_gets_its_name_with_zeros_between_its_pieces_or_leaves_nothing(bool native)
    {
        using (var left = UnfinishedFile.Create(Open(native), "x", OutputFile.PrivateFile))
        {
            left.WriteAt("text"u8, 0);
            Directory.GetFiles(_directory).Should().HaveCount(2).And.NotContain(_path);
        }

        Directory.GetFiles(_directory).Should().Equal(_victim);
        using (var finished = UnfinishedFile.Create(Open(native), "x", OutputFile.PrivateFile))
        {
            finished.WriteAt("a"u8, 0);
            finished.WriteAt("b"u8, 3);
            finished.SetLength(5);
            finished.Finish();
        }

        File.ReadAllBytes(_path).Should().Equal((byte)'a', 0, 0, (byte)'b', 0);
        Directory.GetFiles(_directory).Should().BeEquivalentTo(_victim, _path);
    }

    private OutputDirectory Open(bool native) =>
        native ? LinuxOutputDirectory.Open(_directory, OutputFile.PrivateDirectory) : ManagedOutputDirectory.Open(_directory, OutputFile.PrivateDirectory);

    private static Func<SafeFileHandle> Opening(OutputDirectory directory, string name) => () => directory.OpenToAppend(name, OutputFile.PrivateFile);

    private static UnixFileMode ModeOf(string path) => OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(path);

    private string Name(string name) => Path.Combine(_directory, name);

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        process.ExitCode.Should().Be(0, "{0} {1}", program, new StringBuilder().AppendJoin(' ', arguments));
    }
}
