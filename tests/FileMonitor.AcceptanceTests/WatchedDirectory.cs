using System.Collections.ObjectModel;
using System.Diagnostics;
using System.Globalization;
using System.IO.Enumeration;
using FileMonitor.Extending;
using FileMonitor.Testing;
using FileMonitor.Tests.Replay;
using FluentAssertions;
using Xunit.Sdk;

namespace FileMonitor.AcceptanceTests;

/// <summary>
/// A directory of its own on the real disk, a monitor on it, and everything the monitor said. What must always hold is asserted at every
/// use, by <see cref="DoneAsync"/>: the counters balance, nothing is pending, the sequence has no hole, the snapshot changed by events alone, and the replay
/// equals the disk.
/// </summary>
/// <remarks>
/// Nothing here waits for a time: a flush says up to which event the stream tells everything that was done before it.
/// </remarks>
internal sealed class WatchedDirectory : IAsyncDisposable
{
    public static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("filemonitor-");
    private readonly CapturingSink _seen = new();
    private readonly TurnAudit _audit;
    private Task _reading = Task.CompletedTask;
    private int _itemsAtStart;

    private WatchedDirectory(Action<FileMonitorOptions>? configure, Action<FileMonitorComponents>? components)
    {
        Root = Directory.CreateDirectory(Path.Join(_home.FullName, "root")).FullName;
        Outside = Directory.CreateDirectory(Path.Join(_home.FullName, "outside")).FullName;
        Options = new FileMonitorOptions();
        Options.Report.Baseline = true;
        Options.Checksum.Baseline = true;
        Options.Debounce.QuietPeriod = TimeSpan.FromMilliseconds(50);
        Options.AddRoot(Root);
        Options.Source = Source;
        configure?.Invoke(Options);
        var parts = new FileMonitorComponents();
        components?.Invoke(parts);
        _audit = new TurnAudit(Options);
        Monitor = FileSystemMonitor.Create(Options, parts, _audit);
    }

    /// <summary>The source of tests that name none: FILEMONITOR_TEST_SOURCE, so that all of them can be run against each.</summary>
    public static ChangeSourceKind Source { get; } =
        Enum.TryParse<ChangeSourceKind>(Environment.GetEnvironmentVariable("FILEMONITOR_TEST_SOURCE"), out var named) ? named : ChangeSourceKind.Auto;

    public string Root { get; }

    /// <summary>On the same file system, not watched: to move things in from and out to.</summary>
    public string Outside { get; }

    public FileSystemMonitor Monitor { get; }

    public FileMonitorOptions Options { get; }

    /// <summary>Everything said so far.</summary>
    public IReadOnlyList<AuditEvent> Events => _seen.Events;

    /// <summary>
    /// For tests that say exactly what is reported: one debounce window holds everything until the next flush or the stop, however long the
    /// machine stalls between two operations.
    /// </summary>
    public static void OneWindow(FileMonitorOptions options) =>
        options.Debounce.QuietPeriod = options.Debounce.MaxDelay = options.Debounce.FinishedDelay = TimeSpan.FromHours(1);

    /// <summary>Makes the directories, lets <paramref name="prepare"/> fill them, starts the monitor and waits for the whole baseline.</summary>
    public static async Task<WatchedDirectory> StartAsync(
        Action<WatchedDirectory>? prepare = null,
        Action<FileMonitorOptions>? configure = null,
        Action<FileMonitorComponents>? components = null,
        bool waitsForBaseline = true)
    {
        var watched = new WatchedDirectory(configure, components);
        try
        {
            prepare?.Invoke(watched);
            watched._itemsAtStart = watched.Options.Report.Baseline ? watched.CountItems() : 0;
            await watched.Monitor.StartAsync().WaitAsync(Deadline);
            watched._reading = Task.Run(() => watched.ReadAsync());
            if (waitsForBaseline)
            {
                await watched.UntilBaselineAsync();
            }

            return watched;
        }
        catch
        {
            await watched.DisposeAsync();
            throw;
        }
    }

    public string PathOf(string relativePath) => Path.Join(Root, relativePath);

