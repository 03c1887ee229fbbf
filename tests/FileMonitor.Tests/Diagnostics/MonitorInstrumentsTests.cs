using System.Diagnostics.Metrics;
using FileMonitor.Extending;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Diagnostics;

public sealed class MonitorInstrumentsTests : IDisposable
{
    private readonly Measurements _measured = new();

    [Fact]
    public async Task Hints_and_events_are_counted_by_who_gave_them_and_by_kind()
    {
        await using var tree = await StartAsync("a=1");
        await tree.PlayAsync("write b 2; hint Created b; hint Modified b; write a 3; hint Modified a; wait");
        await tree.FlushAsync();

        // Twice: who looks does not change what is there.
        _measured.Observe();
        _measured.Observe();

        _measured.Get("source.event", tree.Tree.Source.Name).Should().Be(3);
        _measured.Get("event.coalesced").Should().Be(1);
        _measured.Get("event.emitted", "created").Should().Be(1);
        _measured.Get("event.emitted", "modified").Should().Be(1);
        _measured.Get("event.emitted", "deleted").Should().Be(0, "what did not happen yet is there too, or its first would be no increase");
        _measured.Count("event.latency").Should().Be(2);
        _measured.Count("event.settle_latency").Should().Be(2);
        _measured.Get("event.latency").Should().BeGreaterThanOrEqualTo(0);
        _measured.Get("event.pending").Should().Be(0);
        _measured.Get("queue.capacity").Should().Be(65_536);
        _measured.Get("snapshot.entry").Should().Be(2);
        _measured.Get("snapshot.memory").Should().BeInRange(200, 1000);
        Sum("source.event").Should().Be(
            Sum("event.coalesced") + Sum("event.ignored") + Sum("event.suppressed") + Sum("event.pending") + Sum("event.dropped") + tree.Counters.Emitted);
        await tree.StopAsync();
    }

    [Fact]
    public async Task What_the_monitor_finds_itself_is_not_the_sources()
    {
        await using var tree = await StartAsync();
        await tree.PlayAsync("mkdir d; write d/x 1; write d/y 2; hint Created d; wait");
        await tree.FlushAsync();
        _measured.Observe();

        _measured.Get("source.event", tree.Tree.Source.Name).Should().Be(1);
        _measured.Get("source.event", "monitor").Should().Be(2);
        _measured.Get("reconcile.entry", "new_directory").Should().Be(2);
        _measured.Get("reconcile.discrepancy", "new_directory").Should().Be(2);
        _measured.Get("reconcile.discrepancy", "loss").Should().Be(0);
        await tree.StopAsync();
    }

    [Fact]
    public async Task A_gap_is_open_until_it_is_closed_and_stays_counted()
    {
        await using var tree = await StartAsync("a=1");
        tree.Tree.WriteFile("missed", "2");
        tree.Tree.Source.Lose("", GapCause.SourceOverflow, "", root: 0);
        await tree.SaidAsync(said => said is { Gap: { Cause: GapCause.SourceOverflow, Phase: GapPhase.Opened } });
        await tree.UntilAsync(() => tree.Monitor.GetHealth().OpenGaps.Count == 1);
        _measured.Observe();
        _measured.Get("gap.open", "source_overflow").Should().Be(1);
        _measured.Get("gap.open", "root_lost").Should().Be(0);
        _measured.Count("event.latency").Should().Be(0, "nobody waited for a gap");

        await tree.FlushAsync();
        _measured.Observe();
        _measured.Get("gap.open", "source_overflow").Should().Be(0);
        _measured.Get("gap.opened", "source_overflow").Should().Be(1);
        _measured.Get("source.overflow").Should().Be(1);
        _measured.Get("reconcile.entry", "loss").Should().BeGreaterThanOrEqualTo(2);
        _measured.Get("reconcile.discrepancy", "loss").Should().Be(1);
        _measured.Count("reconcile.duration", "loss").Should().Be(1);
        await tree.StopAsync();
    }

    [Fact]
    public async Task A_comparison_by_timer_is_timed_from_its_beginning_to_its_end()
    {
        await using var tree = await StartAsync("a=1 d/x=1", options => options.Recovery.ReconcileInterval = TimeSpan.FromMinutes(5));
        await tree.AdvanceUntilAsync(() => _measured.Count("reconcile.duration", "timer") > 0);
        await tree.SettleAsync();
        _measured.Observe();

        _measured.Get("reconcile.duration", "timer").Should().BeGreaterThanOrEqualTo(0);
        _measured.Get("reconcile.entry", "timer").Should().BeGreaterThanOrEqualTo(3);
        _measured.Get("reconcile.discrepancy", "timer").Should().Be(0);
        await tree.StopAsync();
    }

