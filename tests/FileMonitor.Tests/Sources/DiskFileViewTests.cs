using System.Diagnostics;
using FileMonitor.Extending;
using FileMonitor.Sources.Files;
using FileMonitor.Sources.Native;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Sources;

// These touch a disk, unlike the other unit tests: the view is the disk's face, and what it promises is what system calls do.
public sealed class DiskFileViewTests : IDisposable
{
    private const int EEXIST = 17;

    // The view of a kernel without openat2.
    private const string Walking = "LinuxFileView, name by name";

    private static readonly string[] All =
        OperatingSystem.IsLinux() ? [nameof(LinuxFileView), Walking, nameof(ManagedFileView)] : [nameof(ManagedFileView)];

    private readonly string _directory = Directory.CreateTempSubdirectory("filemonitor-view-").FullName;
    private readonly DiskFileView _disk = new DiskFileView();

    public static TheoryData<string> Views => [.. All];

    public static TheoryData<string> LinuxViews => [nameof(LinuxFileView), Walking];

    [Theory]
    [MemberData(nameof(Views))]
    public void The_status_of_a_file_is_what_the_system_says(string name)
    {
        var path = Write("file", "hello");
        var written = new DateTime(2020, 2, 3, 4, 5, 6, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(path, written);

        View(name).GetStatus(path, "").Should().BeEquivalentTo(
            new { Outcome = FileStatusOutcome.Found, ItemType = ItemType.File, Size = 5L, LastWriteTicks = written.Ticks });
    }

    [Theory]
    [MemberData(nameof(Views))]
    public void An_open_file_has_the_status_of_its_path_and_is_read_at_any_position(string name)
    {
        var path = Write("file", "hello");
        var buffer = new byte[10];

        using var file = View(name).Open(path, "").File!;

        file.GetStatus().IsSameState(View(name).GetStatus(path, "")).Should().BeTrue();
        file.Read(buffer, 2).Should().Be(3);
        buffer[..3].Should().Equal("llo"u8.ToArray());
        file.Read(buffer, 5).Should().Be(0);
    }

    [Theory]
    [MemberData(nameof(Views))]
    public void An_open_file_can_be_written_renamed_and_deleted_by_others(string name)
    {
        var path = Write("file", "hello");

        using var file = View(name).Open(path, "").File!;
        file.GetStatus();
        File.AppendAllText(path, " world");
        File.Move(path, path + "2");
        File.Delete(path + "2");

        file.GetStatus().Size.Should().Be(11);
    }

    [Theory]
    [MemberData(nameof(Views))]
    public void Nothing_and_what_is_below_a_file_is_missing(string name)
    {
        var file = Write("file", "");
        string[] missing = [At("none"), At("none/none"), At("file/none"), At("nul\0"), At(new string('x', 256))];

        foreach (var path in missing)
        {
            View(name).GetStatus(path, "").Outcome.Should().Be(FileStatusOutcome.Missing, path);
            View(name).Open(path, "").Status.Should().Be(ChecksumStatus.Vanished, path);
            View(name).List(path, "", Unexpected).Should().Be(FileStatusOutcome.Missing, path);
            View(name).GetLinkTarget(path, "", out _).Should().BeNull(path);
        }

        View(name).List(file, "", Unexpected).Should().Be(FileStatusOutcome.Missing);
    }

    [Theory]
    [MemberData(nameof(Views))]
    public void A_link_is_described_and_never_followed(string name)
    {
        Write("file", "hello");
        Directory.CreateDirectory(At("directory"));
        File.CreateSymbolicLink(At("to-file"), "file");
        File.CreateSymbolicLink(At("to-directory"), At("directory"));
        File.CreateSymbolicLink(At("to-nothing"), "none");
        File.CreateSymbolicLink(At("to-itself"), "to-itself");

        foreach (var link in new[] { "to-file", "to-directory", "to-nothing", "to-itself" })
        {
            View(name).GetStatus(At(link), "").ItemType.Should().Be(ItemType.SymbolicLink, link);
            View(name).Open(At(link), "").Status.Should().Be(ChecksumStatus.NotApplicable, link);
            View(name).List(At(link), "", Unexpected).Should().Be(FileStatusOutcome.Missing, link);
        }

        View(name).GetLinkTarget(At("to-file"), "", out _).Should().Be("file");
        View(name).GetLinkTarget(At("to-directory"), "", out _).Should().Be(At("directory"));
        View(name).GetLinkTarget(At("file"), "", out _).Should().BeNull();
    }

    [Theory]
    [MemberData(nameof(Views))]
    public void A_directory_is_listed_with_the_status_of_each_entry(string name)
    {
        Write("file", "hello");
        Directory.CreateDirectory(At("directory"));
        File.CreateSymbolicLink(At("link"), "file");

        List(View(name), _directory).Should().BeEquivalentTo(new Dictionary<string, ItemType>
        {
            ["file"] = ItemType.File,
            ["directory"] = ItemType.Directory,
            ["link"] = ItemType.SymbolicLink,
        });
        View(name).Open(At("directory"), "").Status.Should().Be(ChecksumStatus.NotApplicable);
    }

    [Theory]
    [MemberData(nameof(Views))]
    public void A_directory_larger_than_any_buffer_is_listed_completely(string name)
    {
        var expected = Enumerable.Range(0, 1500).Select(number => $"{number}-{new string('n', 200)}").ToList();
        expected.ForEach(entry => Write(entry, ""));

        List(View(name), _directory).Keys.Order(StringComparer.Ordinal).Should().Equal(expected.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Views))]
    public void An_exception_of_the_callback_is_the_callers(string name)
    {
        Write("file", "");

        FluentActions.Invoking(() => View(name).List(_directory, "", (_, _) => throw new IOException("the caller's")))
            .Should().Throw<IOException>().WithMessage("the caller's");
    }

