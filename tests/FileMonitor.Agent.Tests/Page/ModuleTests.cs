using System.Text.Json;
using Xunit;

namespace FileMonitor.Agent.Tests.Page;

/// <summary>The functions of the page that only compute, in the browser that runs them.</summary>
[Collection(nameof(Page))]
public sealed class ModuleTests(ModulePage page) : IClassFixture<ModulePage>
{
    // The left side is JavaScript: half a surrogate pair cannot be sent to a browser in another way.
    [Theory]
    [InlineData(@"\u001b[31mred", @"\x1b[31mred")]                 // a colour for a terminal
    [InlineData(@"a\nb\r\tc", @"a\x0ab\x0d\x09c")]                 // forges a row
    [InlineData(@"\u0000\u007f\u009b", @"\x00\x7f\x9b")]
    [InlineData(@"\u202egpj.exe", @"\u202egpj.exe")]               // would be shown as exe.jpg
    [InlineData(@"\u202a\u202b\u202c\u202d", @"\u202a\u202b\u202c\u202d")]
    [InlineData(@"\u2066\u2067\u2068\u2069", @"\u2066\u2067\u2068\u2069")]
    [InlineData(@"\u200e\u200f\u061c", @"\u200e\u200f\u061c")]
    [InlineData(@"a\u2028b\u2029c\u0085", @"a\u2028b\u2029c\x85")]
    [InlineData(@"\ufeffa\u200bb\u2060c\u00add", @"\ufeffa\u200bb\u2060c\xadd")]
    [InlineData(@"a\u115fb\u3164c\u2800d\u180be", @"a\u115fb\u3164c\u2800d\u180be")] // letters and marks that show nothing
    [InlineData(@"a\u00a0b\u2003c\u202fd", @"a\xa0b\u2003c\u202fd")] // blanks that are another name
    [InlineData(@"a\u{e0041}b", @"a\U000e0041b")]                  // an invisible tag
    [InlineData(@"a\ud800b\udc80", @"a\ud800b\udc80")]             // half a pair; the second stands for the byte 80
    [InlineData(@"a\u200db\u200cc", @"a\u200db\u200cc")]           // joiners that join nothing
    [InlineData(@"a\ufe0f", @"a\ufe0f")]
    [InlineData(@"/\u0301a", @"/\u0301a")]                         // an accent on the slash
    public async Task What_would_deceive_is_shown_as_an_escape(string script, string shown)
    {
        Assert.Equal(shown, await NeutraliseAsync(script));
        Assert.Equal("true", await page.EvaluateAsync("names", $"m.neutralise(\"{script}\").some(part => part.isEscape)"));
    }

