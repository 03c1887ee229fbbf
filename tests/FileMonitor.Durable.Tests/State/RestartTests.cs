using FileMonitor.Durable.Journal.Verification;
using FileMonitor.JsonLines;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Durable.Tests.State;

/// <summary>What a monitor with durable state tells after it was stopped, and after it ended without a stop.</summary>
public sealed class RestartTests : IDisposable
{
    private readonly DurableHost _host = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_second_start_tells_what_changed_meanwhile_and_nothing_else()
    {
        _host.Write("kept/a", "a");
        _host.Write("changed", "one");
        _host.Write("gone", "x");
        _host.Write("moved/deep/f", "moved");
        _host.Write("renamed", "renamed");
        (await _host.RunAsync()).Should().BeEmpty("the first start writes the baseline");

        _host.Write("changed", "two!");
        File.Delete(_host.PathOf("gone"));
        Directory.Move(_host.PathOf("moved"), _host.PathOf("elsewhere"));
        File.Move(_host.PathOf("renamed"), _host.PathOf("kept/renamed"));
        _host.Write("new/f", "new");
        var told = await _host.RunAsync();

        told.Select(DurableHost.Describe).Should().BeEquivalentTo(
            "Modified Offline changed",
            "Deleted Offline gone",
            "Renamed Offline elsewhere from moved",
            "Renamed Offline kept/renamed from renamed",
            "Created Offline new",
            "Created Offline new/f");
        (await _host.RunAsync()).Should().BeEmpty("nothing has changed since");
    }

    [Fact]
    public async Task A_file_that_is_open_when_the_monitor_stops_is_left_to_the_next_start()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs Linux.");
        _host.Configure = static options => options.Roots[0].ReportWhen = ReportWhen.Closed;
        _host.Write("known", "1");
        await _host.RunAsync();
        await using (var upload = File.Create(_host.PathOf("upload")))
        await using (var known = File.Open(_host.PathOf("known"), FileMode.Append))
        {
            (await _host.RunAsync(
                () =>
                {
                    upload.Write("half"u8);
                    known.Write("2"u8);
                    upload.Flush();
                    known.Flush();
                    return Task.CompletedTask;
                },
                leavesFiles: true)).Should().BeEmpty();
            (await _host.RunAsync(leavesFiles: true)).Should().BeEmpty("both are still open");
            upload.Write("half"u8);
        }