    [Fact]
    public void A_pipe_is_never_opened()
    {
        OnLinux();
        Run("mkfifo", At("pipe"));

        _disk.GetStatus(At("pipe"), "").ItemType.Should().Be(ItemType.Other);
        _disk.Open(At("pipe"), "").Status.Should().Be(ChecksumStatus.NotApplicable);
    }

    [Theory]
    [MemberData(nameof(LinuxViews))]
    public void Nobody_who_waits_at_a_pipe_is_woken_by_a_look(string name)
    {
        OnLinux();
        Run("mkfifo", At("pipe"));
        using var writer = Start("bash", "-c", "exec 7>\"$0\"; echo woken", At("pipe"));

        View(name).GetStatus(_directory, "pipe").ItemType.Should().Be(ItemType.Other);
        View(name).GetDirectoryStatus(_directory, "pipe").ItemType.Should().Be(ItemType.Other);
        View(name).List(_directory, "pipe", Unexpected).Should().Be(FileStatusOutcome.Missing);
        View(name).Open(_directory, "pipe").Status.Should().Be(ChecksumStatus.NotApplicable);

        // It has waited all the while, and now somebody reads.
        writer.HasExited.Should().BeFalse();
        Run("timeout", "30", "head", "-c", "0", At("pipe"));
        writer.StandardOutput.ReadToEnd().Trim().Should().Be("woken");
        writer.WaitForExit();
    }

    [Theory]
    [MemberData(nameof(Views))]
    public void A_directory_swapped_for_a_link_leads_nowhere(string name)
    {
        Directory.CreateDirectory(At("outside/deep/er"));
        Write("outside/secret", "hello");
        Write("outside/deep/secret", "hello");
        File.CreateSymbolicLink(At("outside/link"), "secret");
        Directory.CreateDirectory(At("root"));
        File.CreateSymbolicLink(At("root/in"), At("outside"));

        foreach (var path in new[] { "in/secret", "in/link", "in/deep", "in/deep/secret" })
        {
            View(name).GetStatus(At("root"), path).Outcome.Should().Be(FileStatusOutcome.Missing, path);
            View(name).GetDirectoryStatus(At("root"), path).Outcome.Should().Be(FileStatusOutcome.Missing, path);
            View(name).GetLinkTarget(At("root"), path, out var link).Should().BeNull(path);
            link.Outcome.Should().Be(FileStatusOutcome.Missing, path);
            View(name).Open(At("root"), path).Status.Should().Be(ChecksumStatus.Vanished, path);
            View(name).List(At("root"), path, Unexpected).Should().Be(FileStatusOutcome.Missing, path);
        }

        View(name).GetStatus(At("root"), "in").ItemType.Should().Be(ItemType.SymbolicLink);
        View(name).GetLinkTarget(At("root"), "in", out var itself).Should().Be(At("outside"));
        itself.ItemType.Should().Be(ItemType.SymbolicLink);
        View(name).List(At("root"), "in", Unexpected).Should().Be(FileStatusOutcome.Missing);
    }