    /// <summary>Waits until the events so far are what is waited for; after the deadline fails with those that came.</summary>
    public async Task<IReadOnlyList<AuditEvent>> UntilAsync(Func<IReadOnlyList<AuditEvent>, bool> until, string what)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        try
        {
            return await _seen.WaitForAsync(until, deadline.Token);
        }
        catch (OperationCanceledException)
        {
            throw new XunitException($"After {Deadline} still no {what}. {Describe()}");
        }
    }

    public async Task<AuditEvent> UntilAsync(Func<AuditEvent, bool> wanted, string what) =>
        (await UntilAsync(events => events.Any(wanted), what)).First(wanted);

    /// <summary>Returns when everything that was done before is told, here too.</summary>
    public async Task<FlushResult> FlushAsync()
    {
        var flushed = await Monitor.FlushAsync().WaitAsync(Deadline);
        await UntilAsync(events => flushed.Sequence == 0 || (events.Count > 0 && events[^1].Sequence >= flushed.Sequence), $"event {flushed.Sequence}, up to which the flush promised everything");
        return flushed;
    }

    /// <summary>
    /// Flushes, asserts what holds whenever nobody writes (the counters balance, the events add up to the disk, a verification finds no
    /// difference), and returns what was said since the baseline.
    /// </summary>
    /// <inheritdoc cref="DoneAsync" />
    public async Task<IReadOnlyList<AuditEvent>> SettledAsync(bool replays = true)
    {
        await FlushAsync();
        AssertBalance();
        AssertAudit();
        if (replays)
        {
            // What was there at start was not done before the flush: it does not wait for it.
            await UntilBaselineAsync();
            AssertReplay();
        }

        var verified = await Monitor.VerifyAsync(checksums: true, CancellationToken.None).WaitAsync(Deadline);
        if (verified.DifferenceCount > 0)
        {
            throw new XunitException(
                $"The verification finds {verified.DifferenceCount} differences.\n{string.Join('\n', verified.Differences.Select(one => $"{one.Kind} {one.RelativePath}: {one.Detail}"))}\n{Describe()}");
        }

        return SinceBaseline();
    }

    /// <summary>Lets everything arrive, stops the monitor, asserts what must always hold, and returns what was said since the baseline.</summary>
    /// <param name="replays">Whether baseline and events must add up to what is on the disk: not where patterns or links leave things out.</param>
    /// <param name="loses">Whether the test makes the monitor lose hints.</param>
    public async Task<IReadOnlyList<AuditEvent>> DoneAsync(bool replays = true, bool loses = false)
    {
        await FlushAsync();
        return await StopAsync(replays, loses);
    }

    /// <summary>As <see cref="DoneAsync"/>, without waiting for what is still on its way from the kernel.</summary>
    public async Task<IReadOnlyList<AuditEvent>> StopAsync(bool replays = true, bool loses = false)
    {
        await Monitor.StopAsync().WaitAsync(Deadline);
        await _reading.WaitAsync(Deadline);
        var events = Events;
        var health = Monitor.GetHealth();
        health.State.Should().Be(MonitorState.Stopped);
        AssertBalance();
        AssertAudit();
        health.Counters.Pending.Should().Be(0, "a stop that was not cut off leaves nothing inside");
        health.Counters.Events.Should().Be(events.Count);
        events.Select(one => one.Sequence).Should().Equal(Enumerable.Range(1, events.Count).Select(number => (long)number), "sequences have no holes");
        events.Select(one => one.Id).Should().OnlyHaveUniqueItems();
        events.Where(one => one.Root.Length > 0 && !Options.Roots.Any(root => root.Path == one.Root)).Should().BeEmpty("events name the configured path");
        events.Where(static one => one.Gap?.Cause == GapCause.InternalError).Should().BeEmpty("an exception while a change is settled is a defect");
        if (!loses)
        {
            health.Counters.Lost.Should().Be(0);
        }

        if (replays)
        {
            AssertReplay();
        }

        return SinceBaseline();
    }

    /// <summary>What was said so far, the baseline left out.</summary>
    public IReadOnlyList<AuditEvent> SinceBaseline() => [.. Events.Where(one => !IsBaseline(one))];

    /// <summary>Everything said so far, in words.</summary>
    public string Describe() => Describe(Events);

    public static string Describe(IReadOnlyCollection<AuditEvent> events) => string.Create(
        CultureInfo.InvariantCulture,
        $"{events.Count} events so far:\n{string.Join('\n', events.TakeLast(200).Select(one => $"{one} [{one.ItemType} {one.Origin} {one.ChecksumStatus} {one.Size} {one.Sha256?[..8]}] {one.Detail}"))}");

    public async ValueTask DisposeAsync()
    {
        try
        {
            await Monitor.DisposeAsync().AsTask().WaitAsync(Deadline);
            await _reading.WaitAsync(Deadline);
            AssertBalance();
        }
        finally
        {
            Delete(_home);
        }
    }

    private static bool IsBaseline(AuditEvent one) => one.Kind == AuditEventKind.Baseline;

    private Task<IReadOnlyList<AuditEvent>> UntilBaselineAsync() => UntilAsync(events => events.Count(IsBaseline) >= _itemsAtStart, $"{_itemsAtStart} events of the baseline");

    private void AssertBalance()
    {
        var counters = Monitor.GetHealth().Counters;
        counters.Balances.Should().BeTrue(
            "received {0} = coalesced {1} + ignored {2} + suppressed {3} + emitted {4} + pending {5} + lost {6}",
            counters.Received, counters.Coalesced, counters.Ignored, counters.Suppressed, counters.Emitted, counters.Pending, counters.Lost);
    }

    private void AssertAudit()
    {
        if (_audit.Wrong is { Count: > 0 } wrong)
        {
            throw new XunitException($"The snapshot and the events of a turn do not agree.\n{string.Join('\n', wrong)}\n{Describe()}");
        }
    }

    private void AssertReplay()
    {
        var (told, there) = (TreeReplay.Of(Events), DiskTree.Read(Root));
        var wrong = told.Except(there).Select(item => $"told: {item}").Concat(there.Except(told).Select(item => $"there: {item}")).ToList();
        if (wrong.Count > 0)
        {
            throw new XunitException($"Baseline and events do not add up to the disk.\n{string.Join('\n', wrong)}\n{Describe()}");
        }
    }

    private int CountItems() =>
        Options.Roots.Sum(root => DiskTree.Count(root.Path));

    private async Task ReadAsync()
    {
        await foreach (var one in Monitor.ReadAllAsync())
        {
            await _seen.WriteAsync([one], CancellationToken.None);
        }
    }

    private static void Delete(DirectoryInfo directory)
    {
        try
        {
            directory.Delete(recursive: true);
        }
        catch (Exception left) when (!OperatingSystem.IsWindows() && left is IOException or UnauthorizedAccessException)
        {
            // A test closed a directory to everyone, or made names that .NET cannot express.
            using var shell = Process.Start("/bin/sh", ["-c", "chmod -R u+rwx \"$0\"; rm -rf \"$0\"", directory.FullName]);
            shell.WaitForExit();
        }
    }
}

