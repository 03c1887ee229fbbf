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
    [InlineData(@"a\nb\r\tc", @"a\nb\r\tc")]                       // forges a row
    [InlineData(@"\u0000\u007f\u009b", @"\x00\x7f\u009b")]
    [InlineData(@"\u202egpj.exe", @"\u202egpj.exe")]               // would be shown as exe.jpg
    [InlineData(@"\u202a\u202b\u202c\u202d", @"\u202a\u202b\u202c\u202d")]
    [InlineData(@"\u2066\u2067\u2068\u2069", @"\u2066\u2067\u2068\u2069")]
    [InlineData(@"\u200e\u200f\u061c", @"\u200e\u200f\u061c")]
    [InlineData(@"a\u2028b\u2029c\u0085", @"a\u2028b\u2029c\u0085")]
    [InlineData(@"\ufeffa\u200bb\u2060c\u00add", @"\ufeffa\u200bb\u2060c\u00add")]
    [InlineData(@"a\u115fb\u3164c\u2800d\u180be", @"a\u115fb\u3164c\u2800d\u180be")] // letters and marks that show nothing
    [InlineData(@"a\u00a0b\u2003c\u202fd", @"a\u00a0b\u2003c\u202fd")] // blanks that are another name
    [InlineData(@"a\u{e0041}b", @"a\U000e0041b")]                  // an invisible tag
    [InlineData(@"a\ud800b\udc80", @"a\ud800b\x80")]               // half a pair; the second stands for the byte 80
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
    [InlineData("""{"kind":"AttributesChanged","mode":384,"changedAttributes":["Mode"],"previous":{"mode":420}}""", "mode 0644 → 0600")]
    [InlineData("""{"kind":"AttributesChanged","mode":2541,"changedAttributes":["Mode"],"previous":{"mode":493}}""", "mode 0755 → 4755")]
    [InlineData("""{"kind":"AttributesChanged","ownerId":1,"ownerName":"daemon","groupId":7,"changedAttributes":["Owner","Group"],"previous":{"ownerId":0,"ownerName":"root","groupId":0,"groupName":"root"}}""", "owner root (0) → daemon (1), group root (0) → 7")]
    [InlineData("""{"kind":"AttributesChanged","extendedAttributes":{"capabilities":"cap_net_raw=ep"},"changedAttributes":["Capabilities"],"previous":{"extendedAttributes":{}}}""", "capabilities none → cap_net_raw=ep")]
    [InlineData("""{"kind":"AttributesChanged","extendedAttributes":{"others":{"user.a":"0123456789abcdef","user.b":null}},"changedAttributes":["OtherExtendedAttributes"],"previous":{"extendedAttributes":{}}}""", "other attributes none → user.a=0123456789ab, user.b=unreadable")]
    [InlineData("""{"kind":"AttributesChanged","changedAttributes":["Flags"],"previous":{"flags":"Immutable"}}""", "flags immutable → none")]
    [InlineData("""{"kind":"Modified","mode":384,"linkTarget":"b","changedAttributes":["LinkTarget","LastWriteTime"],"previous":{"linkTarget":"a"}}""", "points to a → b")]
    [InlineData("""{"kind":"Created","mode":384}""", "")]
    public async Task What_changed_of_the_metadata_is_said_in_words(string json, string words) =>
        Assert.Equal(ModulePage.Quote(words), Normal(await page.EvaluateAsync("attributes", $"m.changeWords({json})")));

    // The browser's zone is not known here, so only what does not depend on it is looked at.
    [Theory]
    [InlineData("Live", "2026-01-02T00:00:10Z", "", "")]
    [InlineData("Baseline", "2026-01-02T00:00:10Z", "", "")]
    [InlineData("Discovered", "2026-01-02T00:00:10Z", "found by looking", "")]
    [InlineData("Reconciled", "2026-01-02T00:00:10Z", "found by comparing", "")]
    [InlineData("Offline", "2026-01-02T00:00:10Z", "found offline", "Between D, the last record of the run before, and D, the start of this one")]
    [InlineData("Offline", "2026-01-01T23:00:00Z", "found offline", "While no monitor ran")]    // told by the run before, out of a journal
    public async Task What_was_found_is_not_said_to_have_happened_then(string origin, string emittedAt, string found, string happened)
    {
        var words = await page.EvaluateAsync("words", $$"""
            [m.foundWords({ origin: '{{origin}}' }),
             m.offlineWords({ origin: '{{origin}}', emittedAt: '{{emittedAt}}' }, { lastRan: '2026-01-01T12:00:00Z', startedAt: '2026-01-02T00:00:00Z' }).replace(/\d+ Jan 2026 [\d:]+/g, 'D'),
             m.offlineWords({ origin: '{{origin}}', emittedAt: '{{emittedAt}}' })]
            """);

        Assert.Equal(JsonSerializer.Serialize(new[] { found, happened, happened.Length == 0 ? "" : "While no monitor ran" }), words);
    }

    [Theory]
    [InlineData("{ confidence: 'Likely', executable: '/usr/bin/chmod', processId: 20017, userId: 0, userName: 'root' }", "chmod (pid 20017, root)", "root (0)")]
    [InlineData("{ confidence: 'Likely', executable: '/usr/bin/tar', processId: 7, userId: 0, others: true }", "tar (pid 7, user 0) and others", "0")]
    [InlineData("{ confidence: 'Likely', userName: 'root' }", "an unknown program (root)", "root")]
    [InlineData("{ confidence: 'ProcLookup', executable: '/usr/bin/tar', processId: 7 }", "tar (pid 7, looked up)", "")]
    [InlineData("{ confidence: 'ExecCache', executable: '/usr/bin/tar', processId: 7, userId: 0 }", "tar (pid 7, user 0, from its start)", "0")]
    [InlineData("{ confidence: 'Unknown' }", "", "")]
    [InlineData("undefined", "", "")]
    public async Task Who_made_a_change_is_said_with_its_number_named(string actor, string by, string user) =>
        Assert.Equal(JsonSerializer.Serialize(new[] { by, user }), await page.EvaluateAsync("words", $"[m.actorWords({actor}), m.userWords({actor})]"));

    [Fact]
    public async Task Settings_that_wait_for_the_next_start_are_named()
    {
        var line = await page.EvaluateAsync("verdict", """
            m.verdictOf({ status: 'Healthy', agent: { waitingSettings: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] }, monitors: [{ name: 'x', status: 'Healthy', roots: [], items: 0 }] }).line
            """);

        Assert.EndsWith("waits for the next start: a, b, c, d, e and 2 more.\"", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_is_found_by_who_made_it_and_its_details_name_process_and_user()
    {
        var result = await page.EvaluateAsync("event-row", """
            (() => {
              const event = { kind: 'Modified', path: '/srv/a', origin: 'Live', actor: { confidence: 'Likely', executable: '/opt/tools/fix\u202e', processId: 20017, userId: 7, userName: 'alice' } };
              let opened = null;
              const row = new m.EventRow({ event: 'audit', data: JSON.stringify(event) }, { open: event => opened = event });
              row.node.querySelector('button').click();
              const lines = [...m.details(opened).querySelectorAll(':scope > div')].map(line => `${line.children[0].textContent}: ${line.children[1].textContent}`);
              return [['alice', 'pid 20017', '/opt/tools', 'fix\\u202e', 'bob'].map(needle => row.matches(needle)), lines.filter(line => /^(Process|User)/.test(line))];
            })()
            """);

        Assert.Equal("""[[true,true,true,true,false],["Process: pid 20017","User: alice (7)"]]""", result);
    }

    [Theory]
    [InlineData("YWI=", "ab")]
    [InlineData("w6TigqzwnZKz", "ä€𝒳")]
    [InlineData("YYBi", @"a\x80b")]                                 // 61 80 62
    [InlineData("4oLDpA==", @"\xe2\x82ä")]                          // a character that breaks off
    [InlineData("7aCA", @"\xed\xa0\x80")]                          // half a pair, written in UTF-8
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
    [InlineData("Healthy", "[k]", "good", "All is well", "1 monitor watches 1 root, 1,234 items.")]
    [InlineData("Healthy", "[k, { ...k, restart: { knowledge: 'FirstStart', summary: 'Nothing before.' } }]", "good", "Well since the start", "2 monitors watch 2 roots, 2,468 items. in: Nothing before.")]
    [InlineData("Healthy", "[{ ...k, restart: { knowledge: 'NotKept', summary: 'Nothing kept.' } }]", "good", "Well since the start", "1 monitor watches 1 root, 1,234 items. Nothing kept.")]
    [InlineData("Healthy", "[{ ...k, restart: { knowledge: 'Comparing', summary: 'Comparing.' } }, { ...k, restart: { knowledge: 'FirstStart', summary: 'x' } }]", "warning", "Comparing with the last run", "in: Comparing.")]
    [InlineData("Healthy", "[k, { ...k, restart: { knowledge: 'Lost', summary: 'Lost.' } }]", "warning", "Something may be missing", "in: Lost.")]
    [InlineData("Degraded", "[{ ...k, ...s, restart: { knowledge: 'Lost', summary: 'Lost.' } }]", "warning", "Needs attention", "in: Slow. And 1 more, see below.")]
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
              const k = { ...w, restart: { knowledge: 'Known', summary: 'No change.' } };
              const s = { status: 'Degraded', findings: ['Slow.', 'Late.'] };
              const b = { status: 'Unhealthy', findings: ['Gone. Bring it back.'] };
              const g = { cause: 'QueueFull', root: '/srv', relativePath: 'a', since: '2026-01-01T00:00:00Z' };
              return m.verdictOf({ status: '{{status}}', monitors: {{monitors}} });
            })()
            """);

        Assert.Equal(JsonSerializer.Serialize(new { level, headline, line }), verdict);
    }

    [Theory]
    [InlineData("w", "Refused.")]
    [InlineData("{ ...w, status: 'Degraded', findings: ['Slow.'] }", "in: Slow. Refused.")]
    public async Task A_configuration_that_was_refused_needs_attention(string monitor, string line)
    {
        var verdict = await page.EvaluateAsync("verdict", $$"""
            (() => {
              const w = { name: 'in', state: 'Running', status: 'Healthy', roots: [{}], openGaps: [], knownItems: 1, findings: [] };
              return m.verdictOf({ status: 'Degraded', agent: { refusedConfiguration: { description: 'Refused.' } }, monitors: [{{monitor}}] });
            })()
            """);

        Assert.Equal(JsonSerializer.Serialize(new { level = "warning", headline = "Needs attention", line }), verdict);
    }

    [Theory]
    [InlineData("{ end: 1, events: [], latencyP50Ms: [], latencyP99Ms: [] }", "No events in the last 0 minutes.")]
    [InlineData("{ end: 100, events: Array(120).fill(2), latencyP50Ms: Array(120).fill(3), latencyP99Ms: Array(120).fill(9) }", "Now 2, at most 2; 240 in the last 2 minutes.")]
    public async Task A_chart_is_also_words(string series, string words) =>
        Assert.Equal(ModulePage.Quote(words), await page.EvaluateAsync("charts", $"m.describe({series}).events"));

    [Fact]
    public async Task Pauses_between_attempts_grow_to_half_a_minute() =>
        Assert.Equal("[1000,2000,4000,8000,16000,30000,30000]", await page.EvaluateAsync("stream", "[1, 2, 3, 4, 5, 6, 5000].map(m.pauseBefore)"));

    [Fact]
    public async Task Of_a_storm_only_the_events_that_stay_are_looked_at()
    {
        var result = await page.EvaluateAsync("events", """
            (await (async () => {
              const table = document.createElement('table');
              table.createTBody();
              const [filter, pause, count, empty] = ['input', 'button', 'span', 'p'].map(tag => document.createElement(tag));
              const view = new m.EventsView({ table, filter, pause, count, empty, announce: () => {} });
              const parse = JSON.parse;
              let parsed = 0;
              JSON.parse = text => (parsed++, parse(text));
              try {
                for (let at = 1; at <= 50000; at++) {
                  view.add({ event: 'audit', data: JSON.stringify({ kind: 'Created', path: `/srv/${at}/a.txt`, sequence: at }) });
                }
                while (table.rows.length === 0) {
                  await new Promise(requestAnimationFrame);
                }
              } finally {
                JSON.parse = parse;
              }
              return [parsed, table.rows.length, table.rows[0].cells[2].textContent, table.rows[499].cells[2].textContent, count.textContent];
            })())
            """);

        Assert.Equal("""[500,500,"/srv/50000/a.txt","/srv/49501/a.txt","The latest 500"]""", result);
    }

    [Fact]
    public async Task Monitors_come_and_go_and_what_was_opened_stays_open()
    {
        var result = await page.EvaluateAsync("monitors", """
            (await (async () => {
              const [one] = (await (await fetch('/api/status')).json()).monitors;
              const place = document.createElement('div');
              const view = new m.MonitorsView(place);
              const names = () => [...place.querySelectorAll('h3')].map(title => title.textContent);
              view.show([one]);
              place.querySelector('details').open = true;
              view.show([one, { ...one, name: 'other\u202e' }]);
              const both = names();
              view.show([{ ...one, knownItems: 7 }]);
              return [both, names(), place.querySelector('details').open, place.querySelector('summary').textContent];
            })())
            """);

        Assert.StartsWith("""[["default","other\\u202e"],["default"],true,"7 items known""", result, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("light", "text/ground text/surface text/raised muted/ground muted/surface muted/raised accent/surface surface/accent", 4.5)]
    [InlineData("light", "text/good-ground text/warning-ground text/bad-ground good/surface warning/surface bad/surface good/good-ground warning/warning-ground bad/bad-ground moved/raised escape/escape-ground", 4.5)]
    [InlineData("light", "surface/muted surface/good surface/warning surface/bad chart-1/surface chart-2/surface chart-3/surface accent/ground", 3)]
    [InlineData("dark", "text/ground text/surface text/raised muted/ground muted/surface muted/raised accent/surface surface/accent", 4.5)]
    [InlineData("dark", "text/good-ground text/warning-ground text/bad-ground good/surface warning/surface bad/surface good/good-ground warning/warning-ground bad/bad-ground moved/raised escape/escape-ground", 4.5)]
    [InlineData("dark", "surface/muted surface/good surface/warning surface/bad chart-1/surface chart-2/surface chart-3/surface accent/ground", 3)]
    public async Task Colours_can_be_told_apart(string theme, string pairs, double least)
    {
        var names = pairs.Split(' ').SelectMany(pair => pair.Split('/')).Distinct().ToArray();
        var colours = JsonSerializer.Deserialize<Dictionary<string, string>>(await page.EvaluateAsync("format", $$"""
            (() => {
              const root = document.documentElement;
              const before = root.dataset.theme;
              root.dataset.theme = '{{theme}}';
              const style = getComputedStyle(root);
              const colours = Object.fromEntries({{JsonSerializer.Serialize(names)}}.map(name => [name, style.getPropertyValue('--' + name)]));
              root.dataset.theme = before;
              return colours;
            })()
            """))!;

        Assert.All(pairs.Split(' '), pair => Assert.InRange(Contrast(colours[pair.Split('/')[0]], colours[pair.Split('/')[1]]), least, 21));
    }

    /// <summary>As WCAG 2 defines it.</summary>
    private static double Contrast(string one, string other)
    {
        var (a, b) = (Luminance(one), Luminance(other));
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    private static double Luminance(string colour)
    {
        Assert.Matches("^#[0-9a-f]{6}$", colour);
        var parts = Convert.FromHexString(colour[1..]).Select(part => part / 255.0)
            .Select(part => part <= 0.04045 ? part / 12.92 : Math.Pow((part + 0.055) / 1.055, 2.4)).ToArray();
        return (0.2126 * parts[0]) + (0.7152 * parts[1]) + (0.0722 * parts[2]);
    }

    private async Task<string> NeutraliseAsync(string script) =>
        JsonSerializer.Deserialize<string>(await page.EvaluateAsync("names", $"m.plain(\"{script}\")"))!;

    /// <summary>The same JSON, escaped as .NET escapes it.</summary>
    private static string Normal(string json) => ModulePage.Quote(JsonSerializer.Deserialize<string>(json)!);
}