        var told = await _host.RunAsync();
        told.Select(DurableHost.Describe).Should().BeEquivalentTo("Created Offline upload", "Modified Offline known");
        told.Should().OnlyContain(one => one.Writers == FileWriters.None);
    }

    [Fact]
    public async Task A_file_that_was_not_read_to_its_end_before_the_stop_is_read_after_the_next_start()
    {
        _host.Configure = static options =>
        {
            options.Checksum.BytesPerSecond = 4096;
            options.FlushTimeout = options.ShutdownTimeout = TimeSpan.FromMilliseconds(100);
        };
        await using (var monitor = _host.Make())
        {
            await monitor.StartAsync(Token);
            await using var events = monitor.ReadAllAsync(Token).GetAsyncEnumerator(Token);
            _host.Write("large", new string('x', 1_000_000));
            var first = events.MoveNextAsync();
            await monitor.FlushAsync(Token);
            (await first).Should().BeTrue();
            events.Current.Sha256.Should().BeNull("it takes minutes to read");
            await monitor.StopAsync(Token);
        }

        _host.Configure = static _ => { };
        var told = (await _host.RunAsync()).Should().ContainSingle().Subject;
        DurableHost.Describe(told).Should().Be("ChecksumUpdated Offline large");
        told.ChecksumStatus.Should().Be(ChecksumStatus.Computed);
        (await _host.RunAsync()).Should().BeEmpty("its checksum is known now");
    }

    [Fact]
    public async Task A_file_that_was_closed_just_before_the_stop_is_reported_by_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs Linux.");
        _host.Configure = static options =>
        {
            options.Roots[0].ReportWhen = ReportWhen.Closed;
            options.Debounce.QuietPeriod = options.Debounce.MaxDelay = TimeSpan.FromHours(1);
        };
        var told = new List<AuditEvent>();
        await using var monitor = _host.Make();
        var reading = DurableHost.ReadAsync(monitor.ReadAllAsync(Token), told);
        await monitor.StartAsync(Token);
        await using (var upload = File.Create(_host.PathOf("upload")))
        {
            upload.Write("1"u8);
            upload.Flush();
            (await monitor.FlushAsync(Token)).IsComplete.Should().BeFalse("the file is open");
        }

        await monitor.StopAsync(Token);
        await reading;
        told.Select(DurableHost.Describe).Should().Equal("Created Live upload");
    }

    [Fact]
    public async Task Numbers_go_on_and_checksums_are_known_from_the_run_before()
    {
        var first = await _host.RunAsync(() => _host.Write("f", "one"));
        var created = first.Should().ContainSingle().Subject;

        _host.Write("f", "three");
        var modified = (await _host.RunAsync()).Should().ContainSingle().Subject;

        modified.Sequence.Should().Be(created.Sequence + 1);
        modified.PreviousSha256.Should().Be(created.Sha256);
        modified.Id.Should().NotBe(created.Id);
    }

    [Fact]
    public async Task A_time_that_was_set_back_hides_nothing()
    {
        await _host.RunAsync(() => _host.Write("f", "one"));
        var time = File.GetLastWriteTimeUtc(_host.PathOf("f"));
        File.WriteAllText(_host.PathOf("f"), "two");
        File.SetLastWriteTimeUtc(_host.PathOf("f"), time);

        (await _host.RunAsync()).Select(DurableHost.Describe).Should().Equal("Modified Offline f");
    }

    [Fact]
    public async Task What_a_new_pattern_reveals_is_not_called_created_and_what_it_hides_is_not_called_deleted()
    {
        _host.Configure = options => options.Roots[0].Ignore.Add("*.tmp");
        _host.Write("a.tmp", "hidden");
        _host.Write("b.log", "shown");
        await _host.RunAsync();

        _host.Configure = options => options.Roots[0].Ignore.Add("*.log");
        (await _host.RunAsync()).Should().BeEmpty();

        _host.Write("a.tmp", "hidden no more");
        (await _host.RunAsync()).Select(DurableHost.Describe).Should().Equal("Modified Offline a.tmp");
    }

    [Fact]
    public async Task A_directory_of_state_is_for_one_monitor_at_a_time()
    {
        await using var first = _host.Make();
        await first.StartAsync(Token);
        await using var second = _host.Make();

        var start = () => second.StartAsync(Token);

        (await start.Should().ThrowAsync<DurableStateException>()).WithMessage($"*{Environment.ProcessId}*");
    }

    [Fact]
    public async Task State_inside_a_root_is_refused_unless_a_pattern_leaves_it_out()
    {
        _host.State = _host.PathOf("state");
        await using (var refused = _host.Make())
        {
            var start = () => refused.StartAsync(Token);
            await start.Should().ThrowAsync<DurableStateException>();
        }

        _host.Configure = options => options.Roots[0].Ignore.Add("/state/");
        (await _host.RunAsync(() => _host.Write("f", "x"))).Select(DurableHost.Describe).Should().Equal("Created Live f");
    }

    [Fact]
    public async Task What_is_not_acknowledged_is_told_again_with_the_same_content()
    {
        var first = await SubscribeAsync(acknowledged: 2, () =>
        {
            _host.Write("a", "1");
            _host.Write("b", "2");
            _host.Write("c", "3");
            _host.Write("d", "4");
        });
        first.Should().HaveCount(4);

        var second = await SubscribeAsync(acknowledged: int.MaxValue);

        second.Select(AuditEventJson.Serialize).Should().Equal(first.Skip(2).Select(AuditEventJson.Serialize));
        (await SubscribeAsync(acknowledged: 0)).Should().BeEmpty();
    }

    [Fact]
    public async Task The_position_of_a_new_consumer_is_kept_before_it_is_told_anything()
    {
        await using var monitor = _host.Make();
        var subscription = monitor.Subscribe("ingest");
        await monitor.StartAsync(Token);
        _host.Write("f", "x");
        await using var events = subscription.GetAsyncEnumerator(Token);
        (await events.MoveNextAsync()).Should().BeTrue();

        (await File.ReadAllTextAsync(Path.Join(_host.State, "cursors.json"), Token)).Should().Contain("\"ingest\"");
    }

    [Fact]
    public async Task A_required_sink_that_fails_has_every_event_in_the_end()
    {
        var refusing = new ListSink { Refuses = true };
        _host.Components = components => components.AddSink(refusing, SinkPromise.Required, "audit");
        _host.Configure = options => (options.Sinks.Retries, options.ShutdownTimeout) = (0, TimeSpan.FromSeconds(5));
        await using (var monitor = _host.Make())
        {
            await monitor.StartAsync(Token);
            _host.Write("a", "1");
            (await monitor.FlushAsync(Token)).IsComplete.Should().BeFalse("the sink does not take it");
            monitor.GetHealth().Sinks.Should().ContainSingle().Which.IsFailing.Should().BeTrue();
        }

        refusing.Refuses = false;
        await _host.RunAsync(() => _host.Write("b", "2"));

        refusing.Events.Select(one => one.RelativePath).Should().Equal("a", "b");
    }

    [Fact]
    public async Task A_root_that_is_new_takes_its_baseline_without_a_flood()
    {
        await _host.RunAsync(() => _host.Write("f", "x"));
        var other = Directory.CreateDirectory(_host.Root + "-other");
        File.WriteAllText(Path.Join(other.FullName, "there"), "x");
        _host.Configure = options => options.AddRoot(other.FullName);
        (await _host.RunAsync()).Should().BeEmpty();

        File.WriteAllText(Path.Join(other.FullName, "there"), "changed");
        (await _host.RunAsync()).Select(DurableHost.Describe).Should().Equal("Modified Offline there");
    }

    [Fact]
    public async Task A_baseline_that_is_lost_is_told_by_a_gap_for_each_root()
    {
        await _host.RunAsync(() => _host.Write("f", "x"));
        foreach (var file in Directory.GetFiles(_host.State, "baseline.db*"))
        {
            File.Delete(file);
        }

        await File.WriteAllTextAsync(Path.Join(_host.State, "baseline.db"), new string('x', 8192), Token);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path.Join(_host.State, "baseline.db"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        var told = await _host.RunAsync();

        told.Where(one => one.Gap is not null).Select(one => (one.Gap!.Phase, one.Gap.Cause)).Should().Equal((GapPhase.Opened, GapCause.StateLost), (GapPhase.Closed, GapCause.StateLost));
        _host.Write("f", "y!");
        (await _host.RunAsync()).Select(DurableHost.Describe).Should().Equal("Modified Offline f");
    }

    [Fact]
    public async Task A_baseline_that_is_missing_is_told_by_a_gap_so_that_deleting_it_hides_nothing()
    {
        await _host.RunAsync(() => _host.Write("f", "x"));
        foreach (var file in Directory.GetFiles(_host.State, "baseline.db*"))
        {
            File.Delete(file);
        }

        (await _host.RunAsync()).Where(one => one.Gap is { Phase: GapPhase.Opened }).Select(one => one.Gap!.Cause).Should().Equal(GapCause.StateLost);
    }

    [Fact]
    public async Task Two_required_sinks_of_one_name_have_a_place_each()
    {
        var (one, other) = (new ListSink(), new ListSink());
        _host.Components = components => components.AddSink(one, SinkPromise.Required, "audit").AddSink(other, SinkPromise.Required, "audit");
        await _host.RunAsync(() => _host.Write("a", "1"));
        await _host.RunAsync(() => _host.Write("b", "2"));

        one.Events.Select(told => told.RelativePath).Should().Equal("a", "b");
        other.Events.Select(told => told.RelativePath).Should().Equal("a", "b");
    }

    [Fact]
    public async Task Old_segments_that_every_consumer_has_acknowledged_are_deleted_and_the_rest_verifies()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        _host.ConfigureState = state => (state.SegmentBytes, state.Retention) = (64 * 1024, TimeSpan.FromHours(1));
        await SubscribeAsync(acknowledged: int.MaxValue, () => Fill("a"));
        await SubscribeAsync(acknowledged: int.MaxValue, () => Fill("b"));
        var before = Directory.GetFiles(_host.State, "*.ndjson").Length;
        before.Should().BeGreaterThan(3);

        // The wall clock of the files is that of the disk; the monitor's is two hours ahead.
        clock.Advance(TimeSpan.FromHours(2));
        _host.Components = components => components.TimeProvider = clock;

        // By this clock a check of the root would time out while it is under way, and the root would be lost.
        _host.Configure = options => options.Recovery.RootCheckInterval = TimeSpan.FromHours(1);
        await using (var monitor = _host.Make())
        {
            await monitor.StartAsync(Token);

            // The last one stays, and the one before it when a consumer has its place at its end.
            while (Directory.GetFiles(_host.State, "*.ndjson").Length > 2)
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                await monitor.FlushAsync(Token);
            }
        }

        JournalVerifier.Verify(_host.State, cancellationToken: Token).Finding.Should().BeNull();
        _host.Components = static _ => { };
        (await _host.RunAsync(() => _host.Write("c", "c"))).Select(DurableHost.Describe).Should().Equal("Created Live c");
    }

    public void Dispose() => _host.Dispose();

    private void Fill(string prefix)
    {
        for (var file = 0; file < 300; file++)
        {
            _host.Write($"{prefix}{file}", "x");
        }
    }

    private async Task<IReadOnlyList<AuditEvent>> SubscribeAsync(int acknowledged, Action? act = null)
    {
        var told = new List<AuditEvent>();
        await using var monitor = _host.Make();
        var subscription = monitor.Subscribe("ingest");
        subscription.IsDurable.Should().BeTrue();
        var reading = Task.Run(
            async () =>
            {
                await foreach (var one in subscription)
                {
                    told.Add(one);
                    if (told.Count <= acknowledged)
                    {
                        subscription.Acknowledge(one);
                    }
                }
            },
            Token);
        await monitor.StartAsync(Token);
        act?.Invoke();
        await monitor.FlushAsync(Token);
        await monitor.StopAsync(Token);
        await reading;
        return told;
    }

    private sealed class ListSink : IAuditEventSink
    {
        public bool Refuses { get; set; }

        public List<AuditEvent> Events { get; } = [];

        public Task WriteAsync(IReadOnlyList<AuditEvent> batch, CancellationToken cancellationToken)
        {
            if (Refuses)
            {
                throw new IOException("not now");
            }

            Events.AddRange(batch);
            return Task.CompletedTask;
        }
    }
}
