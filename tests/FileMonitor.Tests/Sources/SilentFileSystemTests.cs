using FileMonitor.Sources.Mounts;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Sources;

public sealed class SilentFileSystemTests
{
    private const string MountInfo = """
        22 27 0:21 / /proc rw,relatime - proc proc rw
        27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
        30 27 0:30 / /mnt rw,relatime shared:1 master:2 - ext4 /dev/vdb rw
        31 30 0:31 / /mnt/share rw,relatime shared:3 - nfs4 server:/export rw
        32 31 0:32 / /mnt/share/local rw - xfs /dev/vdc rw
        33 27 0:33 / /mnt/with\040a\040space\134and\011tab rw - cifs //server/share rw
        34 27 0:34 / /stacked rw - nfs server:/one rw
        35 34 0:35 / /stacked rw - tmpfs tmpfs rw
        36 27 0:36 / /ssh rw - fuse.sshfs me@server: rw
        37 27 0:37 / /ntfs rw - fuseblk /dev/sdb1 rw
        38 27 0:38 / /wsl rw - 9p drvfs rw
        39 27 0:39 / /Üml rw unbindable - virtiofs share rw
        a line that says nothing
        40 27 0:40 /
        41 27 0:41 / /nothing rw -

        """;

    private static readonly MountTable Mounts = MountTable.Parse(MountInfo);

    [Theory]
    [InlineData("/", "ext4")]
    [InlineData("/home/me", "ext4")]
    [InlineData("/mnt", "ext4")]
    [InlineData("/mnt/share", "nfs4")]
    [InlineData("/mnt/share/a/b", "nfs4")]
    [InlineData("/mnt/shared", "ext4")] // Only whole names count.
    [InlineData("/mnt/share/local/x", "xfs")]
    [InlineData("/mnt/with a space\\and\ttab/x", "cifs")]
    [InlineData("/stacked/x", "tmpfs")] // The last mount lies on top.
    [InlineData("/Üml/x", "virtiofs")]
    [InlineData("/nothing", "ext4")] // Its line is broken.
    public void A_path_lies_on_the_mount_nearest_to_it(string path, string type) => Mounts.FindType(path).Should().Be(type);

    [Fact]
    public void Without_a_table_nothing_is_known() => MountTable.Parse("").FindType("/").Should().BeNull();

    [Fact]
    public void The_table_of_this_machine_can_be_read()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "A table of Linux.");
        MountTable.Read().FindType("/proc/self").Should().Be("proc");
    }

    [Theory]
    [InlineData("/home", null)]
    [InlineData("/stacked", null)]
    [InlineData("/ntfs", null)]
    [InlineData("/mnt/share", "nfs4 reports no changes made by others")]
    [InlineData("/mnt/with a space\\and\ttab", "cifs reports no changes made by others")]
    [InlineData("/ssh", "fuse.sshfs reports no changes made by others")]
    [InlineData("/wsl", "9p reports no changes made by others")]
    [InlineData("/Üml", "virtiofs reports no changes made by others")]
    public void What_others_may_change_unseen_is_polled(string path, string? reason) =>
        SilentFileSystem.WhyPolled(path, variable: null, Mounts).Should().Be(reason);

    [Theory]
    [InlineData("1", true)]
    [InlineData("true", true)]
    [InlineData("TRUE", true)]
    [InlineData("0", false)]
    [InlineData("false", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void The_variable_of_the_watchers_of_dotnet_is_heeded(string? value, bool polled) =>
        SilentFileSystem.WhyPolled("/home", value, Mounts).Should().Be(polled ? "DOTNET_USE_POLLING_FILE_WATCHER is set" : null);

    [Fact]
    public void Where_there_is_no_table_a_local_drive_is_watched() =>
        SilentFileSystem.WhyPolled(Path.GetTempPath(), variable: null, mounts: null).Should().BeNull();
}