/// <summary>What stands at one path, as far as a tree is compared.</summary>
internal sealed record TreeItem(ItemType Type, long? Size = null, string? Sha256 = null, string? Target = null);

/// <summary>A tree as it is on the disk: paths relative to its root, with <c>/</c>; links are not followed.</summary>
internal static class DiskTree
{
    public static int Count(string root) => new FileSystemEnumerable<bool>(
        root,
        static (ref _) => true,
        new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false })
    {
        ShouldRecursePredicate = static (ref item) => !item.Attributes.HasFlag(FileAttributes.ReparsePoint),
    }.Count();

    public static IReadOnlyDictionary<string, TreeItem> Read(string root)
    {
        var items = new SortedDictionary<string, TreeItem>(StringComparer.Ordinal);
        Add(root, "", items);
        return new ReadOnlyDictionary<string, TreeItem>(items);
    }

    private static void Add(string directory, string prefix, SortedDictionary<string, TreeItem> items)
    {
        foreach (var item in new DirectoryInfo(directory).EnumerateFileSystemInfos())
        {
            var path = prefix + item.Name;
            if (item.LinkTarget is { } target)
            {
                items.Add(path, new TreeItem(ItemType.SymbolicLink, Target: target));
            }
            else if (item is DirectoryInfo)
            {
                items.Add(path, new TreeItem(ItemType.Directory));
                Add(item.FullName, path + "/", items);
            }
            else if (UnixCalls.IsPipe(item.FullName))
            {
                items.Add(path, new TreeItem(ItemType.Other));
            }
            else
            {
                var content = File.ReadAllBytes(item.FullName);
                items.Add(path, new TreeItem(ItemType.File, content.Length, Content.Sha256(content)));
            }
        }
    }
}
