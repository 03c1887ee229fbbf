using System.Globalization;
using FluentAssertions;
using Xunit;
using Xunit.Sdk;

namespace FileMonitor.AcceptanceTests;

/// <summary>
/// Guarantee G1 on a real disk: whatever several writers do at once and whatever the source does with it, baseline and events add up to the
/// tree after each flush, and a verification finds no difference.
/// </summary>
/// <remarks>
/// A seed that fails is named. The threads race, so it need not fail again; FILEMONITOR_REPLAY_SEEDS=100 tries a hundred of each.
/// </remarks>
public sealed class ReplayTests
{
    private const int DefaultSeeds = 2;
    private const int Threads = 3;
    private const int Rounds = 3;
    private const int Steps = 100;

    private static readonly int Seeds =
        int.TryParse(Environment.GetEnvironmentVariable("FILEMONITOR_REPLAY_SEEDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var seeds) ? seeds : DefaultSeeds;

    [Theory]
    [MemberData(nameof(TestSources.Listening), MemberType = typeof(TestSources))]
    public Task While_several_threads_write(ChangeSourceKind source) => PlayAsync(source, 1_000, movesDirectories: false);

    [Theory]
    [MemberData(nameof(TestSources.Listening), MemberType = typeof(TestSources))]
    public Task While_directories_are_renamed_and_swapped_and_leave(ChangeSourceKind source) => PlayAsync(source, 2_000);

    [Theory]
    [MemberData(nameof(TestSources.Listening), MemberType = typeof(TestSources))]
    public Task With_room_for_eight_hints(ChangeSourceKind source) => PlayAsync(source, 3_000, options => options.Queue.Capacity = 8);

    [Theory]
    [MemberData(nameof(TestSources.Listening), MemberType = typeof(TestSources))]
    public Task With_room_for_four_pending_paths(ChangeSourceKind source) => PlayAsync(source, 4_000, options => options.Queue.MaxPendingPaths = 4);

    [Fact]
    public Task When_the_tree_is_polled() => PlayAsync(5_000, options =>
    {
        options.Source = ChangeSourceKind.Polling;
        options.Polling.Interval = TimeSpan.FromMilliseconds(100);
    });

    [Fact]
    public Task When_the_source_drops_repeats_delays_and_reorders_hints() =>
        PlayAsync(6_000, source: seed => new HostileSource(new HostSource(), seed));

    [Fact]
    public Task When_the_source_drops_hints_and_there_is_hardly_room_for_the_others() =>
        PlayAsync(7_000, options => options.Queue.Capacity = 2, source: seed => new HostileSource(new HostSource(), seed));

    [Fact]
    public Task When_the_source_is_killed_and_comes_back() =>
        PlayAsync(8_000, source: seed => new HostileSource(new HostSource(), seed), isKilled: true);

    // A file whose directory moves before it was summed for the baseline is told without a checksum.
    [Theory]
    [MemberData(nameof(TestSources.Listening), MemberType = typeof(TestSources))]
    public Task When_writers_do_not_wait_for_the_baseline(ChangeSourceKind source) => PlayAsync(source, 9_000, movesDirectories: false, waitsForBaseline: false);

    private static async Task PlayAsync(
        ChangeSourceKind source, int firstSeed, Action<FileMonitorOptions>? configure = null, bool movesDirectories = true, bool waitsForBaseline = true)
    {
        await TestSources.SkipUnlessUsableAsync(source);
        await PlayAsync(
            firstSeed,
            options =>
            {
                options.Source = source;
                configure?.Invoke(options);
            },
            movesDirectories: movesDirectories,
            waitsForBaseline: waitsForBaseline);
    }

    /// <summary>All seeds are tried, so that a failure shows how common it is.</summary>
    private static async Task PlayAsync(
        int firstSeed,
        Action<FileMonitorOptions>? configure = null,
        Func<int, HostileSource>? source = null,
        bool movesDirectories = true,
        bool isKilled = false,
        bool waitsForBaseline = true)
    {
        var failures = new List<string>();
        for (var seed = firstSeed; seed < firstSeed + Seeds; seed++)
        {
            try
            {
                await PlayAsync(seed, configure, source?.Invoke(seed), movesDirectories, isKilled, waitsForBaseline);
            }
            catch (Exception failure) when (failure is not SkipException)
            {
                failures.Add($"Seed {seed}: {failure}");
            }
        }

        if (failures.Count > 0)
        {
            throw new XunitException($"{failures.Count} of {Seeds} seeds failed.\n{string.Join("\n\n", failures)}");
        }
    }

    private static async Task PlayAsync(
        int seed,
        Action<FileMonitorOptions>? configure,
        HostileSource? source,
        bool movesDirectories,
        bool isKilled,
        bool waitsForBaseline)
    {
        if (movesDirectories)
        {
            var asked = new FileMonitorOptions();
            configure?.Invoke(asked);
            SystemLimits.SkipWhereRenamedDirectoriesKeepTheirNames(asked.Source);
        }

        await using var watched = await WatchedDirectory.StartAsync(
            ReplayWriter.Fill, configure, components => components.Source = source is null ? null : () => source, waitsForBaseline);
        var writers = Enumerable.Range(0, Threads)
            .Select(thread => new ReplayWriter(watched, (seed * 100) + thread, string.Create(CultureInfo.InvariantCulture, $"{seed}.{thread}"), movesDirectories))
            .ToList();
        for (var round = 0; round < Rounds; round++)
        {
            var writing = Task.WhenAll(writers.Select(writer => Task.Run(() => writer.Run(Steps))));
            if (isKilled && round == 1)
            {
                source!.Die();
                await writing;
                source.Revive();
            }

            await writing;
            await watched.SettledAsync();
        }

        // What the source says now is old, and must change nothing.
        source?.SayTheRest();
        await watched.SettledAsync();
        if (isKilled)
        {
            var gap = watched.Events.Single(one => one is { Gap: { Cause: GapCause.SourceError, Phase: GapPhase.Opened }, RelativePath: "" } && one.Detail == "The source was killed by the test.");
            watched.Events.Where(one => one.Gap?.Phase == GapPhase.Closed && one.Gap.Number == gap.Gap!.Number).Should().ContainSingle();
        }

        await watched.StopAsync(loses: true);
    }
}
