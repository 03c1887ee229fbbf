using System.Text;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Durable.Tests.State;

/// <summary>Consumers of all records of a journal, whose position survives restarts.</summary>
public sealed class JournalConsumerTests : IDisposable
{
    private readonly DurableHost _host = new();

    private TimeProvider _clock = TimeProvider.System;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_record_comes_in_order_as_it_is_in_the_journal_up_to_the_last()
    {
        var taker = await RunAsync(() => WriteMany("a", 20));

        taker.Records.Select(one => one.Index).Should().Equal(Enumerable.Range(0, taker.Records.Count).Select(index => (long)index));
        taker.Lines.Should().Equal(Journal());
        taker.Lines[0].Should().Contain("\"kind\":\"Started\"");
        taker.Lines[^1].Should().Contain("\"kind\":\"Stopped\"");
        taker.Records.Count(one => one.EventId is not null).Should().BeGreaterThanOrEqualTo(20);
        taker.Records.Select(one => one.EventId is not null).Should().Equal(taker.Lines.Select(line => line.Contains("\"sequence\":", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_checkpoint_comes_after_the_last_record_that_it_covers()
    {
        var taker = await RunAsync(() => WriteMany("a", 20));

        taker.Checkpoints.Should().NotBeEmpty();
        taker.Checkpoints.Select(one => one.Size).Should().BeInAscendingOrder();
        taker.Checkpoints[^1].Size.Should().Be(taker.Records.Count);
        taker.RecordsBeforeCheckpoint.Should().Equal(taker.Checkpoints.Select(one => one.Size));
        taker.Origin.Should().Be(taker.Checkpoints[0].Origin);
        taker.PublicKeyPem.Should().Be(await File.ReadAllTextAsync(Path.Join(_host.State, "journal.pub"), Token));
    }

    [Fact]
    public async Task The_next_run_continues_behind_what_was_acknowledged()
    {
        var first = await RunAsync(() => WriteMany("a", 5));
        var second = await RunAsync(() => WriteMany("b", 5));

        second.Records[0].Index.Should().Be(first.Records.Count);
        first.Lines.Concat(second.Lines).Should().Equal(Journal());
    }

    [Fact]
    public async Task What_was_not_acknowledged_comes_again_with_the_last_checkpoint_before_it()
    {
        var first = await RunAsync(() => WriteMany("a", 5), new Taker { AcknowledgesUpTo = 2 });
        var second = await RunAsync(() => { });

        second.Records[0].Index.Should().Be(3);
        second.Lines.Take(first.Lines.Count - 3).Should().Equal(first.Lines.Skip(3));
    }

    [Fact]
    public async Task A_checkpoint_comes_again_after_a_start_until_a_later_one_is_acknowledged_over()
    {
        var first = await RunAsync(() => WriteMany("a", 5));
        var second = await RunAsync(() => { });

        second.Checkpoints[0].Note.Should().Be(first.Checkpoints[^1].Note);
        second.RecordsBeforeCheckpoint[0].Should().Be(0, "it comes before the first record of this run");
    }

    [Fact]
    public async Task Over_many_segments_the_last_checkpoint_of_each_key_is_among_them()
    {
        _host.ConfigureState = state => state.SegmentBytes = 64 * 1024;
        var taker = await RunAsync(() => WriteMany("a", 600));

        var changes = taker.Records.Where(one => Encoding.UTF8.GetString(one.Line.Span).Contains("\"kind\":\"KeyChanged\"", StringComparison.Ordinal)).Select(one => one.Index + 1).ToList();
        changes.Should().HaveCountGreaterThan(2);
        taker.Checkpoints.Select(one => one.Size).Should().Contain(changes);
        taker.RecordsBeforeCheckpoint.Should().Equal(taker.Checkpoints.Select(one => one.Size));
        taker.Lines.Should().Equal(Journal());
    }

    [Fact]
    public async Task A_segment_is_deleted_only_when_the_consumer_has_acknowledged_it()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        _host.ConfigureState = state => (state.SegmentBytes, state.Retention) = (64 * 1024, TimeSpan.FromHours(1));

        // One commit may have all records of a run, and a segment is full at the next one only.
        for (var run = 0; run < 4; run++)
        {
            await RunAsync(() => WriteMany($"{run}-", 150), new Taker { AcknowledgesUpTo = 2 });
        }

        var segments = Segments();
        segments.Should().BeGreaterThan(3);

        clock.Advance(TimeSpan.FromHours(2));
        _clock = clock;
        await using (var monitor = Make(new Taker { AcknowledgesUpTo = 2 }))
        {
            await monitor.StartAsync(Token);
            for (var second = 0; second < 300; second++)
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                await Task.Yield();
            }

            // The start may have begun another one, where the last was full.
            Segments().Should().BeInRange(segments, segments + 1);
            File.Exists(Path.Join(_host.State, "000000000000.ndjson")).Should().BeTrue();
        }

        await using (var monitor = Make(new Taker()))
        {
            await monitor.StartAsync(Token);
            while (Segments() > 2)
            {
                Token.ThrowIfCancellationRequested();
                clock.Advance(TimeSpan.FromSeconds(1));
                await Task.Yield();
            }
        }
    }

    [Fact]
    public async Task Where_records_are_deleted_the_next_one_has_a_higher_index()
    {
        _host.ConfigureState = state => state.SegmentBytes = 64 * 1024;
        await _host.RunAsync(() => WriteMany("a", 400));
        var files = Directory.GetFiles(_host.State, "*.ndjson").Order(StringComparer.Ordinal).ToList();
        File.Delete(files[0]);
        File.Delete(Path.ChangeExtension(files[0], "checkpoint"));

        var taker = await RunAsync(() => { });

        taker.Records[0].Index.Should().Be(long.Parse(Path.GetFileNameWithoutExtension(files[1]), System.Globalization.CultureInfo.InvariantCulture));
        taker.Checkpoints[0].Size.Should().Be(taker.Records[0].Index, "it signs what is left of the rest");
    }

    [Fact]
    public async Task A_consumer_that_fails_is_called_again_from_what_it_acknowledged()
    {
        var taker = new Taker { FailsAt = 2 };

        await RunAsync(() => WriteMany("a", 3), taker, waitsFor: 5);

        taker.Calls.Should().Be(2);
        taker.Records.Select(one => one.Index).Should().StartWith([0L, 1L, 2L, 2L, 3L]);
    }

    [Fact]
    public async Task A_consumer_that_hangs_does_not_hold_up_the_end_of_the_monitor_longer_than_its_timeout()
    {
        var taker = new Taker { Hangs = true };
        _host.Configure = options => options.ShutdownTimeout = TimeSpan.FromSeconds(1);
        var monitor = Make(taker);
        await monitor.StartAsync(Token);

        await monitor.StopAsync(Token);

        taker.WasCancelled.Should().BeTrue();
        Journal()[^1].Should().Contain("\"kind\":\"Stopped\"", "the journal is closed in order");
        await using var next = _host.Make();
        await next.StartAsync(Token);
    }

    [Fact]
    public async Task Health_has_the_lag_and_the_problem_of_a_consumer()
    {
        var taker = new Taker { Hangs = true, Problem = "It is away." };
        _host.Configure = options => options.ShutdownTimeout = TimeSpan.FromSeconds(1);
        await using var monitor = Make(taker);
        await monitor.StartAsync(Token);
        await taker.Started.WaitAsync(Token);
        WriteMany("a", 10);
        await monitor.FlushAsync(Token);

        var health = monitor.GetHealth();

        var cursor = health.Store!.Cursors.Should().ContainSingle(one => one.Name == "records/taker").Subject;
        (cursor.Acknowledged, cursor.Problem).Should().Be((0, "It is away."));
        cursor.Lag.Should().Be(health.Store.Records).And.BeGreaterThan(10);
        health.Degradations.Should().Contain("Consumer records/taker: It is away.");
    }

    [Fact]
    public void Without_durable_state_a_consumer_is_refused_in_words()
    {
        var services = new ServiceCollection();
        services.AddFileMonitor(options => options.AddRoot(_host.Root)).AddJournalConsumer(_ => new Taker());
        using var provider = services.BuildServiceProvider();

        var make = () => provider.GetRequiredService<FileSystemMonitor>();
        var use = () => FileSystemMonitor.Create(options => options.AddRoot(_host.Root), components => components.UseJournalConsumer(new Taker()));

        make.Should().Throw<OptionsValidationException>().WithMessage("*AddDurableState*");
        use.Should().Throw<InvalidOperationException>().WithMessage("*UseDurableState*");
    }

    [Fact]
    public async Task In_a_container_the_order_of_the_calls_does_not_matter()
    {
        var taker = new Taker();
        var services = new ServiceCollection();
        services.AddFileMonitor(options => options.AddRoot(_host.Root)).AddJournalConsumer(_ => taker).AddDurableState(state => state.Directory = _host.State);
        await using (var provider = services.BuildServiceProvider())
        {
            await provider.GetRequiredService<FileSystemMonitor>().StartAsync(Token);
        }

        taker.Lines.Should().Equal(Journal());
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a/b")]
    public void A_name_that_cannot_be_kept_is_refused(string name)
    {
        var make = () => Make(new Taker { Name = name });

        make.Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Two_consumers_with_one_name_are_refused()
    {
        var make = () => Make(new Taker(), new Taker());

        make.Should().Throw<ArgumentException>().WithMessage("*'taker'*");
    }

    public void Dispose() => _host.Dispose();

    private async Task<Taker> RunAsync(Action act, Taker? taker = null, int waitsFor = 0)
    {
        taker ??= new Taker();
        await using var monitor = Make(taker);
        await monitor.StartAsync(Token);
        act();
        await monitor.FlushAsync(Token);
        await taker.HasAsync(waitsFor).WaitAsync(Token);
        await monitor.StopAsync(Token);
        return taker;
    }

    private FileSystemMonitor Make(params Taker[] takers) => FileSystemMonitor.Create(
        options =>
        {
            options.AddRoot(_host.Root);
            options.Debounce.QuietPeriod = TimeSpan.FromMilliseconds(30);
            _host.Configure(options);
        },
        components =>
        {
            components.TimeProvider = _clock;
            components.UseDurableState(state =>
            {
                state.Directory = _host.State;
                _host.ConfigureState(state);
            });
            foreach (var taker in takers)
            {
                components.UseJournalConsumer(taker);
            }
        });

    private int Segments() => Directory.GetFiles(_host.State, "*.ndjson").Length;

    private List<string> Journal() => [.. JournalFiles.Lines(_host.State).Values];

    private void WriteMany(string prefix, int count)
    {
        for (var number = 0; number < count; number++)
        {
            _host.Write($"{prefix}-{number}", "x");
        }
    }
}
