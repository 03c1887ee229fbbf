using System.Net;
using System.Text.Json;
using FileMonitor.Agent.Queries;
using FileMonitor.Collector.Tests.Services;
using FluentAssertions;
using Xunit;
using static FileMonitor.Collector.Tests.Services.TestEvents;

namespace FileMonitor.Collector.Tests.Api;

/// <summary>Everything that was stored is found by what it is, and nothing else is found with it.</summary>
[Collection(nameof(Services))]
public sealed class SearchTests(Fleet fleet) : IAsyncLifetime
{
    private const string Hostile = "/srv/=cmd|' /C calc'!A0<img src=x onerror=alert(1)>\u202egpj.exe\u001b[31m\n";

    private RunningCollector? _collector;
    private TestPublisher? _publisher;

    private RunningCollector Collector => _collector!;

    public async ValueTask InitializeAsync()
    {
        var place = await fleet.PrepareAsync();
        _publisher = await TestPublisher.OpenAsync(place);
        _collector = await RunningCollector.StartAsync(place, new Dictionary<string, string?> { ["Collector:QueryTimeout"] = "2s" });
        await _publisher.RecordsAsync(
            "alpha", "alpha/filemonitor/1",
            Line(0, "/srv/data/a.txt", content: "one", user: "root"),
            Line(1, "/srv/data/b.pem", content: "two", user: "alice", program: "/usr/bin/openssl"),
            Line(2, "/srv/data%/100_percent", user: "alice"),
            Line(3, "/srv/database/c.txt", content: "one"),
            Line(4, "/srv/moved/d.txt", "Renamed", content: "one", oldPath: "/srv/data/a.txt"),
            Line(5, Hostile),
            Line(6, "/srv/data/b.pem", "Deleted", content: "two"),
            """{"kind":"State","redo":"AAAA"}""");
        await _publisher.RecordsAsync("beta", "beta/filemonitor/1", Line(10, "/srv/data/deep/er/e.pem", content: "one"), Line(11, $"/long/{new string('y', 1000)}/end", "Modified"));
        await _collector.UntilStoredAsync(10);
    }

