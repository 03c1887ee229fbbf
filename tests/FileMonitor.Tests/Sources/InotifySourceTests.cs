using FileMonitor.Extending;
using FileMonitor.Sources;
using FileMonitor.Sources.Inotify;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Tests.Sources;

/// <summary>What the source does when the kernel's queue is full, and that it leaves nothing behind. On a real directory: it is the kernel that is asked.</summary>
[Collection(nameof(InotifyDescriptorTests))]
public sealed class InotifySourceTests : IAsyncDisposable
{
    // The default of fs.inotify.max_queued_events is 16,384; a machine that allows more is asked.
    private static readonly int MoreThanTheQueueHolds =
        (OperatingSystem.IsLinux() && int.TryParse(File.ReadAllText("/proc/sys/fs/inotify/max_queued_events"), out var most) ? most : 16_384) + 2_000;

    private readonly string _home = Directory.CreateTempSubdirectory("filemonitor-inotify-").FullName;
    private readonly AwaitableWriter _writer = new();
    private readonly InotifySource _source;
    private readonly MonitoredRoot _root;

    public InotifySourceTests()
    {
        _source = New();
        _root = AwaitableWriter.Root(_home);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }

    [Fact]
    public async Task A_full_queue_uncovers_the_root_until_every_directory_was_watched_anew()
    {
        SkipUnlessLinux();
        Assert.SkipWhen(MoreThanTheQueueHolds > 200_000, "The kernel's queue is very large here.");
        await _source.StartAsync([_root], _writer, Token);
        using var release = new ManualResetEventSlim();
        _writer.Written = line =>
        {
            if (line.StartsWith("Created first", StringComparison.Ordinal))
            {
                release.Wait(Token);
            }
        };
        Touch("first");
        await _writer.HeardAsync("Created first");

        // Each makes two events and more; the thread that reads them is held.
        for (var i = 0; i < MoreThanTheQueueHolds; i++)
        {
            Directory.CreateDirectory(Path.Join(_home, "d"));
            Directory.Delete(Path.Join(_home, "d"));
        }

        Directory.CreateDirectory(Path.Join(_home, "unheard"));
        release.Set();
        await _writer.HeardAsync("covered SourceOverflow");

        // The end of a condition is reported before a flush stops to name it, so that no flush is complete too early.
        while (await _source.FlushAsync(_root, Token) is not null)
        {
            await Task.Yield();
        }

        Touch("unheard/f");
        await _writer.HeardAsync("Created unheard/f");

        _writer.Lines.Where(line => line.Contains("SourceOverflow", StringComparison.Ordinal)).Select(line => line.Split(' ')[0]).Should().Equal("uncovered", "covered");
        _source.Problems.Should().BeEmpty();
    }

    [Fact]
    public async Task A_flush_ends_when_all_that_was_done_before_it_is_hinted_at()
    {
        SkipUnlessLinux();
        await _source.StartAsync([_root], _writer, Token);
        for (var round = 0; round < 200; round++)
        {
            var deep = $"{round}/a/b";
            Directory.CreateDirectory(Path.Join(_home, deep));
            await File.WriteAllTextAsync(Path.Join(_home, deep, "f"), "", Token);
            (await _source.FlushAsync(_root, Token)).Should().BeNull();

            // The file, or a directory above it that is looked into because of that.
            _writer.Lines.Should().Contain(line => line.StartsWith($"Created {round}", StringComparison.Ordinal));
            _writer.Clear();
            await File.WriteAllTextAsync(Path.Join(_home, deep, "g"), "", Token);
            (await _source.FlushAsync(_root, Token)).Should().BeNull();
            _writer.Lines.Should().Contain($"Created {deep}/g", "by now it is watched");
        }
    }

    [Fact]
    public async Task What_was_done_before_the_end_is_hinted_at()
    {
        SkipUnlessLinux();
        await using var source = New();
        await source.StartAsync([_root], _writer, Token);
        for (var i = 0; i < 100; i++)
        {
            Touch($"{i}");
        }

        await source.DisposeAsync();

        _writer.Lines.Where(line => line.StartsWith("Created", StringComparison.Ordinal)).Should().HaveCount(100);
    }

    [Fact]
    public async Task A_thousand_starts_and_stops_leave_no_descriptor_behind()
    {
        SkipUnlessLinux();
        Directory.CreateDirectory(Path.Join(_home, "a/b"));
        var before = CountDescriptors();
        for (var run = 0; run < 1_000; run++)
        {
            await using var source = New();
            await source.StartAsync([_root], _writer, Token);
        }

        // Others open and close theirs meanwhile; a leak would be a thousand, twice.
        CountDescriptors().Should().BeLessThan(before + 100);
    }

    [Fact]
    public async Task A_root_that_is_handed_over_is_not_heard_of_any_more()
    {
        SkipUnlessLinux();
        var other = AwaitableWriter.Root(Directory.CreateDirectory(Path.Join(_home, "other")).FullName);
        var own = AwaitableWriter.Root(Directory.CreateDirectory(Path.Join(_home, "own")).FullName);
        await _source.StartAsync([own], _writer, Token);
        await _source.StartAsync([other], _writer, Token);

        await _source.HandOverAsync(own);
        Touch("own/f");
        Touch("other/g");

        await _writer.HeardAsync("Created g");
        _writer.Lines.Should().NotContain("Created f");
        (await _source.FlushAsync(own, Token)).Should().NotBeNull("it is not watched");
    }

    [Fact]
    public async Task Roots_inside_each_other_are_both_told()
    {
        SkipUnlessLinux();
        var inner = AwaitableWriter.Root(Directory.CreateDirectory(Path.Join(_home, "inner")).FullName);
        await _source.StartAsync([_root], _writer, Token);
        await _source.StartAsync([inner], _writer, Token);

        Touch("inner/f");

        await _writer.HeardAsync("Created f");
        await _writer.HeardAsync("Created inner/f");
    }

    [Fact]
    public async Task What_is_not_there_is_waited_for_and_cannot_be_armed()
    {
        SkipUnlessLinux();
        var missing = AwaitableWriter.Root(Path.Join(_home, "missing"));
        await _source.StartAsync([missing], _writer, Token);
        await _source.Invoking(source => source.RearmAsync(missing, Token)).Should().ThrowAsync<IOException>();

        Directory.CreateDirectory(missing.Path);
        await _source.RearmAsync(missing, Token);
        Touch("missing/f");

        await _writer.HeardAsync("Created f");
    }

    private static void SkipUnlessLinux() => Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.Is64BitProcess, "inotify is there on 64-bit Linux.");

    private static int CountDescriptors() => Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();

    private static InotifySource New() => new(TimeSpan.FromHours(1), WatchLimit.Read, new FakeTimeProvider(), new CapturingLog());

    private void Touch(string path) => File.WriteAllText(Path.Join(_home, path), "");
}
