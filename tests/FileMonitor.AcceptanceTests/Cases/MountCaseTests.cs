using FileMonitor.Tests.Sources.Linux;
using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests.Cases;

/// <summary>Something is mounted below the root while it is watched. No watcher of directories is told that.</summary>
public sealed class MountCaseTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task What_is_mounted_below_the_root_is_seen_at_once(ChangeSourceKind source)
    {
        await using var watched = await StartAsync(source);
        using var mounted = Mounted.At(watched.PathOf("m"), "-t tmpfs none");
        await File.WriteAllTextAsync(watched.PathOf("m/f"), "one", Cancelled);
        (await SettleAsync(watched)).Should().BeEquivalentTo("Deleted m/below/hidden", "Deleted m/below", "Created m/f");

        Directory.CreateDirectory(watched.PathOf("m/d"));
        await watched.FlushAsync();
        await File.WriteAllTextAsync(watched.PathOf("m/d/g"), "two", Cancelled);
        (await SettleAsync(watched)).Skip(3).Should().Equal("Created m/d", "Created m/d/g");
    }

    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task What_is_unmounted_leaves_the_directory_that_it_was_mounted_on(ChangeSourceKind source)
    {
        Mounted? mount = null;
        await using var watched = await StartAsync(source, before =>
        {
            mount = Mounted.At(before.PathOf("m"), "-t tmpfs none");
            File.WriteAllText(before.PathOf("m/f"), "one");
        });
        using var mounted = mount!;
        mounted.Dispose();
        (await SettleAsync(watched)).Should().BeEquivalentTo("Deleted m/f", "Created m/below", "Created m/below/hidden");

        Directory.Move(watched.PathOf("m"), watched.PathOf("n"));
        (await SettleAsync(watched)).Skip(3).Should().Equal("Renamed n");
        await File.WriteAllTextAsync(watched.PathOf("n/below/hidden"), "two", Cancelled);
        (await SettleAsync(watched)).Skip(4).Should().Equal("Modified n/below/hidden");
    }

    [Theory]
    [InlineData(ChangeSourceKind.Inotify)]
    [InlineData(ChangeSourceKind.Polling)]
    public async Task What_is_made_in_a_directory_that_is_shown_at_two_places_is_told_at_both(ChangeSourceKind source)
    {
        // The same directory, by its identity, and yet it was not renamed from one to the other.
        Mounted? mount = null;
        await using var watched = await StartAsync(source, before =>
        {
            Directory.CreateDirectory(before.PathOf("shown"));
            mount = Mounted.At(before.PathOf("m"), $"--bind {before.PathOf("shown")}");
        });
        using var mounted = mount!;
        Directory.CreateDirectory(watched.PathOf("shown/d"));
        await File.WriteAllTextAsync(watched.PathOf("shown/d/f"), "one", Cancelled);

        (await SettleAsync(watched)).Should().BeEquivalentTo("Created shown/d", "Created shown/d/f", "Created m/d", "Created m/d/f");
    }

    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task A_directory_that_is_shown_at_a_second_place_is_seen_there_until_it_is_not(ChangeSourceKind source)
    {
        await using var watched = await StartAsync(source, before => File.WriteAllText(Path.Join(Directory.CreateDirectory(Path.Join(before.Outside, "shown")).FullName, "f"), "one"));
        using var mounted = Mounted.At(watched.PathOf("m"), $"--bind {Path.Join(watched.Outside, "shown")}");
        (await SettleAsync(watched)).Should().BeEquivalentTo("Deleted m/below/hidden", "Deleted m/below", "Created m/f");
        await File.WriteAllTextAsync(Path.Join(watched.Outside, "shown", "f"), "two", Cancelled);
        (await SettleAsync(watched)).Skip(3).Should().Equal("Modified m/f");

        mounted.Dispose();
        (await SettleAsync(watched)).Skip(4).Should().BeEquivalentTo("Deleted m/f", "Created m/below", "Created m/below/hidden");
        await File.WriteAllTextAsync(watched.PathOf("m/below/hidden"), "three", Cancelled);
        (await SettleAsync(watched)).Skip(7).Should().Equal("Modified m/below/hidden");
    }

    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task Where_subdirectories_are_not_watched_one_that_becomes_another_is_known_as_that(ChangeSourceKind source)
    {
        await using var watched = await StartAsync(source, configure: options =>
        {
            options.Roots[0].Recursive = false;
            options.Report.Baseline = options.Checksum.Baseline = false;
        });
        using var mounted = Mounted.At(watched.PathOf("m"), "-t tmpfs none");
        await watched.SettledAsync(replays: false);

        mounted.Dispose();
        await watched.SettledAsync(replays: false);
    }

    /// <summary>What was said of files and directories so far, once all of it was; a verification finds no difference.</summary>
    private static async Task<IEnumerable<string>> SettleAsync(WatchedDirectory watched)
    {
        var events = await watched.SettledAsync();
        watched.Monitor.GetHealth().OpenGaps.Should().BeEmpty();
        return events.Where(one => one.Kind != AuditEventKind.Gap).Select(one => $"{one.Kind} {one.RelativePath}");
    }

    private static async Task<WatchedDirectory> StartAsync(ChangeSourceKind source, Action<WatchedDirectory>? prepare = null, Action<FileMonitorOptions>? configure = null)
    {
        await TestSources.SkipUnlessUsableAsync(source);
        return await WatchedDirectory.StartAsync(
            before =>
            {
                Directory.CreateDirectory(before.PathOf("m/below"));
                File.WriteAllText(before.PathOf("m/below/hidden"), "hidden");
                prepare?.Invoke(before);
            },
            options =>
            {
                options.Source = source;
                configure?.Invoke(options);
            });
    }
}
