using FileMonitor.Extending;
using FileMonitor.Sources.FileSystemWatchers;
using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Tests.Sources;

public sealed class SentinelFlushTests : IAsyncDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    private readonly string _home = Directory.CreateTempSubdirectory("filemonitor-flush-").FullName;
    private readonly FakeTimeProvider _time = new();
    private readonly List<FileSystemWatcherSource> _sources = [];
    private readonly AwaitableWriter _writer = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var source in _sources)
        {
            await source.DisposeAsync();
        }

        if (Directory.Exists(_home))
        {
            Directory.Delete(_home, recursive: true);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_a_flush_everything_that_happened_before_was_hinted_at(bool recursive)
    {
        var (source, root) = await StartAsync(TimeProvider.System, recursive);
        for (var i = 0; i < 5; i++)
        {
            await File.WriteAllTextAsync(Path.Join(_home, $"{i}"), "", Token);

            (await source.FlushAsync(root, Token)).Should().BeNull();

            _writer.Lines.Should().Contain($"Created {i}");
            Directory.GetFiles(_home, ".filemonitor-*").Should().BeEmpty();
        }

        await File.WriteAllTextAsync(Path.Join(_home, "last"), "", Token);
        await _writer.HeardAsync("Created last");
        _writer.Lines.Should().NotContain(line => line.Contains(".filemonitor-", StringComparison.Ordinal), "sentinels are nobody else's business");
        root.Sentinels.IsOwn(root.Sentinels.Prefix + "5").Should().BeFalse("its deletion was heard");
    }

    [Fact]
    public async Task Flushes_at_the_same_time_are_all_answered()
    {
        var (source, root) = await StartAsync(TimeProvider.System);

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => source.FlushAsync(root, Token).AsTask()));

        answers.Should().AllSatisfy(answer => answer.Should().BeNull());
        Directory.GetFiles(_home).Should().BeEmpty();
    }

    [Fact]
    public async Task A_flush_right_after_a_directory_was_moved_away_does_not_end_the_watcher()
    {
        Directory.CreateDirectory(Path.Join(_home, "root", "d"));
        var (source, root) = await StartAsync(TimeProvider.System, of: Path.Join(_home, "root"));

        Directory.Move(Path.Join(root.Path, "d"), Path.Join(_home, "out"));
        (await source.FlushAsync(root, Token)).Should().BeNull();
        (await source.FlushAsync(root, Token)).Should().BeNull();

        _writer.Lines.Should().Contain("Deleted d");
    }

    [Fact]
    public async Task What_cannot_be_written_to_is_said_at_once()
    {
        Directory.CreateDirectory(Path.Join(_home, "root"));
        var (source, root) = await StartAsync(TimeProvider.System, of: Path.Join(_home, "root"));

        // Not deleted: that ends the watcher, which the flush may hear of first.
        Directory.Move(Path.Join(_home, "root"), Path.Join(_home, "elsewhere"));

        (await source.FlushAsync(root, Token)).Should().Contain("No sentinel can be created");
    }

    [Fact]
    public async Task A_sentinel_that_is_not_heard_of_is_said_after_a_while_and_deleted()
    {
        var (source, root) = await StartAsync(_time);
        var unwatched = Unwatched(root);

        var answer = await AwaitableWriter.PassAsync(_time, Step, source.FlushAsync(root, Token).AsTask());

        answer.Should().Contain("within 2 s");
        Directory.GetFiles(unwatched).Should().BeEmpty();
        Directory.Delete(unwatched);
    }

    [Fact]
    public async Task A_flush_that_is_cancelled_leaves_nothing_behind()
    {
        var (source, root) = await StartAsync(_time);
        var unwatched = Unwatched(root);
        using var cancelled = new CancellationTokenSource();

        var flush = source.FlushAsync(root, cancelled.Token).AsTask();
        while (Directory.GetFiles(unwatched).Length == 0)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            await Task.Yield();
        }

        await cancelled.CancelAsync();

        await flush.Awaiting(one => one).Should().ThrowAsync<OperationCanceledException>();
        Directory.GetFiles(unwatched).Should().BeEmpty();
        Directory.Delete(unwatched);
    }

    [Fact]
    public void A_name_is_the_monitors_own_until_its_deletion_was_heard_or_many_more_were_deleted()
    {
        var names = new SentinelNames();
        var (heard, task) = names.Issue();
        var (unheard, _) = names.Issue();

        names.TryHear(heard, isDeleted: false).Should().BeTrue();
        task.IsCompleted.Should().BeTrue();
        names.TryHear(heard, isDeleted: false).Should().BeTrue();
        names.TryHear(heard, isDeleted: true).Should().BeTrue();
        names.TryHear(heard, isDeleted: false).Should().BeFalse("somebody else made a file of that name");
        names.TryHear(names.Prefix + "77", isDeleted: false).Should().BeFalse("that was never ours");

        names.Retire(unheard);
        for (var i = 0; i < 64; i++)
        {
            names.IsOwn(unheard).Should().BeTrue();
            names.Retire(names.Issue().Name);
        }

        names.IsOwn(unheard).Should().BeFalse();
    }

    private async Task<(FileSystemWatcherSource Source, MonitoredRoot Root)> StartAsync(TimeProvider time, bool recursive = true, string? of = null)
    {
        var source = new FileSystemWatcherSource(TimeSpan.FromSeconds(2), time, NullLogger.Instance);
        _sources.Add(source);
        var root = AwaitableWriter.Root(of ?? _home, recursive);
        await source.StartAsync([root], _writer, Token);
        return (source, root);
    }

    /// <summary>Lets the root's path lead where its watcher does not listen.</summary>
    private static string Unwatched(MonitoredRoot root)
    {
        var unwatched = Directory.CreateTempSubdirectory("filemonitor-unwatched-").FullName;
        root.MoveTo(unwatched);
        return unwatched;
    }
}
