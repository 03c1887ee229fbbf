using FileMonitor.Collector.Tests.Services;
using FileMonitor.Durable.Tests.Journal;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using static FileMonitor.Collector.Tests.Services.TestEvents;
using static FileMonitor.Durable.Tests.Journal.TestJournal;

namespace FileMonitor.Collector.Tests.Ingest;

/// <summary>What is wrong with a journal or a host is found and listed.</summary>
[Collection(nameof(Services))]
public sealed class JournalTests(Fleet fleet) : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();

    private string Directory => _temporary.PathOf("journal");

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public async Task A_true_journal_is_proved_over_changes_of_its_key_and_restarts_of_the_collector()
    {
        var place = await fleet.PrepareAsync();
        await WriteAsync(Settings(Directory, segmentBytes: 4000), 100);
        await using var publisher = await TestPublisher.OpenAsync(place);
        await using (var first = await RunningCollector.StartAsync(place))
        {
            await publisher.JournalAsync("alpha", Directory);
            await first.UntilStoredAsync(ReadAll(Directory).Count);
        }

        var before = ReadAll(Directory).Count;
        await WriteAsync(Settings(Directory, segmentBytes: 4000), 100, from: 101);
        await using var collector = await RunningCollector.StartAsync(place);
        await publisher.JournalAsync("alpha", Directory, from: before);

        var last = TestJournal.Notes(Directory)[^1].Size;
        await Wait.UntilAsync("all is proved", async () => await ProvedAsync(collector) == last);
        (await collector.OpenIncidentsAsync()).Should().BeEmpty();
        var host = (await collector.GetJsonAsync("/api/hosts")).GetProperty("journals")[0];
        (host.GetProperty("state").GetString(), host.GetProperty("key").GetString()).Should().Be(("Well", "TrustedOnFirstUse"));
    }

    [Fact]
    public async Task A_record_that_was_changed_on_the_way_is_a_root_mismatch()
    {
        var place = await fleet.PrepareAsync();
        await WriteAsync(Settings(Directory), 40);
        await using var publisher = await TestPublisher.OpenAsync(place);
        await using var collector = await RunningCollector.StartAsync(place);

        await publisher.JournalAsync("alpha", Directory, alter: (index, line) => index == 17 ? line.Replace("file-18", "file-99", StringComparison.Ordinal) : line);

        await Wait.UntilAsync("it is found", async () => (await collector.OpenIncidentsAsync()).Contains("RootMismatch"));
        (await ProvedAsync(collector)).Should().Be(0);
    }

    [Fact]
    public async Task A_record_that_was_changed_in_the_database_is_found_at_the_next_start()
    {
        var place = await fleet.PrepareAsync();
        await WriteAsync(Settings(Directory), 40);
        await using var publisher = await TestPublisher.OpenAsync(place);
        await using (var first = await RunningCollector.StartAsync(place))
        {
            await publisher.JournalAsync("alpha", Directory);
            await Wait.UntilAsync("it is proved", async () => await ProvedAsync(first) == 40);
            await using var change = first.Database.CreateCommand("UPDATE records SET line = '{}' WHERE index = 5");
            await change.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await using var collector = await RunningCollector.StartAsync(place);
        await publisher.JournalAsync("alpha", Directory, from: 39);

        await Wait.UntilAsync("it is found", async () => (await collector.OpenIncidentsAsync()).Contains("RootMismatch"));
    }

    [Fact]
    public async Task A_journal_whose_end_was_cut_off_is_found_when_it_goes_on()
    {
        var place = await fleet.PrepareAsync();
        await WriteAsync(Settings(Directory), 40);
        var older = _temporary.CopyOf(Directory, "older");
        await WriteAsync(Settings(Directory), 40, from: 41);
        await WriteAsync(Settings(older), 10, from: 1001);
        await using var publisher = await TestPublisher.OpenAsync(place);
        await using var collector = await RunningCollector.StartAsync(place);
        await publisher.JournalAsync("alpha", Directory);
        await Wait.UntilAsync("it is proved", async () => await ProvedAsync(collector) == 80);

        await publisher.JournalAsync("alpha", older, from: 40);

        await Wait.UntilAsync("it is found", async () =>
            (await collector.OpenIncidentsAsync()) is var open && open.Contains("RecordConflict") && (open.Contains("RootMismatch") || open.Contains("CheckpointBackwards")));
        (await ProvedAsync(collector)).Should().Be(80);
    }

    [Fact]
    public async Task A_checkpoint_that_comes_again_however_late_is_none()
    {
        using var signer = new TestSigner();
        var place = await fleet.PrepareAsync();
        var settings = Settings(Directory) with { Signer = signer };
        for (var from = 1; from <= 100; from++)
        {
            await WriteAsync(settings, 1, from: from);
        }

        await using var publisher = await TestPublisher.OpenAsync(place);
        await using var collector = await RunningCollector.StartAsync(place);
        await publisher.JournalAsync("alpha", Directory);
        await Wait.UntilAsync("it is proved", async () => await ProvedAsync(collector) == 100);
        (await collector.CountAsync("SELECT count(*) FROM checkpoints")).Should().Be(100);

        // More than the witness remembers lie between.
        await publisher.CheckpointAsync("alpha", TestJournal.Notes(Directory)[0].Origin, TestJournal.Notes(Directory)[0]);
        await publisher.RecordAsync("alpha", TestJournal.Notes(Directory)[0].Origin, 100, TestEvents.Line(0, "/srv/next"));
        await collector.UntilStoredAsync(101);
        (await collector.OpenIncidentsAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task A_key_of_somebody_else_is_an_incident()
    {
        var place = await fleet.PrepareAsync();
        await WriteAsync(Settings(Directory), 10);
        var other = _temporary.PathOf("other");
        await WriteAsync(Settings(other), 10);
        await using var publisher = await TestPublisher.OpenAsync(place);
        await using var collector = await RunningCollector.StartAsync(place);
        await publisher.JournalAsync("alpha", Directory);
        await Wait.UntilAsync("it is proved", async () => await ProvedAsync(collector) == 10);

        await publisher.KeyAsync("alpha", TestJournal.Notes(Directory)[0].Origin, await File.ReadAllTextAsync(Path.Join(other, "journal.pub"), TestContext.Current.CancellationToken));

        await Wait.UntilAsync("it is found", async () => (await collector.OpenIncidentsAsync()).SequenceEqual(["UnknownKey"]));
    }

    [Fact]
    public async Task A_hole_is_told_after_a_while_and_ends_when_it_is_filled()
    {
        var place = await fleet.PrepareAsync();
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var publisher = await TestPublisher.OpenAsync(place);
        await using var collector = await RunningCollector.StartAsync(place, time: time);
        foreach (var index in new[] { 0, 1, 4, 5 })
        {
            await publisher.RecordAsync("alpha", "alpha/filemonitor/1", index, Line(index, $"/srv/{index}"));
        }

        await collector.UntilStoredAsync(4);
        await collector.ReviewAsync();
        (await collector.OpenIncidentsAsync()).Should().BeEmpty("it may only be late");

        time.Advance(TimeSpan.FromSeconds(31));
        await collector.ReviewAsync();

        var found = (await collector.GetJsonAsync("/api/incidents?open=true")).GetProperty("incidents")[0];
        found.GetProperty("kind").GetString().Should().Be("Hole");
        found.GetProperty("detail").GetString().Should().Be("Records 2 to 3 are missing, and later ones are here.");
        var host = (await collector.GetJsonAsync("/api/hosts")).GetProperty("journals")[0];
        (host.GetProperty("state").GetString(), host.GetProperty("records").GetInt64(), host.GetProperty("recordsBehindHole").GetInt64()).Should().Be(("Incomplete", 2, 4));

        await publisher.RecordAsync("alpha", "alpha/filemonitor/1", 3, Line(3, "/srv/3"));
        await publisher.RecordAsync("alpha", "alpha/filemonitor/1", 2, Line(2, "/srv/2"));
        await collector.UntilStoredAsync(6);
        await collector.ReviewAsync();

        (await collector.OpenIncidentsAsync()).Should().BeEmpty();
        var ended = (await collector.GetJsonAsync("/api/incidents")).GetProperty("incidents")[0];
        ended.TryGetProperty("until", out _).Should().BeTrue();
        (await collector.CountAsync("SELECT next_index FROM journals")).Should().Be(6);
    }

    [Fact]
    public async Task A_host_from_which_nothing_comes_is_silent_unless_it_said_that_it_stops()
    {
        var place = await fleet.PrepareAsync();
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var publisher = await TestPublisher.OpenAsync(place);
        await using var collector = await RunningCollector.StartAsync(place, time: time);
        await publisher.RecordAsync("alpha", "alpha/filemonitor/1", 0, Line(0, "/srv/a"));
        await publisher.RecordAsync("beta", "beta/filemonitor/1", 0, Line(0, "/srv/b"));
        await publisher.RecordAsync("beta", "beta/filemonitor/1", 1, """{"kind":"Stopped","at":"2026-03-01T12:00:05.000Z","monitor":"default","lastSequence":1}""");
        await collector.UntilStoredAsync(3);

        time.Advance(TimeSpan.FromMinutes(9));
        await collector.ReviewAsync();
        (await collector.OpenIncidentsAsync()).Should().BeEmpty();
        time.Advance(TimeSpan.FromMinutes(2));
        await collector.ReviewAsync();

        var open = (await collector.GetJsonAsync("/api/incidents?open=true")).GetProperty("incidents").EnumerateArray().ToList();
        open.Should().ContainSingle();
        (open[0].GetProperty("kind").GetString(), open[0].GetProperty("host").GetString()).Should().Be(("SilentHost", "alpha"));
        var states = (await collector.GetJsonAsync("/api/hosts")).GetProperty("journals").EnumerateArray().Select(one => one.GetProperty("state").GetString());
        states.Should().Equal("Silent", "Stopped");

        await publisher.RecordAsync("alpha", "alpha/filemonitor/1", 1, Line(1, "/srv/again"));
        await collector.UntilStoredAsync(4);
        await collector.ReviewAsync();
        (await collector.OpenIncidentsAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task A_second_journal_of_a_monitor_takes_the_place_of_the_first_and_is_an_incident()
    {
        var place = await fleet.PrepareAsync();
        await using var publisher = await TestPublisher.OpenAsync(place);
        await using var collector = await RunningCollector.StartAsync(place);
        await publisher.RecordAsync("alpha", "alpha/filemonitor/1", 0, Line(0, "/srv/a"));
        await publisher.RecordAsync("alpha", "alpha/filemonitor/2", 0, Line(0, "/srv/b", monitor: "another"));
        await collector.UntilStoredAsync(2);
        (await collector.OpenIncidentsAsync()).Should().BeEmpty("a host may have several monitors");

        await publisher.RecordAsync("alpha", "alpha/filemonitor/3", 0, Line(0, "/srv/a"));

        await Wait.UntilAsync("it is found", async () => (await collector.OpenIncidentsAsync()).SequenceEqual(["JournalReplaced"]));
        (await collector.GetTextAsync("/api/incidents")).Should().Contain("alpha/filemonitor/1");
    }

    private static async Task<long> ProvedAsync(RunningCollector collector) => await collector.CountAsync("SELECT coalesce(max(checkpoint_size), 0) FROM journals");
}
