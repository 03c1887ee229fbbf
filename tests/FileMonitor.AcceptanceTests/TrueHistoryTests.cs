using System.Globalization;
using FileMonitor.Tests.Replay;
using Xunit;
using Xunit.Sdk;

namespace FileMonitor.AcceptanceTests;

/// <summary>
/// ADR 0026 on a real disk: names are renamed, exchanged, linked, removed and used again without pause, and whoever follows each item by
/// the events alone never hears that one was made which existed, that one is gone which is there, or that bytes changed which did not.
/// </summary>
/// <remarks>A seed that fails is named, with what was done. FILEMONITOR_REPLAY_SEEDS=100 tries a hundred of each.</remarks>
public sealed class TrueHistoryTests
{
    private const int DefaultSeeds = 10;
    private const int Rounds = 30;
    private const int MostSteps = 12;

    private static readonly int Seeds =
        int.TryParse(Environment.GetEnvironmentVariable("FILEMONITOR_REPLAY_SEEDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var seeds) ? seeds : DefaultSeeds;

    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task Whatever_names_are_used_again_no_event_claims_what_did_not_happen(ChangeSourceKind source)
    {
        await TestSources.SkipUnlessUsableAsync(source);
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Exchanges of names are asked of Linux.");
        var failures = new List<string>();
        for (var seed = 1; seed <= Seeds; seed++)
        {
            if (await FalseClaimsAsync(source, seed) is { } failure)
            {
                failures.Add($"Seed {seed}: {failure}");
            }
        }

        if (failures.Count > 0)
        {
            throw new XunitException($"{failures.Count} of {Seeds} seeds failed.\n{string.Join("\n\n", failures)}");
        }
    }

    private static async Task<string?> FalseClaimsAsync(ChangeSourceKind source, int seed)
    {
        await using var watched = await WatchedDirectory.StartAsync(configure: options =>
        {
            options.Source = source;
            options.Debounce.QuietPeriod = TimeSpan.FromMilliseconds(20);
        });

        // FileSystemWatcher misses things in directories that are renamed (docs/known-problems.md).
        var tree = new NamedItems(watched.Root, hasDirectories: source != ChangeSourceKind.FileSystemWatcher);
        var random = new Random(seed);
        for (var round = 0; round < Rounds; round++)
        {
            var before = tree.Begin();
            var told = watched.Events.Count;
            for (var left = 1 + random.Next(MostSteps); left > 0; left--)
            {
                tree.Step(random);
            }

            await watched.SettledAsync();

            var claims = new FileClaims(before, tree.There);
            foreach (var said in watched.Events.Skip(told))
            {
                claims.Apply(said);
            }

            foreach (var (path, item) in tree.Now)
            {
                claims.Demand(path, item, tree.HasChanged(item));
            }

            if (claims.False.Count > 0)
            {
                return $"{string.Join("\n", claims.False)}\nbefore: {string.Join(", ", before.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => $"{one.Key}={one.Value}"))}\n"
                    + $"{string.Join("; ", tree.Done)}\n{WatchedDirectory.Describe([.. watched.Events.Skip(told)])}";
            }
        }

        await watched.StopAsync();
        return null;
    }
}
