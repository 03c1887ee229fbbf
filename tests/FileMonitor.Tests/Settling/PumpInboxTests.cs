using FileMonitor.Extending;
using FileMonitor.Patterns;
using FileMonitor.Settling;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Tests.Settling;

public sealed class PumpInboxTests
{
    private readonly MonitoredRoot[] _roots =
    [
        new(0, "/one", "/one", IgnoreRules.None),
        new(1, "/two", "/two", IgnoreRules.Parse([], ["node_modules/"], ignoreCase: false)),
    ];

    private readonly FakeTimeProvider _time = new();
    private readonly PumpSignal _signal = new();


    [Fact]
    public void What_was_written_is_read_in_order_with_the_time_it_came()
    {
        var queue = New(capacity: 4);
        queue.Write(Modified("a"));
        _time.Advance(TimeSpan.FromSeconds(1));
        queue.Write(new FileChange(FileChangeKind.Renamed, _roots[0], "c", "b"));

        queue.Length.Should().Be(2);
        queue.TryRead(out var first).Should().BeTrue();
        queue.TryRead(out var second).Should().BeTrue();
        queue.TryRead(out _).Should().BeFalse();
        (first.Kind, first.RelativePath, first.OldRelativePath).Should().Be((FileChangeKind.Modified, "a", null));
        (second.Kind, second.RelativePath, second.OldRelativePath).Should().Be((FileChangeKind.Renamed, "c", "b"));
        _time.GetElapsedTime(first.ReceivedAt, second.ReceivedAt).Should().Be(TimeSpan.FromSeconds(1));
        (queue.Received, queue.Refused, queue.PrunedEarly).Should().Be((2, 0, 0));
    }

    [Fact]
    public async Task Each_hint_wakes_the_reader()
    {
        var queue = New(capacity: 1);
        queue.Write(Modified("a"));
        await _signal.WaitAsync();

        // Also one that is refused, and a loss: their directories want to be looked at.
        queue.Write(Modified("b"));
        await _signal.WaitAsync();
        queue.ReportLoss(_roots[0], "", GapCause.SourceError, "");
        await _signal.WaitAsync();
        queue.Complete();
        await _signal.WaitAsync();
    }

    [Fact]
    public void What_finds_it_full_is_counted_and_becomes_its_directory()
    {
        var queue = New(capacity: 1);
        queue.Write(Modified("kept"));
        queue.Write(Modified("d/e/x"));
        queue.Write(Modified("top"));

        (queue.Received, queue.Refused).Should().Be((3, 2));
        Losses(queue).Should().Equal("QueueFull /one:d/e x1", "QueueFull /one: x1");
    }

    [Fact]
    public void A_refused_rename_becomes_both_directories_and_counts_once()
    {
        var queue = New(capacity: 1);
        queue.Write(Modified("kept"));
        queue.Write(new FileChange(FileChangeKind.Renamed, _roots[0], "to/x", "from/x"));

        queue.Refused.Should().Be(1);
        Losses(queue).Should().Equal("QueueFull /one:to x1", "QueueFull /one:from x0");
    }

    [Fact]
    public void Too_many_directories_become_their_roots()
    {
        var queue = New(capacity: 1);
        queue.Write(Modified("kept"));
        for (var directory = 0; directory < 3000; directory++)
        {
            queue.Write(Modified($"{directory}/x"));
            queue.Write(new FileChange(FileChangeKind.Modified, _roots[1], $"{directory}/x"));
        }

        var losses = Losses(queue);
        queue.Refused.Should().Be(6000);
        losses.Should().HaveCount(1024 + 2);
        losses[^2..].Should().Equal("QueueFull /one: tree x2488", "QueueFull /two: tree x2488");
        queue.IsEmpty.Should().BeFalse("of the one hint that was kept");
        queue.TryRead(out _);
        queue.IsEmpty.Should().BeTrue();
    }

    [Fact]
    public void It_is_not_empty_while_a_loss_is_to_be_read()
    {
        var queue = New(capacity: 1);
        queue.IsEmpty.Should().BeTrue();
        queue.ReportLoss(_roots[0], "d", GapCause.SourceError, "");
        queue.IsEmpty.Should().BeFalse();
        Losses(queue).Should().ContainSingle();
        queue.IsEmpty.Should().BeTrue();
    }

    [Fact]
    public void What_a_source_lost_is_a_tree_and_counted()
    {
        var queue = New(capacity: 1);
        queue.ReportLoss(_roots[1], "d", GapCause.SourceOverflow, "too much");
        queue.ReportLoss(_roots[0], "", GapCause.SourceRestarted, "again");

        (queue.SourceLosses, queue.SourceRestarts, queue.Received).Should().Be((1, 1, 0));
        Losses(queue).Should().Equal("SourceOverflow /two:d tree x0", "SourceRestarted /one: tree x0");
    }

