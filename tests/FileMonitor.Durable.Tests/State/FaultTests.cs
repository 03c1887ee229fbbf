using FileMonitor.Durable.Journal.Verification;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Durable.Tests.State;

/// <summary>Disks that are full or fail, a state that is spoilt: each is said, and none loses what was told.</summary>
public sealed class FaultTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly DurableHost _host = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task While_the_disk_takes_nothing_events_are_held_back_and_health_says_so(bool isFull)
    {
        var device = new RefusingDevice { IsFull = isFull };
        _host.ConfigureState = state => state.Device = device;
        await using var monitor = _host.Make();
        var told = new List<AuditEvent>();
        var reading = DurableHost.ReadAsync(monitor.ReadAllAsync(Token), told);
        await monitor.StartAsync(Token);
        _host.Write("before", "1");
        await monitor.FlushAsync(Token);
        device.Refuses = true;
        _host.Write("meanwhile", "2");
        await UntilAsync(() => monitor.GetHealth().Store!.Problem is not null);
        told.Select(one => one.RelativePath).Should().Equal("before");
        monitor.GetHealth().State.Should().Be(MonitorState.Running);

        device.Refuses = false;
        _host.Write("after", "3");
        (await monitor.FlushAsync(Token).WaitAsync(Patience, Token)).IsComplete.Should().BeTrue();
        await UntilAsync(() => monitor.GetHealth().Store!.Problem is null);
        await monitor.StopAsync(Token);
        await reading;

        told.Select(one => one.RelativePath).Should().Equal("before", "meanwhile", "after");
        JournalVerifier.Verify(_host.State, cancellationToken: Token).Finding.Should().BeNull();
        (await _host.RunAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task A_stop_while_the_disk_takes_nothing_ends_and_what_was_not_told_is_told_by_the_next_start()
    {
        var device = new RefusingDevice { IsFull = true };
        _host.ConfigureState = state => state.Device = device;
        _host.Configure = options => options.ShutdownTimeout = TimeSpan.FromSeconds(1);
        await using (var monitor = _host.Make())
        {
            await monitor.StartAsync(Token);
            device.Refuses = true;
            _host.Write("f", "1");
            await UntilAsync(() => monitor.GetHealth().Store!.Problem is not null);
            await monitor.StopAsync(Token).WaitAsync(Patience, Token);
        }

        device.Refuses = false;
        (await _host.RunAsync()).Select(DurableHost.Describe).Should().Equal("Created Offline f");
    }

    [Fact]
    public async Task A_consumer_that_was_too_slow_for_a_full_disk_is_told_what_it_misses()
    {
        _host.ConfigureState = state => (state.SegmentBytes, state.Retention) = (64 * 1024, TimeSpan.Zero);
        await ConsumeAsync(_host, one: true);
        var all = await _host.RunAsync(() =>
        {
            for (var file = 0; file < 500; file++)
            {
                _host.Write($"f{file}", "x");
            }
        });
        var segments = Directory.GetFiles(_host.State, "*.ndjson").Order().ToList();
        segments.Should().HaveCountGreaterThan(2);
        var first = segments[0];
        File.Delete(first);
        File.Delete(Path.ChangeExtension(first, ".checkpoint"));

        var told = await ConsumeAsync(_host, one: false);

        told[0].Kind.Should().Be(AuditEventKind.Gap);
        told[0].Gap!.Cause.Should().Be(GapCause.ReaderTooSlow);
        told[0].Gap!.FirstSequence.Should().Be(1);
        told[1].Sequence.Should().Be(told[0].Gap!.LastSequence + 1);
        told[^1].Sequence.Should().Be(all[^1].Sequence);
    }

    [Fact]
    public async Task A_required_sink_that_failed_while_a_full_disk_dropped_its_events_is_told_what_it_misses_and_has_the_rest()
    {
        var sink = new RefusingSink { Refuses = true };
        _host.Components = components => components.AddSink(sink, SinkPromise.Required, "audit");
        _host.Configure = options => (options.Sinks.Retries, options.ShutdownTimeout) = (0, TimeSpan.FromSeconds(5));
        _host.ConfigureState = state => (state.SegmentBytes, state.WhenDiskIsFull, state.Device) = (64 * 1024, WhenDiskIsFull.DropOldest, new FillingDevice(_host.State, mostBytes: 500 * 1024));
        var told = new List<AuditEvent>();
        await using (var monitor = _host.Make())
        {
            var reading = DurableHost.ReadAsync(monitor.ReadAllAsync(Token), told);
            await monitor.StartAsync(Token);
            for (var file = 0; file < 700; file++)
            {
                _host.Write($"f{file}", "x");
            }

            await monitor.FlushAsync(Token);
            await UntilAsync(() => !File.Exists(Path.Join(_host.State, "000000000000.ndjson")));
            sink.Refuses = false;
            await UntilAsync(() => monitor.GetHealth().Store!.Cursors.Single().Lag == 0);
            await monitor.StopAsync(Token);
            await reading;
        }

        // What it had read before they were dropped is offered to it again; for the others there is a gap, in their place.
        var next = 1L;
        foreach (var one in sink.Events)
        {
            (one.Gap?.FirstSequence ?? one.Sequence).Should().Be(next);
            next = (one.Gap?.LastSequence ?? one.Sequence) + 1;
        }

        next.Should().Be(told[^1].Sequence + 1);
        sink.Events.Where(one => one.Gap is not null).Should().ContainSingle().Which.Gap!.Cause.Should().Be(GapCause.ReaderTooSlow);
        JournalVerifier.Verify(_host.State, cancellationToken: Token).Finding.Should().BeNull();
    }

    [Fact]
    public async Task A_disk_that_has_room_for_lines_but_not_for_a_checkpoint_is_full_too()
    {
        var device = new FullForCheckpoints(_host.State, mostBytes: 300 * 1024);
        _host.ConfigureState = state => (state.SegmentBytes, state.WhenDiskIsFull, state.Device) = (64 * 1024, WhenDiskIsFull.DropOldest, device);
        for (var run = 0; run < 8; run++)
        {
            await _host.RunAsync(() =>
            {
                for (var file = 0; file < 100; file++)
                {
                    _host.Write($"f{file}", $"{run}");
                }
            });
        }

        device.Refused.Should().BePositive();
        File.Exists(Path.Join(_host.State, "000000000000.ndjson")).Should().BeFalse("the disk was full");
        JournalVerifier.Verify(_host.State, cancellationToken: Token).Finding.Should().BeNull();
    }

    [Fact]
    public async Task A_baseline_that_needs_events_which_a_full_disk_dropped_is_lost_and_that_is_told()
    {
        _host.ConfigureState = state => (state.SegmentBytes, state.WhenDiskIsFull, state.Device) = (64 * 1024, WhenDiskIsFull.DropOldest, new FillingDevice(_host.State, mostBytes: 500 * 1024));
        await _host.RunAsync(() => _host.Write("f", "x"));
        var baseline = Path.Join(_host.State, "baseline.db");
        var before = await File.ReadAllBytesAsync(baseline, Token);
        await _host.RunAsync(() =>
        {
            for (var file = 0; file < 700; file++)
            {
                _host.Write($"f{file}", "x");
            }
        });
        File.Exists(Path.Join(_host.State, "000000000000.ndjson")).Should().BeFalse("the disk was full");

        // As if it had lagged all that time.
        await File.WriteAllBytesAsync(baseline, before, Token);
        File.Delete(baseline + "-wal");
        File.Delete(_host.PathOf("f0"));
        var told = await _host.RunAsync(() => _host.Write("f1", "later"));

        told.Select(one => one.Gap?.Cause).Should().Contain(GapCause.StateLost);
        told.Where(one => one.Gap is null).Select(DurableHost.Describe).Should().Equal("Modified Live f1");
        (await _host.RunAsync()).Should().BeEmpty("the new baseline is complete");
    }

    [Fact]
    public async Task Places_that_cannot_be_read_make_consumers_begin_with_the_oldest_event()
    {
        await ConsumeAsync(_host, one: true);
        await _host.RunAsync(() => _host.Write("f", "x"));
        (await ConsumeAsync(_host, one: false)).Should().ContainSingle();
        await File.WriteAllTextAsync(Path.Join(_host.State, "cursors.json"), "{ \"ingest\": ", Token);

        (await ConsumeAsync(_host, one: false)).Select(one => one.RelativePath).Should().Equal("f");
        Directory.GetFiles(_host.State, "cursors.json.corrupt-*").Should().ContainSingle();
    }

    [Fact]
    public async Task A_journal_that_was_changed_is_refused_and_nothing_is_signed_on_top_of_it()
    {
        await _host.RunAsync(() => _host.Write("f", "x"));
        var segment = Directory.GetFiles(_host.State, "*.ndjson").Single();
        var bytes = await File.ReadAllBytesAsync(segment, Token);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(segment, bytes, Token);

        var start = () => _host.RunAsync();

        (await start.Should().ThrowAsync<DurableStateException>()).WithMessage("*damaged*");
        (await File.ReadAllBytesAsync(segment, Token)).Should().Equal(bytes);
    }

    public void Dispose() => _host.Dispose();

    private static async Task<List<AuditEvent>> ConsumeAsync(DurableHost host, bool one)
    {
        var told = new List<AuditEvent>();
        await using var monitor = host.Make();
        var subscription = monitor.Subscribe("ingest");
        var reading = Task.Run(
            async () =>
            {
                await foreach (var next in subscription)
                {
                    told.Add(next);
                    subscription.Acknowledge(next);
                }
            },
            Token);
        await monitor.StartAsync(Token);
        await monitor.StopAsync(Token);
        await reading.WaitAsync(Patience, Token);
        if (one)
        {
            told.Should().BeEmpty("its place is kept from now on");
        }

        return told;
    }

    private sealed class RefusingSink : IAuditEventSink
    {
        private volatile bool _refuses;

        public bool Refuses
        {
            get => _refuses;
            set => _refuses = value;
        }

        public List<AuditEvent> Events { get; } = [];

        public Task WriteAsync(IReadOnlyList<AuditEvent> batch, CancellationToken cancellationToken)
        {
            if (_refuses)
            {
                throw new IOException("not now");
            }

            Events.AddRange(batch);
            return Task.CompletedTask;
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(Patience);
        while (!condition())
        {
            deadline.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
