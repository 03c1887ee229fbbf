using FileMonitor.Extending;
using FileMonitor.Testing;
using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests;

/// <summary>What a real disk on this system cannot be made to do: files that another process locks, hints that get lost one at a time.</summary>
public sealed class ScriptedTreeTests
{
    private readonly ScriptedTree _tree = new();

    [Fact]
    public async Task A_locked_file_is_told_without_checksum_and_again_once_it_can_be_read()
    {
        await using var monitor = await StartAsync();
        using var deadline = new CancellationTokenSource(WatchedDirectory.Deadline);
        await using var events = monitor.ReadAllAsync(deadline.Token).GetAsyncEnumerator(deadline.Token);
        _tree.Silent = true;
        _tree.WriteFile("f", "one");
        _tree.Files.Lock(_tree.PathOf("f"));
        _tree.Source.Hint(FileChangeKind.Created, "f");

        (await events.MoveNextAsync()).Should().BeTrue();
        (events.Current.Kind, events.Current.ChecksumStatus, events.Current.Sha256).Should().Be((AuditEventKind.Created, ChecksumStatus.Locked, null));
        _tree.Files.Unlock(_tree.PathOf("f"));

        (await events.MoveNextAsync()).Should().BeTrue();
        (events.Current.Kind, events.Current.Sha256).Should().Be((AuditEventKind.ChecksumUpdated, Content.Sha256("one")));
    }

    [Fact]
    public async Task A_stop_tries_once_more_to_read_what_could_not_be_read()
    {
        await using var monitor = await StartAsync(options => options.Checksum.Attempts = 1);
        using var deadline = new CancellationTokenSource(WatchedDirectory.Deadline);
        await using var events = monitor.ReadAllAsync(deadline.Token).GetAsyncEnumerator(deadline.Token);
        _tree.Silent = true;
        _tree.WriteFile("f", "one");
        _tree.Files.Lock(_tree.PathOf("f"));
        _tree.Source.Hint(FileChangeKind.Created, "f");
        (await events.MoveNextAsync()).Should().BeTrue();
        _tree.Files.Unlock(_tree.PathOf("f"));

        await monitor.StopAsync(deadline.Token);

        (await events.MoveNextAsync()).Should().BeTrue();
        events.Current.Sha256.Should().Be(Content.Sha256("one"));
        (await events.MoveNextAsync()).Should().BeFalse();
    }

    [Fact]
    public async Task A_directory_that_took_the_place_of_another_unheard_is_looked_into()
    {
        _tree.WriteFile("d/old", "one");
        _tree.WriteFile("n/new", "two");
        await using var monitor = await StartAsync();
        _tree.Silent = true;
        _tree.Move("d", "gone");
        _tree.Move("n", "d");
        _tree.Delete("gone", recursive: true);
        _tree.Source.Lose("", GapCause.IncompleteHint, "only the root is known to have changed");

        await monitor.StopAsync(TestContext.Current.CancellationToken);

        var events = await monitor.ReadAllAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        events.Select(one => $"{one.Kind} {one.RelativePath}").Should().BeEquivalentTo("Gap ", "Deleted d/old", "Renamed d", "Gap ");
        monitor.GetHealth().Counters.Balances.Should().BeTrue();
    }

    [Fact]
    public async Task A_checksum_is_never_that_of_another_file_that_took_the_path_meanwhile()
    {
        _tree.CreateDirectory("d");
        var renamed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isFirst = true;
        _tree.Files.OnOpen = path =>
        {
            if (isFirst)
            {
                isFirst = false;
                _tree.Move("d", "e");
                _tree.WriteFile("d/f", "other");
                renamed.Task.Wait(WatchedDirectory.Deadline).Should().BeTrue("the rename is told while the file is being opened");
            }
        };
        await using var monitor = await StartAsync();
        var events = new List<AuditEvent>();
        var reading = Task.Run(async () =>
        {
            await foreach (var one in monitor.ReadAllAsync())
            {
                events.Add(one);
                if (one.Kind == AuditEventKind.Renamed)
                {
                    renamed.SetResult();
                }
            }
        }, TestContext.Current.CancellationToken);

        _tree.WriteFile("d/f", "one");
        await renamed.Task.WaitAsync(WatchedDirectory.Deadline, TestContext.Current.CancellationToken);
        await monitor.StopAsync(TestContext.Current.CancellationToken);
        await reading;

        events.Select(one => (one.Kind, one.RelativePath, one.Sha256)).Should().BeEquivalentTo(
            [
                (AuditEventKind.Renamed, "e", null),
                (AuditEventKind.Created, "d", null),
                (AuditEventKind.Created, "e/f", Content.Sha256("one")),
                (AuditEventKind.Created, "d/f", (string?)Content.Sha256("other")),
            ]);
    }

    [Fact]
    public async Task What_the_source_lost_just_before_the_stop_is_told()
    {
        for (var run = 0; run < 300; run++)
        {
            var tree = new ScriptedTree();
            await using var monitor = FileSystemMonitor.Create(options => options.AddRoot(tree.Root), components => tree.Use(components));
            await monitor.StartAsync(TestContext.Current.CancellationToken);
            tree.Source.Hint(FileChangeKind.Deleted, "nothing");
            tree.Source.Lose("", GapCause.SourceError, $"run {run}");

            await monitor.StopAsync(TestContext.Current.CancellationToken);

            var events = await monitor.ReadAllAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
            events.Select(one => $"{one.Kind} {one.RelativePath}").Should().Equal("Gap ", "Gap ");
        }
    }

    private async Task<FileSystemMonitor> StartAsync(Action<FileMonitorOptions>? configure = null)
    {
        var monitor = FileSystemMonitor.Create(
            options =>
            {
                options.AddRoot(_tree.Root);
                options.Debounce.QuietPeriod = TimeSpan.FromMilliseconds(10);
                configure?.Invoke(options);
            },
            components => _tree.Use(components));
        await monitor.StartAsync(TestContext.Current.CancellationToken);
        return monitor;
    }
}
