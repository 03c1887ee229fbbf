using FileMonitor.Extending;
using FileMonitor.Settling;
using FileMonitor.Tests.Testing;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Settling;

/// <summary>
/// In the scripts each hint begins with who gave it: A, a (the same process, asked again), B, X (the number of A, another start), ? and ¿ (two
/// of which nothing is known), - (the source does not say), o (the monitor itself); then M modified or R renamed, as in the debouncer's
/// own tests, one millisecond after the other. What comes out is who did it, and + when others did too.
/// </summary>
public sealed class DebouncerActorTests
{
    private static readonly MonitoredRoot Root = RecordingWriter.Root("/one", 0, quietPeriod: 100, maxDelay: 300, finishedDelay: 100);

    private static readonly Dictionary<char, Actor> Actors = new()
    {
        ['A'] = new() { ProcessId = 1, StartKey = 10, UserName = "A" },
        ['a'] = new() { ProcessId = 1, StartKey = 10, UserName = "a" },
        ['B'] = new() { ProcessId = 2, StartKey = 10, UserName = "B" },
        ['X'] = new() { ProcessId = 1, StartKey = 11, UserName = "X" },
        ['?'] = new() { UserName = "?" },
        ['¿'] = new() { UserName = "¿" },
    };

    [Theory]
    [InlineData("A M f", "A")]
    [InlineData("- M f", "")]
    [InlineData("A M f, A M f", "A")]
    [InlineData("A M f, a M f", "a")] // what was found out last
    [InlineData("A M f, B M f", "B+")]
    [InlineData("A M f, B M f, B M f", "B+")]
    [InlineData("A M f, B M f, A M f", "A+")]
    [InlineData("A M f, X M f", "X+")] // the number was used again
    [InlineData("? M f, ¿ M f", "¿")]
    [InlineData("? M f, A M f", "A+")]
    [InlineData("A M f, - M f", "A")]
    [InlineData("- M f, A M f", "A")]
    [InlineData("A M f, o L f", "A")]
    [InlineData("o L f, A M f", "A")]
    [InlineData("o L f", "")]
    public void The_latest_hint_that_says_who_did_it_wins(string arriving, string expected) => Play(arriving).Should().Be(expected);

    [Theory]
    [InlineData("A R e>f", "A")]
    [InlineData("A M e, B R e>f", "B+")]
    [InlineData("A M f, B R e>f", "B+")]
    [InlineData("A M f, A R e>f", "A")]
    [InlineData("A R e>f, B M f", "B+")]
    [InlineData("A M e, B M f, - R e>f", "B+")] // both names were pending: the later one
    [InlineData("B M f, A M e, - R e>f", "A+")]
    [InlineData("A M e, B M f, A R e>f", "A+")]
    [InlineData("A M e, B M e, B M f, - R e>f", "B+")] // the others of the one that was taken over
    [InlineData("B M f, A M e, B M e, - R e>f", "B+")]
    [InlineData("A M e, - M f, - R e>f", "A")]
    [InlineData("- M e, A M f, - R e>f", "A")]
    public void A_rename_takes_along_who_wrote(string arriving, string expected) => Play(arriving).Should().Be(expected);

    [Theory]
    [InlineData("A", 5, "B", 6, "B+")]
    [InlineData("A", 6, "B", 5, "A+")]
    [InlineData("A", 5, "B", 5, "B+")] // what is taken over was hinted later, as far as the clock tells
    [InlineData("A", 6, "a", 5, "A")]
    [InlineData("A", 5, "-", 6, "A")]
    [InlineData("-", 6, "B", 5, "B")]
    [InlineData("-", 5, "-", 6, "")]
    public void Of_two_changes_that_become_one_the_later_says_who(string into, int intoAt, string from, int fromAt, string expected)
    {
        var change = Pending(into[0], intoAt);
        change.Absorb(Pending(from[0], fromAt));

        Describe(change).Should().Be(expected);
    }

    [Fact]
    public void Others_are_not_forgotten_when_two_changes_become_one()
    {
        var mixed = Pending('A', 1);
        mixed.Actors.Note(Actors['B']);
        var change = Pending('B', 2);
        change.Absorb(mixed);

        Describe(change).Should().Be("B+");
    }

    [Fact]
    public void What_is_used_again_was_done_by_nobody()
    {
        var debouncer = New();
        debouncer.Add(Hint("A M f", 0));
        debouncer.Add(Hint("B M f", 1));
        debouncer.TryTakeAny(out var first).Should().BeTrue();
        debouncer.Recycle(first!);
        debouncer.Add(Hint("- M f", 2));

        debouncer.TryTakeAny(out var second).Should().BeTrue();
        second.Should().BeSameAs(first);
        Describe(second!).Should().BeEmpty();
    }

    private static Debouncer New() => new(capacity: 1000, frequency: 1);

    private static string Play(string arriving)
    {
        var debouncer = New();
        var now = 0;
        foreach (var hint in arriving.Split(", "))
        {
            debouncer.Add(Hint(hint, now++));
        }

        debouncer.TryTake(Root, "f", out var pending).Should().BeTrue();
        debouncer.Count.Should().Be(0);
        return Describe(pending!);
    }

    private static FileChange Hint(string text, int at)
    {
        var names = text[4..].Split('>');
        return new FileChange(
            text[2] switch { 'M' => FileChangeKind.Modified, 'R' => FileChangeKind.Renamed, _ => FileChangeKind.Look },
            Root,
            names[^1],
            names.Length > 1 ? names[0] : null)
        { ReceivedAt = at, Actor = Actors.GetValueOrDefault(text[0]), IsOwn = text[0] == 'o' };
    }

    private static PendingChange Pending(char actor, int at)
    {
        var pending = new PendingChange { LastAt = at };
        pending.Actors.Note(Actors.GetValueOrDefault(actor));
        return pending;
    }

    private static string Describe(PendingChange change) => change.Actors.Latest?.UserName + (change.Actors.HasOthers ? "+" : "");
}
