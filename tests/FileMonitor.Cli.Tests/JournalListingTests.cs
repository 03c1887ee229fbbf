using System.Text.Json;
using Xunit;
using static FileMonitor.Cli.Tests.KeptState;

namespace FileMonitor.Cli.Tests;

/// <summary>Every event of a journal, in a report and alone.</summary>
public sealed class JournalListingTests : IDisposable
{
    private readonly KeptState _state = new();

    public void Dispose() => _state.Dispose();

    [Fact]
    public async Task Every_event_is_listed_and_exported_as_a_line_with_the_checksum_before()
    {
        await _state.RunAsync("a");
        await File.WriteAllTextAsync(Path.Join(_state.Root, "a"), "changed", TestContext.Current.CancellationToken);
        await _state.RunAsync("b");
        const string Line = "20[0-9: .-]{21}Z  ";

        var (_, text, _) = await CommandAsync("journal", "report", _state.Directory, "--events");
        var (_, json, _) = await CommandAsync("journal", "report", _state.Directory, "--events", "--format", "json");
        var (_, lines, _) = await CommandAsync("journal", "export", _state.Directory, "--format", "text", "--kind", "modified");
        var (_, created, _) = await CommandAsync("journal", "export", _state.Directory, "--kind", "created,renamed");

        const string Modified = Line + "Modified      /[^ ]*/a  7 B  ca978112ca1b → d67e2e944994  Offline";
        Assert.Matches($"\nAll events: 3\n  [0-9a-f-]{{36}}  {Line}Created  [^\n]*\n  [0-9a-f-]{{36}}  {Modified}\n  [0-9a-f-]{{36}}  {Line}Created  [^\n]*/b  [^\n]*\n\nCheckpoint\n", text);
        Assert.Matches($"\n  [0-9a-f-]{{36}}  not accepted  {Modified}\n", text);
        using var report = JsonDocument.Parse(json);
        Assert.Equal(["Created", "Modified", "Created"], report.RootElement.GetProperty("events").EnumerateArray().Select(told => told.GetProperty("kind").GetString()));
        Assert.Matches($"^{Modified}\n$", lines);
        Assert.Equal(2, created.Split('\n', StringSplitOptions.RemoveEmptyEntries).Count(line => line.Contains("\"kind\":\"Created\"", StringComparison.Ordinal)));
        Assert.DoesNotContain("\nAll events", (await CommandAsync("journal", "report", _state.Directory)).Output, StringComparison.Ordinal);
    }
}