    [Theory]
    [InlineData(FileChangeKind.Modified, null, null, "")]
    [InlineData(FileChangeKind.Modified, "", null, "")]
    [InlineData(FileChangeKind.Renamed, "d/new", null, "d")]
    [InlineData(FileChangeKind.Renamed, "d/new", "", "d")]
    [InlineData(FileChangeKind.Renamed, "", "e/old", "e")]
    [InlineData(FileChangeKind.Renamed, null, null, "")]
    public void A_hint_without_a_usable_path_is_a_loss_of_one_directory(FileChangeKind kind, string? path, string? old, string directory)
    {
        var queue = New(capacity: 4);
        queue.Write(new FileChange(kind, _roots[0], path!, old));

        (queue.Received, queue.SourceLosses).Should().Be((0, 1));
        Losses(queue).Should().Equal($"IncompleteHint /one:{directory} x0");
    }

    [Theory]
    [InlineData("node_modules/x", null, true)]
    [InlineData("a/node_modules/b/x", null, true)]
    [InlineData("a/x", null, false)]
    [InlineData("node_modules", null, false)] // the directory itself: it may have been something else
    [InlineData("node_modules/y", "node_modules/x", true)]
    [InlineData("node_modules/y", "x", false)] // moved out of sight: that is a deletion
    [InlineData("y", "node_modules/x", false)]
    public void What_lies_in_an_ignored_directory_is_left_out_early(string path, string? old, bool isPruned)
    {
        var queue = New(capacity: 4);
        queue.Write(new FileChange(old is null ? FileChangeKind.Modified : FileChangeKind.Renamed, _roots[1], path, old));

        (queue.Received, queue.PrunedEarly, queue.Length).Should().Be(isPruned ? (1, 1, 0) : (1, 0, 1));
    }

    [Fact]
    public void After_it_is_complete_what_is_in_it_is_read_and_nothing_comes_in()
    {
        var queue = New(capacity: 4);
        queue.Write(Modified("a"));
        queue.Complete();
        queue.Complete();
        queue.Write(Modified("b"));
        queue.ReportLoss(_roots[0], "", GapCause.SourceError, "late");

        queue.IsComplete.Should().BeTrue();
        (queue.Received, queue.Refused, queue.SourceLosses).Should().Be((1, 0, 0));
        queue.TryRead(out _).Should().BeTrue();
        queue.TryRead(out _).Should().BeFalse();
        Losses(queue).Should().BeEmpty();
    }

    [Fact]
    public void Nothing_that_a_source_can_write_throws()
    {
        var queue = New(capacity: 2);
        foreach (var path in new[] { null!, "", "/", "//", "a//b", "/a", "a/", "..", "\0", "\uDC80", new string('x', 100_000) })
        {
            foreach (var kind in new[] { FileChangeKind.Created, FileChangeKind.Renamed, (FileChangeKind)99 })
            {
                queue.Invoking(q => q.Write(new FileChange(kind, _roots[1], path, path))).Should().NotThrow();
                queue.Invoking(q => q.Write(default)).Should().NotThrow();
                queue.Invoking(q => q.ReportLoss(_roots[0], path, (GapCause)99, null!)).Should().NotThrow();
            }
        }
    }

    [Fact]
    public async Task Many_writers_and_a_reader_lose_nothing()
    {
        var queue = New(capacity: 16);
        var writers = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var hint = 0; hint < 5_000; hint++)
            {
                queue.Write(Modified("d/x"));
            }
        })).ToList();
        var (read, lost) = (0L, 0L);
        var writing = Task.WhenAll(writers);
        while (!writing.IsCompleted || !queue.IsEmpty)
        {
            while (queue.TryRead(out _))
            {
                read++;
            }

            while (queue.TryReadLoss(out var loss))
            {
                lost += loss.Count;
            }

            await Task.Yield();
        }

        (queue.Received, read + lost, queue.Refused).Should().Be((20_000, 20_000, lost));
    }

    private static List<string> Losses(PumpInbox queue)
    {
        var losses = new List<string>();
        while (queue.TryReadLoss(out var loss))
        {
            losses.Add($"{loss.Cause} {loss.Root.Path}:{loss.Directory}{(loss.IsTree ? " tree" : "")} x{loss.Count}");
        }

        return losses;
    }

    private FileChange Modified(string path) => new(FileChangeKind.Modified, _roots[0], path);

    private PumpInbox New(int capacity)
    {
        var inbox = new PumpInbox(capacity, _time, _signal);
        Array.ForEach(_roots, inbox.Add);
        return inbox;
    }
}