    [Theory]
    [MemberData(nameof(Views))]
    public void A_path_that_leads_up_or_around_names_nothing(string name)
    {
        Directory.CreateDirectory(At("root/in"));
        Write("secret", "hello");
        Write("root/in/file", "hello");

        foreach (var path in new[] { "..", "../secret", "in/../../secret", "in/..", ".", "./in", "in/./file", "in//file", "/in", "in/" })
        {
            View(name).GetStatus(At("root"), path).Outcome.Should().Be(FileStatusOutcome.Missing, path);
            View(name).Open(At("root"), path).Status.Should().Be(ChecksumStatus.Vanished, path);
            View(name).List(At("root"), path, Unexpected).Should().Be(FileStatusOutcome.Missing, path);
        }

        View(name).GetStatus(At("root"), "in/file").Size.Should().Be(5);
        View(name).GetStatus(At("root"), "").ItemType.Should().Be(ItemType.Directory);
    }

    [Theory]
    [MemberData(nameof(LinuxViews))]
    public void A_root_that_became_a_link_is_not_there(string name)
    {
        OnLinux();
        Directory.CreateDirectory(At("outside"));
        Write("outside/secret", "hello");
        File.CreateSymbolicLink(At("root"), "outside");

        View(name).GetStatus(At("root"), "secret").Outcome.Should().Be(FileStatusOutcome.Missing);
        View(name).GetStatus(At("root"), "").ItemType.Should().Be(ItemType.SymbolicLink);
        View(name).List(At("root"), "", Unexpected).Should().Be(FileStatusOutcome.Missing);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_sentinel_is_made_and_removed_in_the_root_and_through_no_link(bool isLink)
    {
        OnLinux();
        Directory.CreateDirectory(At("outside"));
        if (isLink)
        {
            File.CreateSymbolicLink(At("root"), "outside");
        }
        else
        {
            Directory.CreateDirectory(At("root"));
        }

        var made = LinuxBeneath.Make(At("root"), "sentinel");
        var again = LinuxBeneath.Make(At("root"), "sentinel");
        var isThere = File.Exists(At("root/sentinel"));
        var removed = LinuxBeneath.Remove(At("root"), "sentinel");

        (made, again, isThere, removed).Should().Be(isLink ? (LinuxErrors.ENOTDIR, LinuxErrors.ENOTDIR, false, LinuxErrors.ENOTDIR) : (0, EEXIST, true, 0));
        Directory.EnumerateFileSystemEntries(At("outside")).Should().BeEmpty();
    }

    [Fact]
    public void The_identity_is_the_files_and_not_the_names()
    {
        OnLinux();
        var identity = _disk.GetStatus(Write("file", "a"), "").Identity;
        identity.IsKnown.Should().BeTrue();
        var listed = default(FileStatus);
        _disk.List(_directory, "", (_, status) => listed = status);
        listed.Identity.Should().Be(identity, "the birth is known by whatever way it was looked at, or by none");

        File.Move(At("file"), At("renamed"));
        Write("file", "b");

        _disk.GetStatus(At("renamed"), "").Identity.Should().Be(identity);
        _disk.GetStatus(At("file"), "").Identity.Should().NotBe(identity);
        using var opened = _disk.Open(At("renamed"), "").File!;
        opened.GetStatus().Identity.Should().Be(identity);
    }

    [Fact]
    public void Mode_owner_and_links_are_the_files()
    {
        OnLinux();
        var path = Write("file", "a");
        Run("chmod", "4751", path);
        Run("ln", path, At("other"));

        _disk.GetStatus(path, "").Should().BeEquivalentTo(new { Mode = Convert.ToInt32("4751", 8), HardLinkCount = 2u });
        _disk.GetStatus(path, "").OwnerId.ToString().Should().Be(Run("stat", "-c", "%u", path).Trim());
        _disk.GetStatus(path, "").FileNumber.ToString().Should().Be(Run("stat", "-c", "%i", path).Trim());
    }

    [Theory]
    [MemberData(nameof(LinuxViews))]
    public void Every_name_the_system_allows_can_be_read_and_given_back(string view)
    {
        OnLinux();
        Run("bash", "-c", $"""cd '{_directory}'; for name in $'\xff' $'a\xc3' $'\xed\xb2\x80' $'new\nline' '\' '-' '~'; do printf "%s" "$name" > "$name"; done""");
        Write("äöü€😀", "äöü€😀");
        Write(new string('n', 255), "");
        Write(new string('€', 85), "");

        var names = List(View(view), _directory).Keys;

        names.Should().HaveCount(10).And.Contain(["\uDCFF", "a\uDCC3", "\uDCED\uDCB2\uDC80", "new\nline", "äöü€😀"]);
        foreach (var path in names.Select(At))
        {
            View(view).GetStatus(path, "").IsFound.Should().BeTrue(path);
            using var file = View(view).Open(path, "").File;
            file.Should().NotBeNull(path);
        }
    }

    [Theory]
    [MemberData(nameof(LinuxViews))]
    public void A_path_longer_than_the_kernel_takes_is_walked(string view)
    {
        OnLinux();
        var name = new string('d', 200);
        var depth = 45;
        Run("perl", "-e", "chdir shift or die; my ($name, $depth) = @ARGV; for (1 .. $depth) { mkdir $name or die; chdir $name or die } open F, '>', 'file'; print F 'hello'; symlink 'file', 'link'", _directory, name, $"{depth}");
        var directory = At(string.Join('/', Enumerable.Repeat(name, depth)));

        for (var length = 4090; length < 4100; length++)
        {
            var missing = _directory + "/" + new string('/', length - _directory.Length - 2) + "x";
            View(view).GetStatus(missing, "").Outcome.Should().Be(FileStatusOutcome.Missing, $"{length} bytes");
        }

        View(view).GetStatus(directory, "").ItemType.Should().Be(ItemType.Directory);
        View(view).GetStatus(directory + "/file", "").Size.Should().Be(5);
        View(view).GetStatus(directory + "/none", "").Outcome.Should().Be(FileStatusOutcome.Missing);
        View(view).GetLinkTarget(directory + "/link", "", out _).Should().Be("file");
        List(View(view), directory).Keys.Should().BeEquivalentTo("file", "link");
        using var file = View(view).Open(directory + "/file", "").File;
        file.Should().NotBeNull();
    }

    [Theory]
    [MemberData(nameof(LinuxViews))]
    public void What_may_not_be_read_is_inaccessible(string view)
    {
        OnLinux();
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "Permission bits do not bind this user.");
        Write("file", "a");
        Directory.CreateDirectory(At("closed"));
        Write("closed/file", "a");
        Run("chmod", "0", At("file"), At("closed"));

        View(view).Open(At("file"), "").Status.Should().Be(ChecksumStatus.Unreadable);
        View(view).Open(At("closed/file"), "").Status.Should().Be(ChecksumStatus.Unreadable);
        View(view).GetStatus(At("closed/file"), "").Outcome.Should().Be(FileStatusOutcome.Inaccessible);
        View(view).List(At("closed"), "", Unexpected).Should().Be(FileStatusOutcome.Inaccessible);
        Run("chmod", "700", At("closed"));
    }

