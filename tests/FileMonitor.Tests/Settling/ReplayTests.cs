using FileMonitor.Patterns;
using FileMonitor.Settling;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Settling;

/// <summary>Guarantee G1 under random operations: baseline plus events is the tree, whatever was done to it, also when most hints were refused.</summary>
public sealed class ReplayTests
{
    private const int Seeds = 100;
    private const int MostLooks = LookBudget.Most;

    [Theory]
    [InlineData("with room for every hint", 65_536, 65_536, 1)]
    [InlineData("without looks for missing items", 65_536, 65_536, 8_001, true, 0)]
    [InlineData("with few looks for missing items", 65_536, 65_536, 9_001, true, 6)]
    [InlineData("with room for eight hints", 8, 65_536, 1_001)]
    [InlineData("with room for one hint", 1, 65_536, 2_001)]
    [InlineData("with room for four pending paths", 65_536, 4, 3_001)]
    [InlineData("with room for next to nothing", 2, 1, 4_001)]
    [InlineData("without checksums", 65_536, 65_536, 5_001, false)]
    [InlineData("with patterns", 65_536, 65_536, 6_001, true, MostLooks, "a/*/c", "t", "d/b/", "**/d/d")]
    [InlineData("with patterns and room for eight hints", 8, 65_536, 7_001, true, MostLooks, "a/*/c", "t", "d/b/", "**/d/d")]
    public async Task Baseline_and_events_are_the_tree(string because, int capacity, int maxPending, int firstSeed, bool withChecksums = true, int mostLooks = MostLooks, params string[] ignore)
    {
        // All seeds are tried, so that a failure shows how common it is.
        var failures = new List<string>();
        for (var seed = firstSeed; seed < firstSeed + Seeds; seed++)
        {
            var steps = new List<string>();
            await using var tree = MonitoredTree.Create("", options =>
            {
                options.Report.Baseline = true;
                options.Checksum.Enabled = options.Checksum.Baseline = withChecksums;
                options.Checksum.Attempts = 20;
                options.Queue.Capacity = capacity;
                options.Queue.MaxPendingPaths = maxPending;
                foreach (var pattern in ignore)
                {
                    options.Roots[0].Ignore.Add(pattern);
                }
            },
            parts => parts.MostLooks = mostLooks);
            if (await PlayAsync(tree, new RandomScript(seed), steps, IgnoreRules.Parse([], ignore, ignoreCase: false)) is { } failure)
            {
                failures.Add($"seed {seed}: {string.Join("; ", steps)}\n{failure}\n");
            }
        }

        failures.Should().BeEmpty(because);
    }

    /// <returns>What is wrong, if anything.</returns>
    private static async Task<string?> PlayAsync(MonitoredTree tree, RandomScript script, List<string> steps, IgnoreRules rules)
    {
        for (var operation = 0; operation < 80; operation++)
        {
            if (operation == 20)
            {
                await TryAsync("start");
            }

            foreach (var step in script.NextOperation().Split("; "))
            {
                await TryAsync(step);
            }

            if (operation >= 20 && script.NextPause() is { Length: > 0 } pause)
            {
                await TryAsync(pause);
            }
        }

        return await FinishAsync(tree, rules);

        async Task TryAsync(string step)
        {
            try
            {
                await tree.PlayAsync(step);
                steps.Add(step);
            }
            catch (IOException)
            {
                // The file system refuses it, as a real one would.
            }
        }
    }

    /// <returns>What is wrong, if anything.</returns>
    private static async Task<string?> FinishAsync(MonitoredTree tree, IgnoreRules rules)
    {
        try
        {
            await tree.SettleAsync();
            var replayer = new Replayer();
            foreach (var said in await tree.StopAsync())
            {
                replayer.Apply(said);
            }

            var differences = replayer.Differences(tree.Tree, rules).ToList();
            return differences.Count == 0 ? null : $"{string.Join('\n', differences)}\n{tree.Describe(tree.Sink.Events)}";
        }
        catch (Exception failure)
        {
            return $"{failure}\n{tree.Describe(tree.Sink.Events)}";
        }
    }
}
