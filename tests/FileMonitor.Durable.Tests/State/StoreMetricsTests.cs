using FileMonitor.Tests.Diagnostics;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Durable.Tests.State;

/// <summary>What the meter of the library says of a state, for hosts without the agent.</summary>
public sealed class StoreMetricsTests : IDisposable
{
    private readonly DurableHost _host = new();
    private readonly Measurements _measured = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _host.Dispose();
        _measured.Dispose();
    }

    [Fact]
    public async Task The_journal_its_consumers_and_its_anchor_are_measured()
    {
        var anchor = Path.Join(_host.State + "-elsewhere", "anchors");
        _host.Components = components => components.MeterFactory = _measured;
        _host.ConfigureState = state =>
        {
            state.Anchors.Add(new FileCheckpointAnchor(anchor));
            state.CheckpointInterval = TimeSpan.FromHours(1);
        };
        await using var monitor = _host.Make();
        var ingest = monitor.Subscribe("ingest").GetAsyncEnumerator(Token);
        await monitor.StartAsync(Token);
        var started = monitor.GetHealth().Store!;
        var segment = new FileInfo(Path.Join(_host.State, "000000000000.ndjson"));
        var checkpoints = new FileInfo(Path.ChangeExtension(segment.FullName, ".checkpoint"));
        started.JournalBytes.Should().Be(segment.Length);
        started.OldestWritten.Should().Be(segment.LastWriteTimeUtc);
        started.LastCheckpoint.Should().Be(checkpoints.LastWriteTimeUtc);
        _host.Write("a", "1");
        _host.Write("b", "2");
        await monitor.FlushAsync(Token);
        (await ingest.MoveNextAsync()).Should().BeTrue();
        while (monitor.GetHealth().Store!.Anchor!.Problem is null)
        {
            Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        _measured.Observe();

        var store = monitor.GetHealth().Store!;
        store.Cursors.Should().ContainSingle().Which.Lag.Should().Be(2);
        _measured.Get("cursor.lag", "ingest").Should().Be(2);
        _measured.Get("journal.record").Should().Be(store.Records);
        _measured.Get("journal.uncovered").Should().Be(store.Records - store.Checkpointed).And.BeGreaterThan(0);
        _measured.Get("journal.size").Should().BeGreaterThan(0);
        _measured.Get("journal.oldest_time").Should().BeGreaterThan(0);
        _measured.Get("journal.checkpoint_time").Should().BeApproximately(checkpoints.LastWriteTimeUtc.Subtract(DateTime.UnixEpoch).TotalSeconds, 0.001);
        _measured.Get("store.problem").Should().Be(0);
        _measured.Get("anchor.problem").Should().Be(1);
        _measured.Get("anchor.failure").Should().Be(store.Anchor!.Failures);
        _measured.Get("anchor.record").Should().BeNull("none was anchored");

        // A stop waits for whoever reads.
        await ingest.DisposeAsync();
        Directory.CreateDirectory(Path.GetDirectoryName(anchor)!);
        await monitor.StopAsync(Token);
        monitor.GetHealth().Store!.Anchor!.Anchored.Should().Be(monitor.GetHealth().Store!.Records);
    }

    [Fact]
    public async Task Without_an_anchor_nothing_is_said_of_one()
    {
        _host.Components = components => components.MeterFactory = _measured;
        await using var monitor = _host.Make();
        await monitor.StartAsync(Token);

        _measured.Observe();

        _measured.Get("store.problem").Should().Be(0);
        _measured.Get("anchor.problem").Should().BeNull();
        _measured.Get("anchor.failure").Should().BeNull();
        await monitor.StopAsync(Token);
    }
}