    [Theory]
    [MemberData(nameof(LinuxViews))]
    public void A_file_under_a_lease_is_locked(string view)
    {
        OnLinux();
        Write("file", "a");
        using var holder = Start("perl", "-e", "$SIG{IO} = 'IGNORE'; open F, '<', shift; print fcntl(F, 1024, 1) ? qq(held\\n) : qq(refused\\n); close STDOUT; <STDIN>", At("file"));
        var answer = holder.StandardOutput.ReadLine();

        var status = answer == "held" ? View(view).Open(At("file"), "").Status : default;

        holder.StandardInput.Close();
        holder.WaitForExit();
        Assert.SkipUnless(answer == "held", "This file system has no leases.");
        status.Should().Be(ChecksumStatus.Locked);
    }

    [Fact]
    public void A_status_costs_no_buffer_on_the_heap()
    {
        OnLinux();
        var path = At(string.Join('/', Enumerable.Repeat(new string('d', 200), 5)));
        Directory.CreateDirectory(path);
        _disk.GetStatus(path, "").IsFound.Should().BeTrue();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var time = 0; time < 100; time++)
        {
            _disk.GetStatus(path, "");
        }

        // Code that is not optimized yet boxes a character here and there.
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(100 * 200);
    }

    public void Dispose()
    {
        // .NET cannot delete names that are not UTF-8.
        if (OperatingSystem.IsLinux())
        {
            Run("rm", "-rf", _directory);
        }
        else
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    private static void OnLinux() => Assert.SkipUnless(LinuxFiles.IsSupported, "Only on Linux with statx.");

    private static IFileView View(string name) => name == nameof(ManagedFileView) ? new ManagedFileView() : new LinuxFileView(walks: name == Walking);

    private static Dictionary<string, ItemType> List(IFileView view, string directory)
    {
        var found = new Dictionary<string, ItemType>();
        view.List(directory, "", (name, status) => found.Add(name, status.ItemType)).Should().Be(FileStatusOutcome.Found);
        return found;
    }

    private static void Unexpected(string name, FileStatus status) => Assert.Fail($"{name} was found");

    private string At(string relative) => Path.Join(_directory, relative);

    private string Write(string name, string content)
    {
        File.WriteAllText(At(name), content);
        return At(name);
    }

    private static string Run(string tool, params string[] arguments)
    {
        using var process = Start(tool, arguments);
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.Should().Be(0, $"{tool} is needed for this test");
        return output;
    }

    private static Process Start(string tool, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(tool, arguments) { RedirectStandardOutput = true, RedirectStandardInput = true })!;
}
