using FileMonitor.Extending;
using FileMonitor.Patterns;
using FileMonitor.Scanning;
using FileMonitor.Settling;
using FileMonitor.Tree;
using FileMonitor.Values;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Settling;

/// <summary>What is remembered of names that are gone, and how often a directory is looked into because of them.</summary>
public sealed class GoneNamesTests
{
    private const long Second = 1_000_000;

    private static readonly MonitoredRoot Root = new(0, "/root", "/root", IgnoreRules.None);

    private readonly GoneNames _names = new();
    private readonly PacedLooks _looks = new(Second);
    private readonly Snapshot _snapshot = new(Root, ignoresCase: false);

    [Fact]
    public void A_name_is_remembered_with_the_file_that_had_it_last()
    {
        _names.Add(Root, "f", new FileIdentity(1, 2, 3));
        _names.Add(Root, "f", new FileIdentity(1, 4, 5));
        _names.Add(Root, "unknown", default);

        _names.Find(Root, "f").Should().Be(new FileIdentity(1, 4, 5));
        _names.Find(Root, "unknown").IsKnown.Should().BeFalse();
        _names.Find(Root, "other").IsKnown.Should().BeFalse();
    }

    [Fact]
    public void The_oldest_are_forgotten()
    {
        for (var number = 1; number <= 10_000; number++)
        {
            _names.Add(Root, $"{number}", new FileIdentity(1, (ulong)number));
        }

        Enumerable.Range(1, 10_000).Count(number => _names.Find(Root, $"{number}").IsKnown).Should().Be(4_096);
        _names.Find(Root, "10000").Number.Should().Be(10_000);
    }

    [Fact]
    public void A_directory_that_was_looked_into_waits_for_its_turn()
    {
        _looks.TryBegin(_snapshot, _snapshot.Top, now: 0).Should().BeTrue();
        _looks.NextDue.Should().BeNull();
        _looks.TryBegin(_snapshot, _snapshot.Top, now: 1).Should().BeFalse();
        _looks.TryBegin(_snapshot, _snapshot.Top, now: 2).Should().BeFalse();

        _looks.NextDue.Should().Be(Second / 50);
        _looks.TryTakeDue((Second / 50) - 1, all: false, out _, out _).Should().BeFalse();
        _looks.TryTakeDue(Second / 50, all: false, out _, out var directory).Should().BeTrue();
        directory.Should().Be(_snapshot.Top);
        _looks.NextDue.Should().BeNull();
    }

    [Fact]
    public void A_large_directory_is_looked_into_less_often()
    {
        for (var number = 0; number < 10_000; number++)
        {
            _snapshot.Add(_snapshot.Top, $"{number}", new FileStatus { Outcome = FileStatusOutcome.Found });
        }

        _looks.TryBegin(_snapshot, _snapshot.Top, now: 0);
        _looks.TryBegin(_snapshot, _snapshot.Top, now: 1);

        _looks.NextDue.Should().Be(Second / 5);
        _looks.TryTakeDue(2, all: true, out _, out _).Should().BeTrue("a flush does not wait");
    }

    [Theory]
    [InlineData("M", true)]
    [InlineData("DM", true)]
    [InlineData("CMDM", true)]
    [InlineData("LM", false)]
    [InlineData("D", false)]
    [InlineData("CM", false)]
    [InlineData("CMD", false)]
    [InlineData("MD", false)]
    [InlineData("DMC", false)]
    [InlineData("DMCD", false)]
    [InlineData("L", false)]
    public void Written_when_gone_is_what_was_written_after_the_name_went(string hints, bool expected)
    {
        var debouncer = new Debouncer(capacity: 10, frequency: 1);
        foreach (var hint in hints)
        {
            var kind = hint switch
            {
                'C' => FileChangeKind.Created,
                'D' => FileChangeKind.Deleted,
                'M' => FileChangeKind.Modified,
                _ => FileChangeKind.Look,
            };
            debouncer.Add(new FileChange(kind, Root, "f"));
        }

        debouncer.TryTakeAny(out var pending).Should().BeTrue();

        pending!.WasWrittenWhenGone.Should().Be(expected);
        debouncer.Recycle(pending);
        debouncer.Add(new FileChange(FileChangeKind.Look, Root, "f"));
        debouncer.TryTakeAny(out pending).Should().BeTrue();
        pending!.WasWrittenWhenGone.Should().BeFalse("it is used again");
    }
}