    [Fact]
    public async Task Each_file_is_timed_with_what_came_of_it()
    {
        await using var tree = await StartAsync();
        tree.Tree.WriteFile("closed", "1");
        tree.Tree.Files.Deny(tree.Tree.PathOf("closed"));
        await tree.PlayAsync("write a 12345; hint Created a; hint Created closed; wait");
        _measured.Observe();

        _measured.Count("hash.duration", "computed").Should().Be(1);
        _measured.Count("hash.duration", "unreadable").Should().BeGreaterThanOrEqualTo(1, "it is tried again from time to time");
        _measured.Get("hash.io").Should().Be(5);
        _measured.Get("hash.read.limit").Should().Be(2);
        _measured.Get("hash.read.usage").Should().Be(0);
        tree.Tree.Files.Allow(tree.Tree.PathOf("closed"));
        await tree.StopAsync();
    }

    [Fact]
    public async Task A_handler_that_fails_shows_with_its_name()
    {
        await using var tree = await StartAsync(
            "",
            null,
            parts => parts.AddHandler((one, _) => one.RelativePath == "bad" ? throw new IOException("no") : Task.CompletedTask, handler => (handler.Name, handler.Retry.Attempts) = ("ingest", 1)));
        await tree.PlayAsync("write good 1; write bad 2; hint Created good; hint Created bad; wait");
        await tree.AdvanceUntilAsync(() => tree.Monitor.GetHealth().Handlers[0] is { Lag: 0, Handled: 1 });
        _measured.Observe();

        _measured.Get("handler.handled", "ingest").Should().Be(1);
        _measured.Get("handler.failure", "ingest").Should().Be(1);
        _measured.Get("handler.lag", "ingest").Should().Be(0);
        _measured.Get("handler.dead_letter", "ingest").Should().Be(1);
        await tree.StopAsync();
    }

    [Fact]
    public async Task A_sink_that_fails_shows_with_its_name()
    {
        var broken = new BrokenSink();
        await using var tree = await StartAsync(
            "",
            options =>
            {
                // Longer than any wait here moves the clock: after a break it would be tried again.
                options.Sinks.BreakDuration = TimeSpan.FromHours(1);
                options.Sinks.Retries = 0;
            },
            parts => parts.AddSink(broken, SinkPromise.BestEffort, "archive"));
        for (var i = 0; i < 3; i++)
        {
            // Each in a batch of its own.
            await tree.PlayAsync($"write f{i} 1; hint Created f{i}; wait");
            await tree.AdvanceUntilAsync(() => tree.Sink.Events.Any(said => said.RelativePath == $"f{i}"));
            await tree.UntilAsync(() => tree.Monitor.GetHealth().Sinks.Single(sink => sink.Name == "archive") is { IsCircuitOpen: true } or { Buffered: 0 });
        }

        // The third batch may still be being counted when the other sink has its break.
        await tree.UntilAsync(() => tree.Monitor.GetHealth().Sinks.Single(sink => sink.Name == "archive").IsCircuitOpen && Batches() >= 3);
        _measured.Observe();
        _measured.Get("sink.circuit_open", "archive").Should().Be(1);
        _measured.Get("sink.circuit_open", "required").Should().Be(0);
        _measured.Get("sink.failure", "archive").Should().Be(2);
        _measured.Get("sink.dropped", "archive").Should().BeGreaterThan(0);
        _measured.Get("sink.written", "required").Should().BeGreaterThanOrEqualTo(3);
        _measured.Get("sink.batch", "required").Should().BeGreaterThanOrEqualTo(3);
        _measured.Get("gap.open", "sink_failed").Should().Be(1);
        _measured.Get("degradation.active").Should().Be(1);

        double? Batches()
        {
            _measured.Observe();
            return _measured.Get("sink.batch", "required");
        }
    }

    [Fact]
    public async Task Roots_states_and_readers_show()
    {
        await using var tree = await StartAsync("a=1", options => options.Readers.BufferCapacity = 1);
        using var gone = new CancellationTokenSource();
        var reader = tree.Monitor.ReadAllAsync(gone.Token).GetAsyncEnumerator(gone.Token);
        tree.Tree.Files.Delete(tree.Tree.Root, recursive: true);
        tree.Tree.Source.Hint(FileChangeKind.Deleted, "a");
        await tree.AdvanceUntilAsync(() => tree.Sink.Events.Any(said => said.Gap?.Cause == GapCause.RootLost));
        await tree.AdvanceUntilAsync(() => tree.Monitor.GetHealth().Readers[0].Skipped > 0);
        _measured.Observe();

        _measured.Get("root.status", "lost").Should().Be(1);
        _measured.Get("root.status", "available").Should().Be(0);
        _measured.Get("monitor.state", "running").Should().Be(1);
        _measured.TagsOf("monitor.state").Should().HaveCount(6);
        _measured.Get("reader.active").Should().Be(1);
        _measured.Get("reader.lag").Should().Be(1);
        var skipped = _measured.Get("reader.skipped");
        skipped.Should().BeGreaterThan(0);

        (await reader.MoveNextAsync()).Should().BeTrue();
        await reader.DisposeAsync();
        _measured.Observe();
        _measured.Get("reader.active").Should().Be(0);
        _measured.Get("reader.skipped").Should().BeGreaterThanOrEqualTo(skipped!.Value, "a counter does not fall because a reader left");
        await tree.StopAsync();
        _measured.Observe();
        _measured.Get("monitor.state", "running").Should().Be(0);
        _measured.Get("monitor.state", "stopped").Should().Be(1);
    }

