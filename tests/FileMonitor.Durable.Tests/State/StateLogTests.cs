using FileMonitor.Durable.Journal;
using FileMonitor.Tests;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Durable.Tests.State;

/// <summary>What log and health say of a state that is opened, and of its anchor.</summary>
public sealed class StateLogTests : IDisposable
{
    private readonly DurableHost _host = new();
    private readonly CapturingLog _log = new();

    public void Dispose()
    {
        _host.Dispose();
        _log.Dispose();
    }

    [Theory]
    [InlineData("", "(unnamed)")]
    [InlineData("uploads", "uploads")]
    public async Task A_monitor_without_a_name_has_one_in_the_log(string name, string said)
    {
        _host.Components = components => (components.LoggerFactory, components.Name) = (_log, name);

        await _host.RunAsync(static () => { });

        _log.Messages.Should().Contain($"The durable state of {said} is open; records: 0, of them applied to the baseline now: 0");
    }

    [Fact]
    public async Task An_anchor_that_fails_is_told_by_health_and_once_by_the_log()
    {
        var anchor = Path.Join(_host.State + "-elsewhere", "anchors");
        _host.Components = components => components.LoggerFactory = _log;
        _host.ConfigureState = state =>
        {
            state.Anchors.Add(new FileCheckpointAnchor(anchor));
            state.CheckpointInterval = TimeSpan.FromHours(1);
        };
        await using (var monitor = _host.Make())
        {
            await monitor.StartAsync(TestContext.Current.CancellationToken);
            await UntilAsync(() => monitor.GetHealth().Store!.Anchor!.Problem is not null);
            var health = monitor.GetHealth();
            health.Store!.Problem.Should().BeNull("events are told all the same");
            health.Store.Anchor.Should().BeEquivalentTo(new { Anchored = (long?)null, AnchoredAt = (DateTimeOffset?)null, Failures = 1L });
            health.Store.Anchor!.Problem.Should().Contain(anchor);
            health.Store.Anchor.ProblemSince.Should().NotBeNull();
            health.Degradations.Should().ContainSingle().Which.Should().StartWith("The anchor of the journal does not take its next checkpoint; it has taken none in this run. It is tried again: ").And.Contain(anchor);
            await monitor.StopAsync(TestContext.Current.CancellationToken);
            monitor.GetHealth().Store!.Anchor!.Failures.Should().BeGreaterThan(1, "the last checkpoint was tried, too");
        }

        _log.Names.Count(static name => name == "AnchorFailed").Should().Be(1);
        Directory.CreateDirectory(Path.GetDirectoryName(anchor)!);
        await using var next = _host.Make();
        await next.StartAsync(TestContext.Current.CancellationToken);
        await UntilAsync(() => next.GetHealth().Store!.Anchor!.Anchored is not null);
        await next.StopAsync(TestContext.Current.CancellationToken);

        var (records, told) = (next.GetHealth().Store!.Records, next.GetHealth().Store!.Anchor!);
        told.Should().BeEquivalentTo(new { Anchored = (long?)records, Failures = 0L, Problem = (string?)null, ProblemSince = (DateTimeOffset?)null });
        next.GetHealth().Degradations.Should().BeEmpty();
        _log.Has("AnchorRestored").Should().BeFalse("this run knows of no failure");
        AuditJournal.Verify(_host.State, anchorPath: anchor, cancellationToken: TestContext.Current.CancellationToken).AnchoredUpTo.Should().Be(records);
    }

    [Theory]
    [InlineData("process 7", 0, "The process before (process 7) did not close the journal.")]
    [InlineData("process 7", 1, "The process before (process 7) did not close the journal; 1 byte behind its last record was left out.")]
    [InlineData(null, 1200, "The process before (unknown) did not close the journal; 1200 bytes behind its last record were left out.")]
    public void Bytes_are_said_to_be_left_out_when_there_are_any(string? by, long bytes, string said) =>
        new JournalRecovery(IsNew: false, by, RecordCount: 9, bytes, RewrittenRecords: 0).Describe().Should().Be(said);

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
