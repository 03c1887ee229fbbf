using FileMonitor.Extending;
using FileMonitor.Sources.Native;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Sources.Windows;

/// <summary>The view of the disk of Windows. Asynchronous for the skip alone: under Wine a synchronous test that skips itself holds up the next one.</summary>
public sealed class WindowsFileViewTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("filemonitor-windows-").FullName;

    /// <summary>As a Windows resolves paths that knows OBJ_DONT_REPARSE, and as one that does not.</summary>
    public static TheoryData<bool> Ways => [false, true];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_file_keeps_its_identity_under_another_name_and_another_file_has_another(bool walks)
    {
        await OnWindows();
        var view = new WindowsFileView(walks);
        Write("d/a", "one");
        var before = view.GetStatus(_directory, "d/a");
        File.Move(At("d/a"), At("b"));
        Write("d/a", "one");

        before.Identity.IsKnown.Should().BeTrue();
        view.GetStatus(_directory, "b").Identity.Should().Be(before.Identity);
        view.GetStatus(_directory, "d/a").Identity.IsSame(before.Identity).Should().BeFalse();
        view.GetStatus(_directory, "").Identity.IsKnown.Should().BeTrue("a root that was replaced is another directory");
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Listing_status_and_open_file_agree(bool walks)
    {
        await OnWindows();
        var view = new WindowsFileView(walks);
        Write("d/e/f", "hello");
        Directory.CreateDirectory(At("d/e/sub"));
        var found = new Dictionary<string, FileStatus>();
        view.List(_directory, "d/e", found.Add).Should().Be(FileStatusOutcome.Found);

        found.Keys.Should().BeEquivalentTo("f", "sub");
        found["sub"].ItemType.Should().Be(ItemType.Directory);
        found["f"].Should().Be(view.GetStatus(_directory, "d/e/f"));
        found["f"].Size.Should().Be(5);
        using var file = view.Open(_directory, "d/e/f").File!;
        file.GetStatus().Identity.Should().Be(found["f"].Identity);
        view.GetDirectoryStatus(_directory, "d/e").ItemType.Should().Be(ItemType.Directory);
        view.GetDirectoryStatus(_directory, "d/e/f").ItemType.Should().Be(ItemType.File);
        view.Open(_directory, "d/e/sub").Status.Should().Be(ChecksumStatus.NotApplicable);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Flags_and_access_lists_are_told_before_and_after(bool walks)
    {
        await OnWindows();
        var view = new WindowsFileView(walks);
        Write("f", "1");
        var before = view.GetExtendedAttributes(_directory, "f", out var item);
        File.SetAttributes(At("f"), FileAttributes.ReadOnly | FileAttributes.Hidden);
        var marked = view.GetStatus(_directory, "f");
        File.SetAttributes(At("f"), FileAttributes.Normal);

        item.Identity.Should().Be(marked.Identity);
        (item.Flags, marked.Flags, view.GetStatus(_directory, "f").Flags).Should().Be((ItemFlags.None, ItemFlags.ReadOnly | ItemFlags.Hidden, ItemFlags.None));
        new ExtendedAttributes(before!).AccessControlList.Should().StartWith("O:").And.Contain("D:");
        view.GetExtendedAttributes(_directory, "missing", out var missing).Should().BeNull();
        missing.Outcome.Should().Be(FileStatusOutcome.Missing);
    }

    [Theory]
    [InlineData("trailing dot.")]
    [InlineData("trailing blank ")]
    [InlineData("NUL")]
    [InlineData("con.txt")]
    [InlineData("x~1")]
    public async Task A_name_that_Win32_would_change_is_a_name_like_any_other(string name)
    {
        await OnWindows();
        var view = new WindowsFileView();
        await File.WriteAllTextAsync(@"\\?\" + At(name), "text", TestContext.Current.CancellationToken);

        view.GetStatus(_directory, name).Size.Should().Be(4);
        using var file = view.Open(_directory, name).File!;
        file.Read(new byte[8], 0).Should().Be(4);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_path_longer_than_260_characters_is_a_path_like_any_other(bool walks)
    {
        await OnWindows();
        var relative = string.Join('/', Enumerable.Repeat(new string('n', 60), 8));
        Directory.CreateDirectory(@"\\?\" + At(relative));
        await File.WriteAllTextAsync(@"\\?\" + At(relative + "/f"), "text", TestContext.Current.CancellationToken);

        var view = new WindowsFileView(walks);
        view.GetStatus(_directory, relative + "/f").Size.Should().Be(4);
        view.GetStatus(At(relative), "f").Size.Should().Be(4, "the path of a root may be long, too");
        Directory.Delete(@"\\?\" + At(relative.Split('/')[0]), recursive: true);
    }

    [Fact]
    public async Task A_stream_of_a_file_is_no_file()
    {
        await OnWindows();
        Write("f", "text");
        var view = new WindowsFileView();

        view.GetStatus(_directory, "f::$DATA").Outcome.Should().Be(FileStatusOutcome.Missing);
        view.Open(_directory, "f:stream").Status.Should().Be(ChecksumStatus.Vanished);
        view.GetStatus(_directory, @"d\..\f").Outcome.Should().Be(FileStatusOutcome.Missing, "a backslash is no part of a name");
    }

    [Fact]
    public async Task A_file_that_somebody_keeps_to_himself_is_locked_and_has_a_status()
    {
        await OnWindows();
        Write("f", "text");
        var view = new WindowsFileView();
        using (new FileStream(At("f"), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            view.GetStatus(_directory, "f").Size.Should().Be(4);
            var opening = view.Open(_directory, "f");
            opening.Status.Should().Be(ChecksumStatus.Locked);
            opening.Detail.Should().NotBeNullOrEmpty();
        }

        using var file = view.Open(_directory, "f").File;
        file.Should().NotBeNull();
    }

    [Fact]
    public async Task Who_has_a_file_open_for_writing_is_known()
    {
        await OnWindows();
        Write("f", "text");
        var view = new WindowsFileView();
        view.GetWriters(_directory, "f").Should().Be(FileWriters.None);
        using var reader = view.Open(_directory, "f").File!;
        reader.GetWriters().Should().Be(FileWriters.None, "a reader is no writer");
        using (new FileStream(At("f"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            view.GetWriters(_directory, "f").Should().Be(FileWriters.Open);
            reader.GetWriters().Should().Be(FileWriters.Open);
        }

        view.GetWriters(_directory, "f").Should().Be(FileWriters.None);
        view.GetWriters(_directory, "none").Should().Be(FileWriters.Unknown);
    }

    [Fact]
    public async Task What_is_open_can_be_written_renamed_and_deleted_by_others()
    {
        await OnWindows();
        Write("f", "text");
        var view = new WindowsFileView();
        using var file = view.Open(_directory, "f").File!;
        file.GetStatus();
        await File.AppendAllTextAsync(At("f"), "more", TestContext.Current.CancellationToken);
        File.Move(At("f"), At("g"));

        file.GetStatus().Size.Should().Be(8);
        File.Delete(At("g"));
    }

    [Theory]
    [InlineData(@"C:\data", @"\??\C:\data")]
    [InlineData(@"C:\", @"\??\C:\")]
    [InlineData(@"\\server\share\data", @"\??\UNC\server\share\data")]
    [InlineData(@"\\?\C:\data.", @"\??\C:\data.")]
    [InlineData(@"\\?\UNC\server\share", @"\??\UNC\server\share")]
    public void A_root_may_be_a_drive_a_share_or_a_path_of_the_object_manager(string root, string expected) =>
        WindowsBeneath.ObjectPath(root).Should().Be(expected);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static Task OnWindows()
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), "Only on Windows.");
        return Task.CompletedTask;
    }

    private void Write(string relative, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(relative))!);
        File.WriteAllText(At(relative), content);
    }

    private string At(string relative) => Path.Join(_directory, relative.Replace('/', Path.DirectorySeparatorChar));
}