    [Fact]
    public async Task A_listener_that_throws_does_not_end_the_monitor()
    {
        await using var tree = await StartAsync();
        _measured.OnDuration = () => throw new InvalidOperationException("A host's listener.");
        await tree.PlayAsync("write a 1; hint Created a; wait; write a 2; hint Modified a; wait");
        (await tree.FlushAsync()).Degradations.Should().BeEmpty();

        _measured.Count("event.latency").Should().Be(2);
        (await tree.StopAndDescribeAsync()).Should().Be("C a 1, M a 1→2");
    }

    [Fact]
    public async Task A_root_is_not_lost_before_its_monitor_has_started()
    {
        await using var tree = MonitoredTree.Create("", null, parts => parts.MeterFactory = _measured);
        _measured.Observe();
        _measured.Get("root.status", "lost").Should().Be(0);
        _measured.Get("root.status", "available").Should().Be(0);
        _measured.Get("monitor.state", "created").Should().Be(1);
        await tree.StopAsync();
    }

    [Fact]
    public async Task Two_monitors_share_a_containers_meter_and_are_told_apart()
    {
        await using var one = await StartAsync("a=1", components: parts => parts.Name = "one");
        await using (var other = await StartAsync("a=1 b=2", components: parts => parts.Name = "other"))
        {
            _measured.Observe();
            _measured.Tags.Keys.Where(key => key.Tag == "filemonitor.name").Select(key => key.Value).Distinct().Should().BeEquivalentTo("one", "other");
        }

        _measured.Tags.Clear();
        _measured.Observe();
        _measured.Tags.Keys.Where(key => key.Tag == "filemonitor.name").Select(key => key.Value).Distinct().Should().BeEquivalentTo(["one"], "the other is disposed");
    }

    [Fact]
    public async Task Monitors_without_a_container_share_one_meter_for_a_collector_takes_two_of_a_name_for_one()
    {
        var names = new[] { $"{Guid.NewGuid():N}", $"{Guid.NewGuid():N}" };
        using var listener = new MeterListener();
        var meters = new HashSet<Meter>();
        var heard = new HashSet<string>();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == "filemonitor.queue.length")
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) =>
        {
            if (tags[0].Value is string name && names.Contains(name))
            {
                meters.Add(instrument.Meter);
                heard.Add(name);
            }
        });
        listener.Start();
        await using (var one = MonitoredTree.Create("", null, parts => parts.Name = names[0]))
        {
            await using var other = MonitoredTree.Create("", null, parts => parts.Name = names[1]);
            listener.RecordObservableInstruments();
            heard.Should().BeEquivalentTo(names);
            meters.Should().ContainSingle();
            await one.StopAsync();
            await one.DisposeAsync();
            heard.Clear();
            listener.RecordObservableInstruments();
            heard.Should().Equal([names[1]], "the end of one is not the end of the other's");
            await other.StopAsync();
        }
    }

    [Fact]
    public async Task A_source_that_throws_does_not_hide_other_monitors()
    {
        await using var one = await StartAsync(components: parts =>
        {
            parts.Name = "throws";
            parts.Source = () => new ThrowingSource();
        });
        await using var other = await StartAsync(components: parts => parts.Name = "other");
        _measured.Observe();
        _measured.Tags.Keys.Where(key => key.Tag == "filemonitor.name").Select(key => key.Value).Distinct().Should().Equal("other");
    }

    public void Dispose() => _measured.Dispose();

    private double Sum(string name) => _measured.TagsOf(name).Sum(tag => _measured.Get(name, tag) ?? 0);

    private async Task<MonitoredTree> StartAsync(string before = "", Action<FileMonitorOptions>? configure = null, Action<FileMonitorComponents>? components = null)
    {
        var tree = await MonitoredTree.StartAsync(before, configure, parts =>
        {
            parts.MeterFactory = _measured;
            components?.Invoke(parts);
        });

        // Only what a test hints at is counted.
        tree.Tree.Silent = true;
        return tree;
    }

    private sealed class ThrowingSource : IChangeSource
    {
        public string Name => "Throwing";

        public IReadOnlyList<string> Problems => throw new InvalidOperationException("A host's own.");

        public Task StartAsync(IReadOnlyList<MonitoredRoot> roots, IChangeWriter changes, CancellationToken cancellationToken) => Task.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class BrokenSink : IAuditEventSink
    {
        public Task WriteAsync(IReadOnlyList<AuditEvent> events, CancellationToken cancellationToken) => throw new IOException("No space left");
    }
}
