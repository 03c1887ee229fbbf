using System.Text.Json;
using FileMonitor.Agent.Queries;
using FileMonitor.Agent.Tests.State;
using Xunit;

namespace FileMonitor.Agent.Tests.Search;

/// <summary>What a search finds as a file: all of it, and nothing that acts when it is opened.</summary>
public sealed class ExportTests : IDisposable
{
    private readonly AgentRuns _runs = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_export_has_what_the_filter_finds_of_all_runs()
    {
        await using (var first = await _runs.StartAsync())
        {
            await first.WriteAsync("a.txt", "b.pdf");
        }

        await using var agent = await _runs.StartAsync();
        await agent.WriteAsync("c.txt");

        using var jsonl = await agent.GetAsync("/export.jsonl?glob=**.txt");
        var lines = (await jsonl.Content.ReadAsStringAsync(Cancellation)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["c.txt", "a.txt"], lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("relativePath").GetString()));
        Assert.All(lines, line => Assert.DoesNotContain("\"redo\"", line, StringComparison.Ordinal));
        Assert.Equal("attachment; filename=\"events.jsonl\"", jsonl.Content.Headers.ContentDisposition?.ToString());

        using var csv = await agent.GetAsync("/export.csv");
        var rows = (await csv.Content.ReadAsStringAsync(Cancellation)).Split("\r\n");
        Assert.Equal(("monitor,sequence", 5, ""), (rows[0][..16], rows.Length, rows[^1]));
        Assert.Contains("\"c.txt\"", rows[1].Replace(_runs.Root + "/", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal("text/csv", csv.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task A_hostile_name_is_data_in_every_form()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not allow such names.");
        await using var agent = await _runs.StartAsync();
        await agent.WriteAsync("\u202egpj\"\u001b[31m\n=1.exe");

        using var csv = await agent.GetAsync("/export.csv");
        var text = await csv.Content.ReadAsStringAsync(Cancellation);
        Assert.Equal(2, text.Count(one => one == '\n'));
        Assert.DoesNotContain(text, one => one is '\u202e' or '\u001b');
        Assert.Contains("""\u202egpj""\x1b[31m\n=1.exe""", text, StringComparison.Ordinal);
        using var jsonl = await agent.GetAsync("/export.jsonl");
        Assert.All(await jsonl.Content.ReadAsStringAsync(Cancellation), one => Assert.InRange(one, '\n', '~'));
    }

    [Theory]
    [InlineData(null, "\"\"")]
    [InlineData("=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\"")]
    [InlineData("＠x", "\"'＠x\"")]
    [InlineData("\t=1", "\"\\t=1\"")]
    [InlineData("a\"b,c", "\"a\"\"b,c\"")]
    public void A_field_is_never_a_formula(string? text, string field) => Assert.Equal(field, Csv.Field(text));

    [Fact]
    public async Task A_journal_that_breaks_off_gives_no_export_that_looks_complete()
    {
        await using var agent = await _runs.StartAsync();
        await agent.WriteAsync("a");
        var segment = Directory.GetFiles(_runs.State, "*.ndjson").Single();
        var text = await File.ReadAllTextAsync(segment, Cancellation);
        await using (var file = new FileStream(segment, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.Position = text.IndexOf('\n', StringComparison.Ordinal) + 1;
            file.WriteByte((byte)'x');
        }

        using var answer = await agent.GetAsync("/export.csv");

        Assert.Equal(503, (int)answer.StatusCode);
        Assert.Contains("verify it", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    public void Dispose() => _runs.Dispose();
}
