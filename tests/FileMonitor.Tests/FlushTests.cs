using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests;

/// <summary>What a flush waits for, on a clock that stands still unless the test moves it.</summary>
public sealed class FlushTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("write a 1; append a 2", "C a 12")]
    [InlineData("append old x; rm gone", "M old 1→1x, D gone 2")]
    [InlineData("mv old new", "R old→new")]
    [InlineData("mkdir d; write d/a 1; mkdir d/e; write d/e/b 2", "C d/, C d/a 1, C d/e/, C d/e/b 2")]
    [InlineData("", "")]
    public async Task It_settles_without_the_quiet_period(string script, string expected)
    {
        await using var tree = await MonitoredTree.StartKnowingAsync("old=1 gone=2");
        await tree.PlayAsync(script);
        var result = await FlushAsync(tree);

        result.Should().BeEquivalentTo(new { Sequence = (long)tree.Sink.Events.Count, IsComplete = true });
        tree.Describe(tree.Sink.Events).Split(", ").Should().BeEquivalentTo(expected.Split(", "));
        (await tree.StopAsync()).Should().HaveCount((int)result.Sequence);
    }

    [Fact]
    public async Task It_waits_for_what_it_finds_itself_after_a_deletion_that_was_put_off()
    {
        // Without checksums, so that no file that was read wakes it by chance.
        await using var tree = await MonitoredTree.StartAsync("a=1 b=2", options => options.Checksum.Enabled = false);
        await tree.PlayAsync("mv a b; rm b; write a 5; write c 6");
        await FlushAsync(tree);

        tree.Sink.Events.Select(said => $"{said.Kind} {said.RelativePath}").Should().BeEquivalentTo("Deleted b", "Modified a", "Created c");
        await tree.StopAsync();
    }

    [Fact]
    public async Task What_comes_after_it_keeps_its_quiet_period()
    {
        await using var tree = await MonitoredTree.StartAsync();
        await tree.PlayAsync("write a 1");
        await FlushAsync(tree);
        await tree.PlayAsync("write b 2");
        await tree.UntilAsync(() => tree.Counters.Received == 4);

        tree.Describe(tree.Sink.Events).Should().Be("C a 1");
        tree.Counters.Pending.Should().Be(2);
        await tree.StopAsync();
    }

    [Fact]
    public async Task Those_that_are_asked_for_meanwhile_share_the_next_one()
    {
        await using var tree = await MonitoredTree.StartAsync();
        using var hold = new ManualResetEventSlim();
        tree.Tree.Files.OnOpen = _ => hold.Wait(Token);
        await tree.PlayAsync("write a 1");
        var first = tree.Monitor.FlushAsync(Token);
        await tree.UntilAsync(() => tree.Monitor.GetHealth().FilesBeingRead == 1);
        await tree.PlayAsync("write b 2");
        Task<FlushResult>[] others = [tree.Monitor.FlushAsync(Token), tree.Monitor.FlushAsync(Token), tree.Monitor.FlushAsync(Token)];
        hold.Set();

        (await first.WaitAsync(Patience, Token)).Sequence.Should().BeGreaterThanOrEqualTo(1);
        (await Task.WhenAll(others).WaitAsync(Patience, Token)).Should().OnlyContain(result => result.Sequence == 2);
        tree.Describe(tree.Sink.Events).Should().Be("C a 1, C b 2");
        await tree.StopAsync();
    }

    [Fact]
    public async Task It_ends_though_new_hints_never_do()
    {
        await using var tree = await MonitoredTree.StartAsync();
        var files = 0;
        tree.Tree.Files.OnOpen = _ => tree.Tree.WriteFile($"storm{files++}", "");
        await tree.PlayAsync("write a 1; write b 2");
        await FlushAsync(tree);

        tree.Describe(tree.Sink.Events).Split(", ").Should().Contain("C a 1", "C b 2").And.HaveCountLessThan(5);
        tree.Tree.Files.OnOpen = null;
        await tree.StopAsync();
    }

    [Fact]
    public async Task It_waits_for_files_that_are_being_summed()
    {
        await using var tree = await MonitoredTree.StartAsync();
        using var hold = new ManualResetEventSlim();
        tree.Tree.Files.OnOpen = _ => hold.Wait(Token);
        await tree.PlayAsync("write a 1");
        await tree.AdvanceUntilAsync(() => tree.Monitor.GetHealth().FilesBeingRead == 1);
        var flush = tree.Monitor.FlushAsync(Token);
        await tree.PlayAsync("yield");
        flush.IsCompleted.Should().BeFalse();

        hold.Set();
        (await flush.WaitAsync(Patience, Token)).Sequence.Should().Be(1);
        tree.Describe(tree.Sink.Events).Should().Be("C a 1");
        tree.Counters.Pending.Should().Be(0);
        await tree.StopAsync();
    }

    [Fact]
    public async Task It_waits_for_what_is_in_new_directories_however_deep()
    {
        await using var tree = await MonitoredTree.StartAsync();
        tree.Tree.Silent = true;
        await tree.PlayAsync("write d/a 1; write d/e/f/b 2");
        await tree.PlayAsync("hint Created d");
        await FlushAsync(tree);

        tree.Describe(tree.Sink.Events).Split(", ").Should().BeEquivalentTo("C d/", "C d/a 1", "C d/e/", "C d/e/f/", "C d/e/f/b 2");
        await tree.StopAsync();
    }

    [Fact]
    public async Task It_waits_for_the_comparison_after_a_loss_and_has_its_gap_closed()
    {
        await using var tree = await MonitoredTree.StartKnowingAsync("a=1 d/e/x=2");
        tree.Tree.Silent = true;
        await tree.PlayAsync("rm a; append d/e/x 2; write d/e/y 3");
        tree.Tree.Source.Lose("", GapCause.SourceOverflow, "too much");
        var result = await FlushAsync(tree);

        result.IsComplete.Should().BeTrue();
        tree.Describe(tree.Sink.Events).Split(", ").Should()
            .BeEquivalentTo("X SourceOverflow", "D a 1", "M d/e/x 2→22", "C d/e/y 3", "/X SourceOverflow")
            .And.EndWith("/X SourceOverflow");
        await tree.StopAsync();
    }

    [Fact]
    public async Task It_waits_for_the_baseline_where_that_is_reported()
    {
        using var hold = new ManualResetEventSlim();
        await using var tree = MonitoredTree.Create(
            string.Join(' ', Enumerable.Range(0, 50).Select(file => $"f{file}={file}")),
            options =>
            {
                options.Report.Baseline = true;
                options.Checksum.Baseline = true;
            });
        tree.Tree.Files.OnOpen = _ => hold.Wait(Token);
        await tree.Monitor.StartAsync(Token);
        var flush = FlushAsync(tree);
        await tree.PlayAsync("yield; yield; yield");
        flush.IsCompleted.Should().BeFalse();
        hold.Set();
        await flush;

        tree.Sink.Events.Should().HaveCount(50).And.OnlyContain(said => said.Kind == AuditEventKind.Baseline && said.ChecksumStatus == ChecksumStatus.Computed);
        await tree.StopAsync();
    }

    [Fact]
    public async Task It_tries_again_what_could_not_be_read()
    {
        await using var tree = await MonitoredTree.StartAsync();
        await tree.PlayAsync("write a 1");
        tree.Tree.Files.Deny(tree.Tree.PathOf("a"));
        await FlushAsync(tree);
        tree.Tree.Files.Allow(tree.Tree.PathOf("a"));
        await FlushAsync(tree);

        tree.Describe(tree.Sink.Events).Should().Be("C a !Unreadable, K a 1");
        await tree.StopAsync();
    }

    [Fact]
    public async Task Where_the_source_cannot_say_that_it_said_everything_the_root_is_compared_and_that_is_told()
    {
        await using var tree = await MonitoredTree.StartKnowingAsync("a=1 d/x=2");
        tree.Tree.Source.CannotFlush = "No file can be written here.";
        tree.Tree.Silent = true;
        await tree.PlayAsync("rm a; append d/x 2");
        var result = await FlushAsync(tree);

        result.Should().BeEquivalentTo(new { Sequence = 2L, IsComplete = false });
        result.Degradations.Should().Equal("No file can be written here.");
        tree.Describe(tree.Sink.Events).Split(", ").Should().BeEquivalentTo("D a 1", "M d/x 2→22");
        await tree.StopAsync();
    }

    [Fact]
    public async Task Gaps_that_stay_open_are_told()
    {
        await using var tree = await MonitoredTree.StartAsync("d/x=1");
        tree.Tree.Source.Uncover("d", GapCause.PartialCoverage, "no watch left");
        (await FlushAsync(tree)).Degradations.Should().ContainSingle().Which.Should().Contain("Gap 1").And.Contain("no watch left");

        tree.Tree.Source.Cover("d", GapCause.PartialCoverage);
        (await FlushAsync(tree)).IsComplete.Should().BeTrue();
        await tree.StopAsync();
    }

    [Fact]
    public async Task Only_a_monitor_that_runs_can_be_flushed()
    {
        await using var tree = MonitoredTree.Create();
        await tree.Monitor.Awaiting(monitor => monitor.FlushAsync(Token)).Should().ThrowAsync<InvalidOperationException>();
        await tree.Monitor.StartAsync(Token);
        await tree.StopAsync();
        await tree.Monitor.Awaiting(monitor => monitor.FlushAsync(Token)).Should().ThrowAsync<InvalidOperationException>();
    }

    [Fact]
    public async Task One_that_is_under_way_when_the_monitor_stops_is_cancelled()
    {
        await using var tree = await MonitoredTree.StartAsync();
        using var hold = new ManualResetEventSlim();
        tree.Tree.Files.OnOpen = _ => hold.Wait(Token);
        await tree.PlayAsync("write a 1");
        var flush = tree.Monitor.FlushAsync(Token);
        await tree.UntilAsync(() => tree.Monitor.GetHealth().FilesBeingRead == 1);
        var stop = tree.Monitor.StopAsync(Token);

        await flush.Awaiting(task => task.WaitAsync(Patience, Token)).Should().ThrowAsync<OperationCanceledException>();
        hold.Set();
        await stop.WaitAsync(Patience, Token);
        (await tree.StopAndDescribeAsync()).Should().Be("C a 1");
    }

    private static Task<FlushResult> FlushAsync(MonitoredTree tree) => tree.FlushAsync();
}