    [Theory]
    [InlineData("plain name.txt")]
    [InlineData("")]
    [InlineData("<b>&amp;\"'")]
    [InlineData(@"\u202e")]                                        // six characters, not one
    [InlineData("ünïcode, 日本語　, עברית, 🎉, ❤️")]
    [InlineData("👩‍👧 می‌خواهم क्‍ष")]                                // joiners that join
    public async Task Names_that_people_use_stay_as_they_are(string name)
    {
        Assert.Equal(name, await NeutraliseAsync(name.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)));
        Assert.Equal("false", await page.EvaluateAsync("names", $"m.neutralise({ModulePage.Quote(name)}).some(part => part.isEscape)"));
    }

    [Theory]
    [InlineData("/a b/c", "/a b/c")]
    [InlineData("/ a/b /c ", @"/\x20a/b\x20/c\x20")]
    public async Task A_blank_at_the_end_of_a_name_is_shown(string path, string shown)
    {
        Assert.Equal(ModulePage.Quote(shown), Normal(await page.EvaluateAsync("names", $"m.plain({ModulePage.Quote(path)}, {{ isPath: true }})")));
        Assert.Equal(ModulePage.Quote(path), Normal(await page.EvaluateAsync("names", $"m.plain({ModulePage.Quote(path)})")));
    }

    [Theory]
    [InlineData("YWI=", "ab")]
    [InlineData("w6TigqzwnZKz", "ä€𝒳")]
    [InlineData("YYBi", @"a\udc80b")]                               // 61 80 62
    [InlineData("4oLDpA==", @"\udce2\udc82ä")]                      // a character that breaks off
    [InlineData("7aCA", @"\udced\udca0\udc80")]                     // half a pair, written in UTF-8
    public async Task Bytes_that_are_not_UTF8_are_shown(string base64, string shown) =>
        Assert.Equal(ModulePage.Quote(shown), Normal(await page.EvaluateAsync("names", $"m.plain(m.nameOfBytes('{base64}'))")));

    [Theory]
    [InlineData("data: a\n\n", """[{"id":"","event":"message","data":"a"}]""")]
    [InlineData("id: 1\nevent: audit\ndata:{\"x\": 1}\n\n", """[{"id":"1","event":"audit","data":"{\"x\": 1}"}]""")]
    [InlineData("data: a\r\n\r\ndata: b\r\rdata: c\n\n", """[{"id":"","event":"message","data":"a"},{"id":"","event":"message","data":"b"},{"id":"","event":"message","data":"c"}]""")]
    [InlineData("data: one\ndata:\ndata:  three\n\n", """[{"id":"","event":"message","data":"one\n\n three"}]""")]
    [InlineData(": comment\n\n:\ndata: a\n: in between\n\n", """[{"id":"","event":"message","data":"a"}]""")]
    [InlineData("id: 1\ndata: a\n\ndata: b\n\n", """[{"id":"1","event":"message","data":"a"},{"id":"1","event":"message","data":"b"}]""")]
    [InlineData("event: audit\n\ndata\nretry: 5\nother: x\n\n", """[{"id":"","event":"message","data":""}]""")]
    [InlineData("\ufeffdata: ä€𝒳\n\ndata: not ended\n", """[{"id":"","event":"message","data":"ä€𝒳"}]""")]
    public async Task A_stream_gives_the_same_events_wherever_its_chunks_end(string stream, string events)
    {
        // Every way of cutting it in two, and one byte at a time.
        var parsed = await page.EvaluateAsync("sse", $$"""
            (() => {
              const bytes = new TextEncoder().encode({{ModulePage.Quote(stream)}});
              const read = chunks => {
                const parser = new m.EventStreamParser();
                return JSON.stringify(chunks.flatMap(chunk => parser.push(chunk)));
              };
              const halves = Array.from(bytes, (_, at) => read([bytes.subarray(0, at), bytes.subarray(at)]));
              return [...new Set([...halves, read(Array.from(bytes, byte => Uint8Array.of(byte)))])];
            })()
            """);

        Assert.Equal([events], JsonSerializer.Deserialize<string[]>(parsed)!);
    }

    [Theory]
    [InlineData("id: 1\ndata: a\n\n", "1")]
    [InlineData("id: 1\ndata: a\n\nid: 2\ndata: b\n", "1")]         // 2 was not read to its end
    [InlineData("retry: 2000\nid: 3\n\n", "3")]                    // where to begin, before there is any event
    [InlineData("id: 1\n\nid: a\0b\n\n", "1")]
    public async Task Reading_goes_on_after_what_was_read_to_its_end(string stream, string id) =>
        Assert.Equal(ModulePage.Quote(id), await page.EvaluateAsync("sse", $"(p => (p.push(new TextEncoder().encode({ModulePage.Quote(stream)})), p.lastId))(new m.EventStreamParser())"));

    [Theory]
    [InlineData("formatBytes(0)", "0 B")]
    [InlineData("formatBytes(1023)", "1023 B")]
    [InlineData("formatBytes(1024)", "1.0 KiB")]
    [InlineData("formatBytes(1048575)", "1.0 MiB")]
    [InlineData("formatMilliseconds(0.4)", "0.4 ms")]
    [InlineData("formatMilliseconds(12.6)", "13 ms")]
    [InlineData("formatMilliseconds(1234)", "1.23 s")]
    [InlineData("formatMilliseconds(null)", "none")]
    [InlineData("plural(1, 'item')", "1 item")]
    [InlineData("plural(12345, 'item')", "12,345 items")]
    [InlineData("plural(0, 'directory', 'directories')", "0 directories")]
    [InlineData("formatAge('2026-01-01T00:00:00Z', new Date('2026-01-01T00:00:01Z'))", "just now")]
    [InlineData("formatAge('2026-01-01T00:00:00Z', new Date('2026-01-01T00:01:59Z'))", "1 minute ago")]
    [InlineData("formatAge('2026-01-01T00:00:00Z', new Date('2026-01-03T01:00:00Z'))", "2 days ago")]
    [InlineData("formatTime('nonsense')", "")]
    public async Task Numbers_are_written_as_people_read_them(string call, string text) =>
        Assert.Equal(ModulePage.Quote(text), await page.EvaluateAsync("format", $"m.{call}"));

    [Theory]
    [InlineData("Healthy", "[w]", "good", "All is well", "1 monitor watches 1 root, 1,234 items.")]
    [InlineData("Healthy", "[w, w]", "good", "All is well", "2 monitors watch 2 roots, 2,468 items.")]
    [InlineData("Healthy", "[]", "warning", "Nothing is watched", "No monitor is configured. Add one to the section FileMonitor:Monitors.")]
    [InlineData("Degraded", "[w, { ...w, ...s }]", "warning", "Needs attention", "in: Slow. And 1 more, see below.")]
    [InlineData("Degraded", "[{ ...w, ...s, openGaps: [g, g] }]", "warning", "Something may be missing", "2 gaps are open; see below.")]
    [InlineData("Unhealthy", "[{ ...w, ...b, openGaps: [g] }, { ...w, ...s }]", "bad", "Not working", "in: Gone. Bring it back.")]
    [InlineData("Unhealthy", "[{ ...w, ...b }, { ...w, ...b }, w]", "bad", "Not working", "2 of 3 monitors are not working; see below.")]
    [InlineData("Unhealthy", "[{ ...w, ...b, state: 'Starting' }, w]", "warning", "Starting", "2 monitors watch 2 roots, 2,468 items. What is there is being read.")]
    public async Task The_overall_state_is_said_in_plain_words(string status, string monitors, string level, string headline, string line)
    {
        var verdict = await page.EvaluateAsync("verdict", $$"""
            (() => {
              const w = { name: 'in', state: 'Running', status: 'Healthy', roots: [{}], openGaps: [], knownItems: 1234, findings: [] };
              const s = { status: 'Degraded', findings: ['Slow.', 'Late.'] };
              const b = { status: 'Unhealthy', findings: ['Gone. Bring it back.'] };
              const g = { cause: 'QueueFull', root: '/srv', relativePath: 'a', since: '2026-01-01T00:00:00Z' };
              return m.verdictOf({ status: '{{status}}', monitors: {{monitors}} });
            })()
            """);

        Assert.Equal(JsonSerializer.Serialize(new { level, headline, line }), verdict);
    }

    [Theory]
    [InlineData("{ end: 1, events: [], latencyP50Ms: [], latencyP99Ms: [] }", "No events in the last 0 minutes.")]
    [InlineData("{ end: 100, events: Array(120).fill(2), latencyP50Ms: Array(120).fill(3), latencyP99Ms: Array(120).fill(9) }", "Now 2, at most 2; 240 in the last 2 minutes.")]
    public async Task A_chart_is_also_words(string series, string words) =>
        Assert.Equal(ModulePage.Quote(words), await page.EvaluateAsync("charts", $"m.describe({series}).events"));

    [Fact]
    public async Task Pauses_between_attempts_grow_to_half_a_minute() =>
        Assert.Equal("[1000,2000,4000,8000,16000,30000,30000]", await page.EvaluateAsync("stream", "[1, 2, 3, 4, 5, 6, 5000].map(m.pauseBefore)"));

    private async Task<string> NeutraliseAsync(string script) =>
        JsonSerializer.Deserialize<string>(await page.EvaluateAsync("names", $"m.plain(\"{script}\")"))!;

    /// <summary>The same JSON, escaped as .NET escapes it.</summary>
    private static string Normal(string json) => ModulePage.Quote(JsonSerializer.Deserialize<string>(json)!);
}
