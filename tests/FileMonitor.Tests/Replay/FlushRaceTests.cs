using System.Globalization;
using Xunit;

namespace FileMonitor.Tests.Replay;

/// <summary>Flushes one after the other: none may hang.</summary>
public sealed class FlushRaceTests
{
    private const int Flushes = 2_000;

    [Fact]
    public async Task A_flush_that_compares_ends_every_time()
    {
        HeldSource? source = null;
        await using var tree = await MonitoredTree.StartAsync(
            "a/ a/a=1 b=2",
            options => options.Recovery.EntriesPerSecond = 0,
            parts =>
            {
                var inner = parts.Source!;
                parts.Source = () => source = new HeldSource(inner()) { Forgets = true };
            });
        for (var flush = 0; flush < Flushes; flush++)
        {
            await tree.PlayAsync(string.Create(CultureInfo.InvariantCulture, $"write a/a {flush}"));
            source!.Meet(HintFate.Forgotten);
            await tree.FlushAsync();
        }
    }
}
