using System.Text;
using FileMonitor.Collector.Tests.Services;
using FluentAssertions;
using Xunit;
using static FileMonitor.Collector.Tests.Services.TestEvents;

namespace FileMonitor.Collector.Tests.Ingest;

/// <summary>What comes is stored once, as it is, and nothing else is.</summary>
[Collection(nameof(Services))]
public sealed class StoringTests(Fleet fleet)
{
    private const string Journal = "alpha/filemonitor/1";

    [Fact]
    public async Task Records_are_stored_once_with_their_bytes_however_often_and_in_whatever_order_they_come()
    {
        var place = await fleet.PrepareAsync();
        await using var collector = await RunningCollector.StartAsync(place);
        await using var publisher = await TestPublisher.OpenAsync(place);
        string[] lines = [.. Enumerable.Range(0, 30).Select(number => Line(number, $"/srv/file-{number}"))];

        foreach (var index in Enumerable.Range(0, 30).Reverse().Concat(Enumerable.Range(0, 30)).Concat([3, 3, 7]))
        {
            await publisher.RecordAsync("alpha", Journal, index, lines[index]);
        }

        await collector.UntilStoredAsync(30);
        await UntilAcknowledgedAsync(place);
        (await collector.CountAsync("SELECT count(*) FROM records")).Should().Be(30);
        (await collector.CountAsync("SELECT next_index FROM journals")).Should().Be(30);
        (await StoredLinesAsync(collector)).Should().Equal(lines);
        (await collector.OpenIncidentsAsync()).Should().BeEmpty();
        (await publisher.DeadLettersAsync()).Should().Be(0);
    }

    [Fact]
    public async Task A_second_version_of_a_record_is_an_incident_and_a_dead_letter_and_the_first_one_stays()
    {
        var place = await fleet.PrepareAsync();
        await using var collector = await RunningCollector.StartAsync(place);
        await using var publisher = await TestPublisher.OpenAsync(place);
        var first = Line(0, "/srv/true");
        await publisher.RecordAsync("alpha", Journal, 0, first);

        await publisher.RecordAsync("alpha", Journal, 0, Line(0, "/srv/forged"));
        await publisher.RecordAsync("alpha", Journal, 1, Line(1, "/srv/next"));

        await collector.UntilStoredAsync(2);
        await Wait.UntilAsync("the dead letter is there", async () => await publisher.DeadLettersAsync() == 1);
        (await StoredLinesAsync(collector))[0].Should().Be(first);
        (await collector.OpenIncidentsAsync()).Should().Equal("RecordConflict");
        var host = (await collector.GetJsonAsync("/api/hosts")).GetProperty("journals")[0];
        host.GetProperty("state").GetString().Should().Be("Untrusted");
    }

    [Fact]
    public async Task What_can_never_be_stored_goes_to_the_dead_letters_and_holds_up_nothing()
    {
        var place = await fleet.PrepareAsync();
        await using var collector = await RunningCollector.StartAsync(place);
        await using var publisher = await TestPublisher.OpenAsync(place);
        byte[][] bodies = ["no json"u8.ToArray(), "[1]"u8.ToArray(), "{\"a\":\n1}"u8.ToArray(), "{} {}"u8.ToArray(), [], [0xFF, 0xFE], new byte[1024 * 1024]];

        foreach (var body in bodies)
        {
            await publisher.SendAsync("alpha", Journal, "record", 0, body);
        }

        await publisher.SendAsync("alpha", Journal, "invoice", 0, "{}"u8.ToArray());
        await publisher.SendAsync("alpha", Journal, "record", -1, "{}"u8.ToArray());
        await publisher.SendAsync("alpha", Journal, "record", 0, "{}"u8.ToArray(), headers => headers.Remove("host"));
        await publisher.SendAsync("alpha", Journal, "record", 0, "{}"u8.ToArray(), headers => headers["journal"] = "a\nb");
        await publisher.SendAsync("alpha", Journal, "record", 0, "{}"u8.ToArray(), headers => headers["sequence"] = "0");
        await publisher.RecordAsync("alpha", Journal, 0, Line(0, "/srv/true"));

        await collector.UntilStoredAsync(1);
        await Wait.UntilAsync("the dead letters are there", async () => await publisher.DeadLettersAsync() == 12);
        (await collector.CountAsync("SELECT count(*) FROM records")).Should().Be(1);
    }

    [Fact]
    public async Task Hostile_values_are_stored_in_their_line_and_do_not_stop_the_queue()
    {
        var place = await fleet.PrepareAsync();
        await using var collector = await RunningCollector.StartAsync(place);
        await using var publisher = await TestPublisher.OpenAsync(place);
        string[] lines =
        [
            Line(0, $"/srv/{new string('x', 200_000)}"),
            Line(1, $"/srv/{new string('\u4e2d', 5000)}"),
            """{"kind":"Created","path":"/srv/\u0000zero","occurredAt":"2026-03-01T12:00:00Z"}""",
            """{"kind":"Created","path":"/srv/\ud800half","occurredAt":"2026-03-01T12:00:00Z"}""",
            """{"kind":7,"path":["a"],"sha256":"zz","occurredAt":"0001-01-01T00:00:00Z","actor":{"userName":{"a":[1]},"processId":1e99}}""",
            $$$"""{"kind":"Created","path":"/srv/a","kind":"Deleted","occurredAt":"9999-12-31T23:59:59Z","actor":{"userName":"{{{new string('u', 5000)}}}"}}""",
            "{}",
        ];

        await publisher.RecordsAsync("alpha", Journal, lines);

        await collector.UntilStoredAsync(lines.Length);
        (await StoredLinesAsync(collector)).Should().Equal(lines);
        (await publisher.DeadLettersAsync()).Should().Be(0);
        (await collector.GetJsonAsync("/api/events")).GetProperty("events").GetArrayLength().Should().Be(6);
        (await collector.GetTextAsync("/export.csv")).Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Should().HaveCount(7);
        (await collector.GetTextAsync("/export.jsonl")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().HaveCount(6);
    }

    private static async Task<List<string>> StoredLinesAsync(RunningCollector collector)
    {
        await using var command = collector.Database.CreateCommand("SELECT line FROM records ORDER BY journal_id, index");
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var lines = new List<string>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            lines.Add(Encoding.UTF8.GetString(reader.GetFieldValue<byte[]>(0)));
        }

        return lines;
    }

    private static async Task UntilAcknowledgedAsync(FleetPlace place)
    {
        await using var connection = await place.ConnectAsync();
        await using var channel = await connection.CreateChannelAsync();
        await Wait.UntilAsync("the queues are empty", async () =>
            (await channel.QueueDeclarePassiveAsync($"{place.Name}.0")).MessageCount + (await channel.QueueDeclarePassiveAsync($"{place.Name}.1")).MessageCount == 0);
    }
}
