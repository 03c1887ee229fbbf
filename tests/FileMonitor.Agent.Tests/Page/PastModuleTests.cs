using System.Text.Json;
using Xunit;

namespace FileMonitor.Agent.Tests.Page;

/// <summary>The functions of the page that compute what is told of the time before, and what is in an address.</summary>
[Collection(nameof(Page))]
public sealed class PastModuleTests(ModulePage page) : IClassFixture<ModulePage>
{
    [Fact]
    public async Task Many_changes_of_one_kind_in_one_directory_are_one_row_where_the_first_ones_were()
    {
        var result = await page.EvaluateAsync("events", """
            (await (async () => {
              const table = document.createElement('table');
              table.createTBody();
              const [filter, pause, count, empty] = ['input', 'button', 'span', 'p'].map(tag => document.createElement(tag));
              const view = new m.EventsView({ table, filter, pause, count, empty, announce: () => {} });
              const frame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done, 200)));
              const add = (kind, path, second) => view.add({ event: 'audit', data: JSON.stringify({ monitor: 'in', kind, path, origin: 'Live', emittedAt: new Date(second * 1000).toISOString() }) });
              const rows = () => [...table.rows].map(row => row.cells[2].textContent.replace(/Show them.*/s, ''));
              for (let at = 0; at < 25; at++) {
                add('Created', `/srv/a/${at}`, at);
              }
              await frame();
              const before = table.rows.length;
              add('Deleted', '/srv/a/0', 25);
              for (let at = 25; at < 40; at++) {
                add('Created', `/srv/a/${at}`, at);
              }
              await frame();
              const during = rows();
              add('Created', '/srv/a/later', 60);
              add('Created', '/srv/b/other', 60);
              await frame();
              return [before, during, rows().slice(0, 2), count.textContent];
            })())
            """);

        Assert.Equal("""[25,["40 created below /srv/a/ ","/srv/a/0"],["/srv/b/other","/srv/a/later"],"43 events"]""", result);
    }

    [Theory]
    [InlineData("""{ event: 'audit', data: '{"monitor":"in","kind":"Created","path":"/a/b\\"c/d","origin":"Live","emittedAt":"1970-01-01T00:00:07Z"}' }""", """{"key":"Created\nfalse\nin\n/a/b\\\"c","toldAt":7000}""")]
    [InlineData("""{ event: 'audit', data: '{"kind":"Gap","path":"/a"}' }""", "null")]
    [InlineData("""{ event: 'missed', data: '{"missed":7}' }""", "null")]
    public async Task What_events_have_in_common_is_seen_without_parsing_them(string raw, string likeness) =>
        Assert.Equal(likeness, await page.EvaluateAsync("storms", $"m.likeness({raw})"));

    [Theory]
    [InlineData("lengthWords(400)", "1 second")]
    [InlineData("lengthWords(59999)", "60 seconds")]
    [InlineData("lengthWords(60000)", "1 minute")]
    [InlineData("lengthWords(86400000)", "24 hours")]
    [InlineData("lengthWords(5460000)", "1 hour 31 minutes")]
    [InlineData("sumWords([{ state: 'Watched', from: 0, to: 60000 }, { state: 'Gap', from: 60000, to: 61000 }, { state: 'Watched', from: 61000, to: 181000 }])", "watched 3 minutes, something may be missing 1 second")]
    [InlineData("stateWords('SomethingNew')", "SomethingNew")]
    public async Task How_long_something_lasted_is_said_in_words(string call, string words) =>
        Assert.Equal(ModulePage.Quote(words), await page.EvaluateAsync("history", $"m.{call}"));

    [Theory]
    [InlineData("?view=search&where=/a/**&kind=Created&event=in~7~01a22a27-9df4-7366-b99c-d93af7a8824f", "?view=search&where=%2Fa%2F**&kind=Created&event=in%7E7%7E01a22a27-9df4-7366-b99c-d93af7a8824f")]
    [InlineData("?view=nonsense&where=/a&event=in~7~x&theme=dark", "/")]
    [InlineData("?event=a~b~7~01a22a27-9df4-7366-b99c-d93af7a8824f", "?event=a%7Eb%7E7%7E01a22a27-9df4-7366-b99c-d93af7a8824f")]
    [InlineData("", "/")]
    public async Task An_address_is_read_as_it_is_written_and_what_is_none_is_left_out(string address, string written) =>
        Assert.Equal(ModulePage.Quote(written), Normal(await page.EvaluateAsync("place", $"m.addressOf(m.readPlace({ModulePage.Quote(address)}))")));

    /// <summary>The same JSON, escaped as .NET escapes it.</summary>
    private static string Normal(string json) => ModulePage.Quote(JsonSerializer.Deserialize<string>(json)!);
}
