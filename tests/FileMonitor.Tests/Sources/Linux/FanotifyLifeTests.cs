using System.Diagnostics;
using FileMonitor.Sources.Fanotify;
using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace FileMonitor.Tests.Sources.Linux;

/// <summary>How it begins, ends, fails and comes back.</summary>
[Collection(nameof(FanotifyLifeTests))]
public sealed class FanotifyLifeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_thousand_starts_and_stops_leave_nothing_behind()
    {
        await using var bench = await FanotifyBench.StartAsync(start => Directory.CreateDirectory(start.At("a/b/c")));
        await StartAndStopAsync(bench, 20);
        var (groups, threads) = Count();

        await StartAndStopAsync(bench, 1000);

        var (groupsAfter, threadsAfter) = Count();
        groupsAfter.Should().BeLessThan(groups + 20, "other tests have some, too");
        threadsAfter.Should().BeLessThan(threads + 50);
    }

    [Fact]
    public async Task A_start_that_is_cut_off_by_the_stop_leaves_nothing_behind()
    {
        FanotifyBench.SkipUnlessUsable();
        await using var bench = await FanotifyBench.StartAsync();
        for (var i = 0; i < 50; i++)
        {
            var source = new FanotifySource(TimeSpan.FromSeconds(1), TimeProvider.System, NullLogger.Instance);
            var starting = source.StartAsync([bench.Root], bench.Heard, Token);
            await source.DisposeAsync();
            await starting.WaitAsync(FanotifyBench.Deadline, Token);
            source.Listener?.Directories.Should().BeInRange(0, 1);
        }

        bench.Heard.Lines.Should().BeEmpty();
    }

    [Fact]
    public async Task A_queue_that_overflows_is_said_and_the_tree_found_anew()
    {
        await using var bench = await FanotifyBench.StartAsync(start => Directory.CreateDirectory(start.At("a/b")));
        await bench.HintsAsync();
        using var go = new ManualResetEventSlim();
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bench.Heard.Written = _ =>
        {
            held.TrySetResult();
            go.Wait(FanotifyBench.Deadline);
        };
        await File.WriteAllTextAsync(bench.At("first"), "", Token);
        await held.Task.WaitAsync(FanotifyBench.Deadline, Token);

        // More than the kernel keeps, while nobody reads; among it the making of a directory.
        var kept = int.Parse(await File.ReadAllTextAsync("/proc/sys/fs/fanotify/max_queued_events", Token));
        Assert.SkipUnless(kept <= 20_000, "The kernel's queue is larger than this test wants to fill.");
        for (var i = 0; i < kept; i++)
        {
            File.CreateSymbolicLink(bench.At($"link{i}"), "nowhere");
        }

        Directory.CreateDirectory(bench.At("made"));
        go.Set();

        await bench.Heard.HeardAsync("lost SourceOverflow ''");
        bench.Heard.Written = null;
        await bench.HintsAsync();
        await File.WriteAllTextAsync(bench.At("made/f"), "", Token);
        await File.WriteAllTextAsync(bench.At("a/b/f"), "", Token);
        (await bench.HintsAsync()).Should().Equal("Created made/f finished", "Created a/b/f finished");
    }

    [Fact]
    public async Task A_thread_that_dies_is_replaced_and_what_was_missed_is_said()
    {
        await using var bench = await FanotifyBench.StartAsync(start => Directory.CreateDirectory(start.At("a")));
        await bench.HintsAsync();
        bench.Heard.Written = _ => throw new InvalidOperationException("a defect");

        await File.WriteAllTextAsync(bench.At("f"), "", Token);
        await bench.Heard.HeardAsync("uncovered SourceError ''");
        bench.Heard.Written = null;
        await bench.Heard.HeardAsync("covered SourceError ''");

        bench.Heard.Lines.Select(line => string.Join(' ', line.Split(' ')[..2])).Should().Equal("uncovered SourceError", "lost SourceRestarted", "covered SourceError");
        bench.Source.Problems.Should().BeEmpty();
        await bench.HintsAsync();
        await File.WriteAllTextAsync(bench.At("a/g"), "", Token);
        (await bench.HintsAsync()).Should().Equal("Created a/g finished");
    }

    [Fact]
    public async Task A_root_that_was_gone_is_watched_when_it_is_armed_again()
    {
        await using var bench = await FanotifyBench.StartAsync(start => Directory.CreateDirectory(start.At("a")));
        await bench.HintsAsync();

        Directory.Move(bench.Root.Path, bench.AtOutside("old"));
        await bench.Source.Invoking(source => source.RearmAsync(bench.Root, Token)).Should().ThrowAsync<IOException>();
        Directory.CreateDirectory(bench.At("b"));
        await bench.Source.RearmAsync(bench.Root, Token);
        await bench.HintsAsync();
        await File.WriteAllTextAsync(bench.At("b/f"), "", Token);
        await File.WriteAllTextAsync(bench.AtOutside("old/a/f"), "", Token);

        (await bench.HintsAsync()).Should().Equal("Created b/f finished");
    }

    [Fact]
    public async Task A_root_that_is_missing_at_the_start_is_waited_for()
    {
        FanotifyBench.SkipUnlessUsable();
        await using var bench = await FanotifyBench.StartAsync();
        var root = AwaitableWriter.Root(bench.AtOutside("later"));
        await using var source = new FanotifySource(TimeSpan.FromSeconds(1), TimeProvider.System, NullLogger.Instance);
        var heard = new HintRecorder();

        await source.StartAsync([root], heard, Token);
        (await source.FlushAsync(root, Token)).Should().Contain("not watched");
        Directory.CreateDirectory(root.Path);
        await source.RearmAsync(root, Token);
        await File.WriteAllTextAsync(Path.Join(root.Path, "f"), "", Token);

        (await source.FlushAsync(root, Token)).Should().BeNull();
        heard.Changes.Select(change => change.RelativePath).Distinct().Should().Equal("f");
    }

    [Fact]
    public void What_cannot_be_watched_has_a_reason()
    {
        FanotifyBench.SkipUnlessUsable();
        FanotifySupport.WhyNot("/proc").Should().NotBeNull();
        FanotifySupport.WhyNot("/a/directory/that/is/not/there").Should().BeNull("it is not there yet");
        int[] errors = [1, 12, 18, 19, 22, 24, 28, 38, 95];
        errors.Select(FanotifyErrors.ExplainOpening).Should().OnlyHaveUniqueItems();
        errors.Select(error => FanotifyErrors.ExplainMarking(error, "/x")).Should().OnlyHaveUniqueItems();
    }

    private static async Task StartAndStopAsync(FanotifyBench bench, int times)
    {
        for (var i = 0; i < times; i++)
        {
            await using var source = new FanotifySource(TimeSpan.FromSeconds(1), TimeProvider.System, NullLogger.Instance);
            await source.StartAsync([bench.Root], bench.Heard, Token);
        }
    }

    private static (int Groups, int Threads) Count()
    {
        using var process = Process.GetCurrentProcess();
        var groups = Directory.EnumerateFileSystemEntries("/proc/self/fd")
            .Count(link => new FileInfo(link).LinkTarget is { } target && (target.Contains("fanotify", StringComparison.Ordinal) || target.Contains("eventfd", StringComparison.Ordinal) || target.Contains("mountinfo", StringComparison.Ordinal)));
        return (groups, process.Threads.Count);
    }
}
