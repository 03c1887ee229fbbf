using FileMonitor.Extending;
using FileMonitor.Sources;
using FileMonitor.Sources.FileSystemWatchers;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Tests.Sources;

/// <summary>With a real FileSystemWatcher on a real directory; errors that no test can cause are put into its mouth, and time is a fake.</summary>
public sealed class RootWatcherTests : IAsyncDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private static readonly int LimitReached = 28; // ENOSPC

    private readonly string _home = Directory.CreateTempSubdirectory("filemonitor-watcher-").FullName;
    private readonly FakeTimeProvider _time = new();
    private readonly AwaitableWriter _writer = new();
    private readonly CapturingLog _log = new();
    private readonly MonitoredRoot _root;
    private readonly RootWatcher _watcher;
    private volatile bool _hasRoom;
    private WatchLimit? _limit = new(50, "fs.inotify.max_user_watches");

    public RootWatcherTests()
    {
        _root = AwaitableWriter.Root(Path.Join(_home, "root"));
        Directory.CreateDirectory(_root.Path);
        _watcher = new RootWatcher(
            _root, NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite, Interval, () => _limit, _writer, _time, _log)
        {
            HasRoom = _ => _hasRoom,
        };
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _watcher.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }

    [Theory]
    [InlineData(true, GapCause.SourceOverflow)]
    [InlineData(false, GapCause.SourceError)]
    public async Task An_error_lasts_until_another_watcher_is_armed(bool isOverflow, GapCause cause)
    {
        await _watcher.StartAsync();

        _watcher.HandleError(_watcher.Armed!, isOverflow ? new InternalBufferOverflowException("full") : new IOException("broken"));
        _watcher.Problems.Should().ContainSingle().Which.Should().Contain(_root.Path);
        (await AwaitableWriter.PassAsync(_time, TimeSpan.FromMilliseconds(20), _watcher.FlushAsync(Token).AsTask())).Should().Contain("restarted", "what is not heard cannot be flushed");
        await PassUntilAsync($"covered {cause} ''");

        _writer.Lines.Where(line => !line.StartsWith("compare", StringComparison.Ordinal)).Select(line => string.Join(' ', line.Split(' ')[..2]))
            .Should().Equal($"uncovered {cause}", "lost SourceRestarted", $"covered {cause}");
        _watcher.Problems.Should().BeEmpty();
        await NewFilesAreHintedAtAsync();
        await _watcher.DisposeAsync();
        _log.Names.Should().Equal("SourceRestarting", "SourceRestarted");
    }

    [Fact]
    public async Task What_a_watcher_that_was_given_up_says_is_not_heard()
    {
        await _watcher.StartAsync();
        var first = _watcher.Armed!;
        await _watcher.RearmAsync(Token);

        _watcher.HandleError(first, new IOException("late"));

        _writer.Lines.Should().BeEmpty();
    }

    [Fact]
    public async Task While_it_cannot_be_restarted_the_root_is_compared_and_the_log_is_not_filled()
    {
        await _watcher.StartAsync();
        Directory.Delete(_root.Path);
        _watcher.HandleError(_watcher.Armed!, new IOException("broken"));
        await PassUntilAsync($"uncovered SourceError '' '{_root.Path}' cannot be watched");

        for (var i = 0; i < 5; i++)
        {
            await PassUntilAsync("compare");
            _writer.Clear();
        }

        Directory.CreateDirectory(_root.Path);
        await PassUntilAsync("covered SourceError");
        await NewFilesAreHintedAtAsync();
        await _watcher.DisposeAsync();
        _log.Names.Should().Equal("SourceRestarting", "SourceRestartFailed", "SourceRestarted");
    }

    [Fact]
    public async Task A_root_that_is_missing_at_the_start_is_armed_when_it_is_there()
    {
        Directory.Delete(_root.Path);

        await _watcher.StartAsync();
        await _watcher.Invoking(watcher => watcher.RearmAsync(Token)).Should().ThrowAsync<IOException>();
        (await AwaitableWriter.PassAsync(_time, TimeSpan.FromMilliseconds(20), _watcher.FlushAsync(Token).AsTask())).Should().Contain("not watched");
        _writer.Lines.Should().BeEmpty("the monitor knows that the root is missing");

        Directory.CreateDirectory(_root.Path);
        await _watcher.RearmAsync(Token);
        await NewFilesAreHintedAtAsync();
    }

    [Fact]
    public async Task A_root_that_came_back_elsewhere_is_watched_there_and_no_restart_is_pending()
    {
        await _watcher.StartAsync();
        _watcher.HandleError(_watcher.Armed!, new IOException("broken"));
        var elsewhere = Directory.CreateDirectory(Path.Join(_home, "elsewhere")).FullName;
        Directory.Delete(_root.Path);
        _root.MoveTo(elsewhere);

        await _watcher.RearmAsync(Token);

        (await _writer.HeardAsync("covered SourceError")).Should().NotBeNull();
        var armed = _watcher.Armed;
        await File.WriteAllTextAsync(Path.Join(elsewhere, "f"), "", Token);
        await _writer.HeardAsync("Created f");
        _time.Advance(TimeSpan.FromMinutes(1));
        _watcher.Armed.Should().BeSameAs(armed);
        _writer.Lines.Should().NotContain(line => line.StartsWith("lost", StringComparison.Ordinal), "the monitor armed it, it did not restart");
    }

    [Fact]
    public async Task Missing_watches_are_one_condition_that_says_how_many_are_needed_and_ends_when_the_limit_is_raised()
    {
        Directory.CreateDirectory(Path.Join(_root.Path, "a", "b"));
        Directory.CreateDirectory(Path.Join(_root.Path, ".hidden"));
        Directory.CreateSymbolicLink(Path.Join(_root.Path, "link"), _home);
        await _watcher.StartAsync();

        for (var i = 0; i < 3; i++)
        {
            _watcher.HandleError(_watcher.Armed!, new IOException("no more watches", LimitReached));
        }

        await PassUntilAsync("uncovered PartialCoverage '' Some");
        (await PassUntilAsync($"uncovered PartialCoverage '' '{_root.Path}' needs 4 inotify watches")).Should().Contain("max_user_watches allows 50").And.Contain("Raise");
        await PassUntilAsync("compare");
        _writer.Lines.Count(line => line.StartsWith("uncovered", StringComparison.Ordinal)).Should().Be(2, "the same words are not said again");
        _watcher.Problems.Should().ContainSingle().Which.Should().Contain("needs 4");
        await NewFilesAreHintedAtAsync();

        _limit = _limit!.Value with { Value = 51 };
        await PassUntilAsync("covered PartialCoverage");
        _watcher.Problems.Should().BeEmpty();
        await _watcher.DisposeAsync();
        _log.Names.Should().Equal("PartialCoverage", "SourceRestarted");
    }

    [Fact]
    public async Task Missing_watches_are_over_when_others_have_given_back_theirs()
    {
        await _watcher.StartAsync();
        _watcher.HandleError(_watcher.Armed!, new IOException("no more watches", LimitReached));
        await PassUntilAsync("uncovered PartialCoverage");

        _hasRoom = true;

        await PassUntilAsync("covered PartialCoverage");
        _watcher.Problems.Should().BeEmpty();
    }

    [Fact]
    public async Task What_is_mounted_below_is_watched_by_another_watcher_and_nothing_is_said_to_be_covered_before()
    {
        await _watcher.StartAsync();
        var first = _watcher.Armed;

        await _watcher.RemountedAsync("m");

        _watcher.Armed.Should().NotBeNull().And.NotBeSameAs(first);
        _writer.Lines.Select(line => string.Join(' ', line.Split(' ')[..2])).Should().Equal("uncovered SourceError", "lost SourceRestarted", "covered SourceError");
        _writer.Lines[0].Should().Contain(Path.Join(_root.Path, "m"));
        await NewFilesAreHintedAtAsync();
    }

    [Fact]
    public async Task A_restart_does_not_end_what_the_new_watcher_lacks_too()
    {
        await _watcher.StartAsync();
        _watcher.HandleError(_watcher.Armed!, new IOException("no more watches", LimitReached));
        _watcher.HandleError(_watcher.Armed!, new InternalBufferOverflowException());
        _writer.Written = line =>
        {
            // Said under the lock, after the new watcher was armed: as if it had been refused a watch, too.
            if (line.StartsWith("lost SourceRestarted", StringComparison.Ordinal))
            {
                _watcher.HandleError(_watcher.Armed!, new IOException("no more watches", LimitReached));
            }
        };

        await PassUntilAsync("covered SourceOverflow");

        _writer.Lines.Should().NotContain("covered PartialCoverage ''");
        _watcher.Problems.Should().ContainSingle();
    }

    [Fact]
    public async Task A_watcher_that_fails_again_while_it_is_armed_covers_nothing()
    {
        await _watcher.StartAsync();
        _watcher.HandleError(_watcher.Armed!, new InternalBufferOverflowException());
        _writer.Written = line =>
        {
            if (line.StartsWith("lost SourceRestarted", StringComparison.Ordinal))
            {
                _writer.Written = null;
                _watcher.HandleError(_watcher.Armed!, new IOException("broken"));
                _writer.Lines.Should().NotContain(covered => covered.StartsWith("covered", StringComparison.Ordinal));
            }
        };

        await PassUntilAsync("covered SourceError");

        _writer.Lines.Count(line => line.StartsWith("lost SourceRestarted", StringComparison.Ordinal)).Should().Be(2);
    }

    [Fact]
    public async Task A_directory_that_may_not_be_read_is_a_problem_and_the_business_of_the_monitor()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Reported so by Linux.");
        await _watcher.StartAsync();

        _watcher.HandleError(_watcher.Armed!, new UnauthorizedAccessException("Access to 'x' is denied."));
        _watcher.HandleError(_watcher.Armed!, new UnauthorizedAccessException("Access to 'y' is denied."));

        _watcher.Problems.Should().ContainSingle().Which.Should().StartWith("2 directories").And.Contain("'y'");
        _writer.Lines.Should().BeEmpty();
    }

    [Fact]
    public async Task A_watcher_whose_descriptor_was_given_to_another_is_dead()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Descriptors are found in /proc.");
        await _watcher.StartAsync();
        var number = _watcher.Armed!.Descriptor!.Number;
        _time.Advance(TimeSpan.FromSeconds(5));
        _writer.Lines.Should().BeEmpty("it lives");

        var other = InotifyDescriptor.Claim(number);
        _time.Advance(TimeSpan.FromSeconds(1));

        _writer.Lines.Should().ContainSingle().Which.Should().StartWith("uncovered SourceError").And.Contain("dotnet/runtime#133420");
        other.Release(TimeSpan.Zero);
        await _writer.HeardAsync("covered SourceError");
        await NewFilesAreHintedAtAsync();
    }

    [Fact]
    public async Task A_flush_finds_a_watcher_that_is_dead_before_it_waits_for_its_answer()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Descriptors are found in /proc.");
        await _watcher.StartAsync();
        var other = InotifyDescriptor.Claim(_watcher.Armed!.Descriptor!.Number);

        var flush = _watcher.FlushAsync(Token).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(20));

        (await flush).Should().Contain("ended without an error");
        other.Release(TimeSpan.Zero);
    }

    [Fact]
    public async Task A_watcher_that_dies_without_a_word_is_found_and_replaced()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Dies so on Linux.");
        for (var i = 0; i < 50; i++)
        {
            Directory.CreateDirectory(Path.Join(_root.Path, $"{i}"));
        }

        await _watcher.StartAsync();
        _watcher.Armed!.Descriptor.Should().NotBeNull();

        // A directory that is moved out of the tree, followed at once by anything else: mostly the first is enough.
        // No more once it is found, or its successor would die, too.
        for (var i = 0; i < 50 && !_writer.Lines.Any(line => line.StartsWith("uncovered", StringComparison.Ordinal)); i++)
        {
            Directory.Move(Path.Join(_root.Path, $"{i}"), Path.Join(_home, $"out-{i}"));
            await File.WriteAllTextAsync(Path.Join(_root.Path, "f"), "", Token);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        await PassUntilAsync("uncovered SourceError");
        await PassUntilAsync("covered SourceError");
        await NewFilesAreHintedAtAsync();
    }

    [Fact]
    public async Task A_watcher_that_is_disposed_says_nothing_more()
    {
        await _watcher.StartAsync();
        _watcher.HandleError(_watcher.Armed!, new IOException("broken"));
        await _watcher.DisposeAsync();
        _writer.Clear();

        _time.Advance(TimeSpan.FromHours(1));
        await _watcher.RearmAsync(Token);

        _watcher.Armed.Should().BeNull();
        _writer.Lines.Should().BeEmpty();
    }

    private Task<string> PassUntilAsync(string start) => AwaitableWriter.PassAsync(_time, Step, _writer.HeardAsync(start));

    private async Task NewFilesAreHintedAtAsync()
    {
        var name = Guid.NewGuid().ToString("n");
        await File.WriteAllTextAsync(Path.Join(_root.PhysicalPath, name), "", Token);
        await _writer.HeardAsync($"Created {name}");
    }
}