    public async ValueTask DisposeAsync()
    {
        if (_collector is not null)
        {
            await _collector.DisposeAsync();
            await _publisher!.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("path=/srv/data/", new[] { "/srv/data/deep/er/e.pem", "/srv/data/b.pem", "/srv/moved/d.txt", "/srv/data/b.pem", "/srv/data/a.txt" })]
    [InlineData("path=/srv/data%25", new[] { "/srv/data%/100_percent" })]
    [InlineData("path=/srv/data_", new string[0])]
    [InlineData("glob=/srv/*/*.pem", new[] { "/srv/data/b.pem", "/srv/data/b.pem" })]
    [InlineData("glob=/srv/**/*.pem", new[] { "/srv/data/deep/er/e.pem", "/srv/data/b.pem", "/srv/data/b.pem" })]
    [InlineData("glob=/srv/data?/*", new[] { "/srv/data%/100_percent" })]
    [InlineData("glob=**/c.txt", new[] { "/srv/database/c.txt" })]
    [InlineData("glob=/srv/data/a.txt", new[] { "/srv/moved/d.txt", "/srv/data/a.txt" })]
    [InlineData("glob=/srv/data/a.(txt)*", new string[0])]
    [InlineData("user=alice", new[] { "/srv/data%/100_percent", "/srv/data/b.pem" })]
    [InlineData("program=openssl", new[] { "/srv/data/b.pem" })]
    [InlineData("program=/usr/bin/openssl&host=alpha", new[] { "/srv/data/b.pem" })]
    [InlineData("program=ssl", new string[0])]
    [InlineData("kind=renamed,Deleted", new[] { "/srv/data/b.pem", "/srv/moved/d.txt" })]
    [InlineData("host=beta&path=/srv", new[] { "/srv/data/deep/er/e.pem" })]
    [InlineData("host=nobody", new string[0])]
    [InlineData("from=2026-03-01T12:00:03Z&to=2026-03-01T12:00:05Z", new[] { "/srv/moved/d.txt", "/srv/database/c.txt" })]
    [InlineData("path=' OR 1=1 --", new string[0])]
    public async Task A_search_finds_what_it_says_newest_first(string query, string[] expected) =>
        (await Collector.PathsAsync(query)).Should().Equal(expected);

    [Fact]
    public async Task A_content_is_found_by_its_checksum_on_all_hosts()
    {
        (await Collector.PathsAsync($"sha256={ShaOf("one").ToUpperInvariant()}")).Should().Equal("/srv/data/deep/er/e.pem", "/srv/moved/d.txt", "/srv/database/c.txt", "/srv/data/a.txt");

        var files = (await Collector.GetJsonAsync($"/api/files?sha256={ShaOf("one")}")).GetProperty("files").EnumerateArray()
            .Select(file => $"{file.GetProperty("host").GetString()} {file.GetProperty("path").GetString()} {file.GetProperty("isThere").GetBoolean()}");

        files.Should().Equal(
            "alpha /srv/database/c.txt True", "alpha /srv/moved/d.txt True", "beta /srv/data/deep/er/e.pem True", "alpha /srv/data/a.txt False");
        var deleted = (await Collector.GetJsonAsync($"/api/files?sha256={ShaOf("two")}")).GetProperty("files")[0];
        deleted.GetProperty("isThere").GetBoolean().Should().BeFalse();
    }

    [Fact]
    public async Task A_path_longer_than_its_index_is_found_by_all_of_it()
    {
        var path = $"/long/{new string('y', 1000)}/end";

        (await Collector.PathsAsync($"path={path}")).Should().Equal(path);
        (await Collector.PathsAsync($"glob={path}")).Should().Equal(path);
        (await Collector.PathsAsync($"path={path}s")).Should().BeEmpty();
    }

    [Fact]
    public async Task A_hostile_name_is_found_and_its_json_and_csv_are_harmless()
    {
        (await Collector.PathsAsync($"path={Uri.EscapeDataString(Hostile)}")).Should().Equal(Hostile);

        var json = await Collector.GetTextAsync("/api/events");
        json.Should().NotContainAny("<", "\u202e", "\u001b", "\n");
        var csv = await Collector.GetTextAsync("/export.csv");
        csv.Should().NotContainAny("\u202e", "\u001b");
        csv.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Should().HaveCount(10).And.OnlyContain(line => !line.Contains('\n'));
        csv.Should().Contain(@"""/srv/=cmd|' /C calc'!A0<img src=x onerror=alert(1)>\u202egpj.exe\x1b[31m\n""");
    }

    [Theory]
    [InlineData("=1+1", "\"'=1+1\"")]
    [InlineData("@SUM(A1)", "\"'@SUM(A1)\"")]
    [InlineData("+1", "\"'+1\"")]
    [InlineData("-1", "\"'-1\"")]
    [InlineData("say \"hi\"", "\"say \"\"hi\"\"\"")]
    [InlineData("\t=1", "\"\\t=1\"")]
    [InlineData(null, "\"\"")]
    public void A_field_of_the_export_is_never_a_formula(string? text, string field) => Csv.Field(text).Should().Be(field);

    [Fact]
    public async Task Pages_have_every_event_once_while_others_come()
    {
        for (var index = 2; index < 202; index++)
        {
            // Many at the same time, so that the time alone is no order.
            await _publisher!.RecordAsync("beta", "beta/filemonitor/1", index, Line(20 + (index / 50), $"/pages/{index}"));
        }

        await Collector.UntilStoredAsync(210);
        var seen = new List<string>();
        string? cursor = null;
        var later = 202;
        do
        {
            var answer = await Collector.GetJsonAsync($"/api/events?path=/pages/&limit=17{(cursor is null ? "" : $"&cursor={cursor}")}");
            seen.AddRange(answer.GetProperty("events").EnumerateArray().Select(one => one.GetProperty("event").GetProperty("path").GetString()!));
            cursor = answer.TryGetProperty("next", out var next) ? next.GetString() : null;
            await _publisher!.RecordAsync("beta", "beta/filemonitor/1", later, Line(1000 + later, $"/pages/{later++}"));
        }
        while (cursor is not null);

        seen.Should().Equal(Enumerable.Range(2, 200).Reverse().Select(index => $"/pages/{index}"));
        var exported = (await Collector.GetTextAsync("/export.jsonl?path=/pages/&to=2026-03-01T12:10:00Z")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        exported.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("index").GetInt64()).Should().BeEquivalentTo(Enumerable.Range(2, 200));
    }

    [Theory]
    [InlineData("/api/events?pth=/srv", "Did you mean `path`?")]
    [InlineData("/api/events?path=/a&path=/b", "give it once")]
    [InlineData("/api/events?path=", "has no value")]
    [InlineData("/api/events?sha256=abc", "64 hexadecimal digits")]
    [InlineData("/api/events?kind=Exploded", "none of")]
    [InlineData("/api/events?from=yesterday", "no time")]
    [InlineData("/api/events?cursor=AAAA", "cursor is none")]
    [InlineData("/api/events?limit=0", "from 1 to 1000")]
    [InlineData("/api/events?path=/a&glob=/b", "give one")]
    [InlineData("/api/events?path=%00", "no stored text")]
    [InlineData("/api/files", "sha256 is missing")]
    [InlineData("/api/hosts?limit=1", "There is no such parameter")]
    [InlineData("/api/incidents?open=maybe", "true or false")]
    [InlineData("/export.csv?limit=5", "There is no such parameter")]
    public async Task A_query_that_is_none_is_refused_in_words(string path, string words)
    {
        using var answer = await Collector.GetAsync(path);

        answer.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        problem.RootElement.GetProperty("detail").GetString().Should().Contain(words);
    }

    [Fact]
    public async Task A_search_that_takes_too_long_says_so()
    {
        await using var connection = await Collector.Database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var locked = new Npgsql.NpgsqlCommand("LOCK TABLE records IN ACCESS EXCLUSIVE MODE", connection);
        await locked.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        using var answer = await Collector.GetAsync("/api/events?path=/srv");

        answer.StatusCode.Should().Be(HttpStatusCode.GatewayTimeout);
        (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Should().Contain("longer than Collector:QueryTimeout");
    }

    [Fact]
    public async Task One_record_is_shown_with_before_and_after_and_without_what_nobody_reads()
    {
        await _publisher!.RecordAsync("beta", "beta/filemonitor/1", 2, Line(30, "/srv/key.pem", "AttributesChanged", more: ",\"mode\":384,\"previous\":{\"mode\":420},\"redo\":\"AAAA\""));
        await Collector.UntilStoredAsync(11);
        var place = (await Collector.GetJsonAsync("/api/events?path=/srv/key.pem")).GetProperty("events")[0];

        var record = await Collector.GetJsonAsync($"/api/events/{place.GetProperty("journal")}/{place.GetProperty("index")}");

        var found = record.GetProperty("event");
        (found.GetProperty("mode").GetInt32(), found.GetProperty("previous").GetProperty("mode").GetInt32()).Should().Be((384, 420));
        found.TryGetProperty("redo", out _).Should().BeFalse();
        record.GetProperty("isProved").GetBoolean().Should().BeFalse();
        foreach (var none in new[] { "/api/events/1/99999", "/api/events/x/1", "/api/events/99999999999/1" })
        {
            using var missing = await Collector.GetAsync(none);
            missing.StatusCode.Should().Be(HttpStatusCode.NotFound);
        }
    }
}
