using System.Collections.Concurrent;
using FileMonitor.Extending;
using FileMonitor.Sources.Mounts;
using FileMonitor.Values;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Tests.Sources.Linux;

/// <summary>The table of mounts, and what is mounted below a root and says nothing of what others do there.</summary>
public sealed class MountTests : IAsyncDisposable
{
    private readonly HintRecorder _writer = new();
    private readonly MonitoredRoot _root = AwaitableWriter.Root("/root");
    private readonly SilentMounts _silent;
    private bool _isPolled;

    public MountTests() => _silent = new SilentMounts(() => [_root], _ => _isPolled, _writer, TimeSpan.FromHours(1), new FakeTimeProvider());

    public ValueTask DisposeAsync() => _silent.DisposeAsync();

    private string[] Said => [.. _writer.Lines.Select(line => string.Join(' ', line.Split(' ')[..3]))];

    [Fact]
    public void A_share_below_a_root_is_a_gap_as_long_as_it_is_mounted()
    {
        _silent.Hear(Table("/ ext4", "/root/d/share nfs4", "/root/local ext4", "/elsewhere nfs4"));
        _silent.Hear(Table("/ ext4", "/root/d/share nfs4"));
        Said.Should().Equal("uncovered PartialCoverage 'd/share'");
        _writer.Lines[0].Should().Contain("nfs4").And.Contain("/root/d/share");

        _silent.Hear(Table("/ ext4"));

        Said.Should().Equal("uncovered PartialCoverage 'd/share'", "covered PartialCoverage 'd/share'");
    }

    [Fact]
    public void Under_another_mount_it_is_not_seen()
    {
        _silent.Hear(Table("/ ext4", "/root/share nfs4", "/root/share tmpfs"));

        Said.Should().BeEmpty();
    }

    [Fact]
    public void Where_the_whole_root_is_polled_it_is_compared_anyway()
    {
        _isPolled = true;
        _silent.Hear(Table("/root fuse.sshfs", "/root/share fuse.sshfs"));

        Said.Should().BeEmpty();
    }

    [Fact]
    public void A_mount_point_whose_name_is_not_UTF8_is_known_by_its_bytes()
    {
        byte[] line = [.. "36 35 98:0 / /root/"u8, 0xFF, .. "\\040x rw - nfs4 server:/ rw\n"u8];

        _silent.Hear(MountTable.Parse(PathText.Decode(line)));

        Said.Should().ContainSingle();
        _writer.Lines[0].Should().StartWith("uncovered PartialCoverage '\uDCFF x'");
    }

    [Fact]
    public async Task Whoever_asks_is_answered_and_an_end_leaves_nobody_waiting()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The table is Linux's.");
        var looked = 0;
        var watch = MountWatch.TryOpen(() => [_root], (_, _) => Task.CompletedTask, _ => Interlocked.Increment(ref looked), MountWatch.TablePath, out var obstacle)!;
        obstacle.Should().BeNull();
        await watch.SeenAsync();
        watch.Start();
        await watch.SeenAsync().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        looked.Should().BePositive("it looks at the start");

        await watch.DisposeAsync();

        await watch.SeenAsync().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task What_is_mounted_on_a_root_or_above_it_is_told_of_the_root_itself()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The table is Linux's.");
        var home = Directory.CreateTempSubdirectory("filemonitor-mounts-").FullName;
        var told = new ConcurrentQueue<string>();
        var root = AwaitableWriter.Root(Directory.CreateDirectory(Path.Join(home, "a/root")).FullName);
        await using var watch = MountWatch.TryOpen(
            () => [root],
            (_, path) =>
            {
                told.Enqueue($"'{path}'");
                return Task.CompletedTask;
            },
            _ => { },
            MountWatch.TablePath,
            out var obstacle)!;
        obstacle.Should().BeNull();
        watch.Start();
        using (Mounted.At(root.PhysicalPath, "-t tmpfs none"))
        {
            await watch.SeenAsync();
            told.Should().Equal("''");
        }

        await watch.SeenAsync();
        told.Should().Equal("''", "''");
        using (Mounted.At(Path.Join(home, "a"), "-t tmpfs none"))
        {
            await watch.SeenAsync();
            told.Should().Equal("''", "''", "''");
        }

        Directory.Delete(home, recursive: true);
    }

    [Fact]
    public void Without_the_table_there_is_nothing_to_wait_for_and_a_sentence_for_the_person_on_call()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The table is Linux's.");

        MountWatch.TryOpen(() => [_root], (_, _) => Task.CompletedTask, _ => { }, "/proc/no-such-table", out var obstacle).Should().BeNull();

        obstacle.Should().Contain("Mounts").And.Contain("/proc/no-such-table").And.Contain("No such file");
    }

    private static MountTable Table(params string[] mounts) => MountTable.Parse(
        string.Concat(mounts.Select((mount, index) => $"{index} 1 0:{index} / {mount.Split(' ')[0]} rw - {mount.Split(' ')[1]} none rw\n")));
}
