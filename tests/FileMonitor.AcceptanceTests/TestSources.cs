using System.Collections.Concurrent;
using Xunit;

namespace FileMonitor.AcceptanceTests;

/// <summary>The built-in sources that proofs are run against, and whether each can be used here. One that cannot is skipped with the reason.</summary>
public static class TestSources
{
    private static readonly ConcurrentDictionary<ChangeSourceKind, Lazy<Task<string?>>> Refusals = new();

    public static TheoryData<ChangeSourceKind> All { get; } =
        [ChangeSourceKind.FileSystemWatcher, ChangeSourceKind.Inotify, ChangeSourceKind.Fanotify, ChangeSourceKind.Polling];

    /// <summary>Those that are told what happens, instead of looking.</summary>
    public static TheoryData<ChangeSourceKind> Listening { get; } =
        [ChangeSourceKind.FileSystemWatcher, ChangeSourceKind.Inotify, ChangeSourceKind.Fanotify];

    /// <summary>Those that ask the kernel themselves.</summary>
    public static TheoryData<ChangeSourceKind> Native { get; } = [ChangeSourceKind.Inotify, ChangeSourceKind.Fanotify];

    /// <summary>
    /// Skips the test when the source would give way to another one here: that one is tested by its own name; and when
    /// FILEMONITOR_TEST_SOURCE asks for another one alone.
    /// </summary>
    public static async Task SkipUnlessUsableAsync(ChangeSourceKind source)
    {
        Assert.SkipUnless(WatchedDirectory.Source == ChangeSourceKind.Auto || WatchedDirectory.Source == source, $"{WatchedDirectory.Source} alone was asked for.");
        var refusal = await Refusals.GetOrAdd(source, static named => new Lazy<Task<string?>>(() => ProbeAsync(named))).Value;
        Assert.SkipUnless(refusal is null, refusal ?? "");
    }

    /// <summary>Whoever is asked for a source may use another one: what a running monitor says is what counts.</summary>
    private static async Task<string?> ProbeAsync(ChangeSourceKind source)
    {
        using var home = new TemporaryDirectory();
        await using var monitor = FileSystemMonitor.Create(options =>
        {
            options.AddRoot(home.Root);
            options.Source = source;
        });
        await monitor.StartAsync().WaitAsync(WatchedDirectory.Deadline);
        var root = monitor.GetHealth().Roots.Single();
        await monitor.StopAsync().WaitAsync(WatchedDirectory.Deadline);
        return root.Source == source.ToString() ? null : $"{source} gives way to {root.Source} here: {root.SourceReason ?? "no reason is given"}.";
    }
}
