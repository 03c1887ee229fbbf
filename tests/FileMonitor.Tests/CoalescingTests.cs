using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests;

/// <summary>
/// What is said of what happened: the coalescing table of the design and the cases that other watchers' test suites hold. C created,
/// M modified (from → to), D deleted, R renamed, with contents; a directory ends in a slash. "wait" ends a debounce window.
/// </summary>
public sealed class CoalescingTests
{
    [Theory(DisplayName = "The coalescing table")]
    [InlineData("created, then written", "", "write a 1; append a 2; append a 3", "C a 123")]
    [InlineData("written n times", "a=1", "append a 2; append a 3; append a 4", "M a 1→1234")]
    [InlineData("written, the same bytes", "a=1", "write a 1", "")]
    [InlineData("touched", "a=1", "touch a", "")]
    [InlineData("created then deleted", "", "write a 1; rm a", "")]
    [InlineData("deleted then created, another content", "a=1", "rm a; write a 2", "M a 1→2")]
    [InlineData("deleted then created, the same content", "a=1", "rm a; write a 1", "")]
    [InlineData("saved by rename", "a=1", "write a.tmp 2; mv a.tmp a", "M a 1→2")]
    [InlineData("saved by rename, the same content", "a=1", "write a.tmp 1; mv a.tmp a", "")]
    [InlineData("a chain of renames", "a=1", "mv a b; mv b c", "R a→c")]
    [InlineData("a rename and back", "a=1", "mv a b; mv b a", "")]
    [InlineData("renamed, then written", "a=1", "mv a b; append b 2", "R a→b, M b 1→12")]
    [InlineData("renamed over", "a=1 b=2", "mv a b", "R a→b over 2")]
    [InlineData("moved out", "a=1", "out a", "D a 1")]
    [InlineData("moved in", "", "in a =1", "C a 1")]
    [InlineData("a directory renamed, then written in", "d/x=1", "mv d e; wait; append e/x 2", "R d→e/, M e/x 1→12")]
    public Task What_happened_within_one_window_is_said_once(string because, string before, string script, string expected) =>
        SaysAsync(because, before, script, expected);

    [Theory(DisplayName = "The cases of other watchers")]
    [InlineData("1 created", "", "write f 1", "C f 1")]
    [InlineData("2 updated", "f=1", "write f 2", "M f 1→2")]
    [InlineData("3 deleted", "f=1", "rm f", "D f 1")]
    [InlineData("4 renamed", "a=1", "mv a b", "R a→b")]
    [InlineData("5 renamed in case only", "foo=1", "mv foo FOO", "R foo→FOO")]
    [InlineData("6 created and updated", "", "write f 1; write f 2", "C f 2")]
    [InlineData("7 deleted and created", "f=1", "rm f; write f 2", "M f 1→2")]
    [InlineData("9 created and renamed", "", "write a 1; mv a b", "C b 1")]
    [InlineData("10 a chain of renames", "a=1", "mv a b; mv b c; mv c d", "R a→d")]
    [InlineData("10 a chain of a new file", "", "write a 1; mv a b; mv b c; mv c d", "C d 1")]
    [InlineData("11 several updates", "f=1", "write f 2; write f 3; write f 4", "M f 1→4")]
    [InlineData("12 updated and deleted", "f=1", "write f 2; rm f", "D f 1")]
    [InlineData("13 modified, then renamed", "a=1", "append a 2; mv a b", "R a→b, M b 1→12")]
    [InlineData("14 renamed over an existing one", "a=1 b=2", "mv a b", "R a→b over 2")]
    [InlineData("15 renamed over one just created", "a=1", "write b 2; mv a b", "R a→b")]
    [InlineData("16 renamed over one just removed", "a=1 b=2", "rm b; mv a b", "R a→b over 2")]
    [InlineData("17 renamed out", "f=1", "out f", "D f 1")]
    [InlineData("18 moved in", "", "in f =1", "C f 1")]
    [InlineData("19 moved in over an existing one", "f=1", "in f =2", "M f 1→2")]
    [InlineData("20 moved to another directory", "p/a=1 q/", "mv p/a q/b", "R p/a→q/b")]
    [InlineData("21 saved as vim does", "a=1", "mv a a~; write a 2; rm a~", "M a 1→2")]
    [InlineData("22 saved by a temporary file", "a=1", "write .a.tmp 2; append .a.tmp 3; mv .a.tmp a", "M a 1→23")]
    [InlineData("24 a nest of directories", "", "mkdir 1/2/3/4/5/6/7/8/9", "C 1/, C 1/2/, C 1/2/3/, C 1/2/3/4/, C 1/2/3/4/5/, C 1/2/3/4/5/6/, C 1/2/3/4/5/6/7/, C 1/2/3/4/5/6/7/8/, C 1/2/3/4/5/6/7/8/9/")]
    [InlineData("27 a tree renamed, then written in", "d/e/x=1", "mv d d2; write d2/e/f 2", "R d→d2/, C d2/e/f 2")]
    [InlineData("28 a directory and one in it renamed", "dir/sub/x=1", "mv dir dir2; mv dir2/sub dir2/sub2", "R dir→dir2/, R dir2/sub→dir2/sub2/")]
    [InlineData("31 directories swapped", "dir/a=1 alt/b=2", "mv dir bye; mv alt dir", "R dir→bye/, R alt→dir/")]
    [InlineData("33 a directory became a link", "foo/a=1", "mv foo bar; ln foo bar", "R foo→bar/, C foo @bar")]
    [InlineData("34 a file became a directory", "f=1", "rm f; mkdir f", "D f 1, C f/")]
    [InlineData("34 a directory became a file", "f/x=1", "rm -r f; write f 2", "D f/x 1, D f/, C f 2")]
    public Task The_cases_of_other_watchers_hold(string because, string before, string script, string expected) =>
        SaysAsync(because, before, script, expected);

    [Theory(DisplayName = "Across windows")]
    [InlineData("23 swapped", "a=1 b=2", "mv a t; mv b a; mv t b", "R a→t, R b→a, R t→b")]
    [InlineData("a rename, then a rename", "a=1", "mv a b; wait; mv b c", "R a→b, R b→c")]
    [InlineData("a file of many lives", "", "write a 1; wait; rm a; wait; write a 2; wait; mv a b; wait; append b 3", "C a 1, D a 1, C a 2, R a→b, M b 2→23")]
    [InlineData("a link", "", "ln l a; wait; mv l m; wait; rm m", "C l @a, R l→m, D m @a")]
    [InlineData("a link set anew", "l@a", "rm l; ln l b", "M l ?→@b")]
    [InlineData("a log is rotated", "log=1", "append log 2; mv log log.1; write log 3", "R log→log.1, C log 3, M log.1 1→12")]
    [InlineData("a log is rotated twice", "log=1 log.1=0", "mv log.1 log.2; mv log log.1; write log 2", "R log.1→log.2, R log→log.1, C log 2")]
    [InlineData("renamed away, written anew, renamed away again", "a=1", "mv a b; write a 2; mv a c", "R a→b, C c 2")]
    [InlineData("30 removed, then added under the same names", "foo/1=1 foo/222=2", "rm -r foo; mkdir foo; write foo/222 3", "M foo/222 2→3, D foo/1 1")]
    [InlineData("moved into a directory that is swapped before and after", "d/b=8 e/a=3 g=9", "mv e t; mv d e; mv t d; mv g d/a; mv d t; mv e d; mv t e", "R g→e/a over 3")]
    [InlineData("saved over and over", "a=1", "write t 2; mv t a; write t 3; mv t a; write t 4; mv t a", "M a 1→4")]
    public Task What_comes_later_is_said_after_it(string because, string before, string script, string expected) =>
        SaysAnyOrderAsync(because, before, script, expected);

    [Theory(DisplayName = "Trees")]
    [InlineData("25 directories and their files", "", "mkdir x/y/z; write x/a 1; write x/y/b 2; write x/y/z/c 3", "C x/, C x/y/, C x/y/z/, C x/a 1, C x/y/b 2, C x/y/z/c 3")]
    [InlineData("26 a tree moved in", "", "in t /a=1 /d/b=2 /d/e/c=3", "C t/, C t/a 1, C t/d/, C t/d/b 2, C t/d/e/, C t/d/e/c 3")]
    [InlineData("a tree deleted", "d/x=1 d/e/y=2", "rm -r d", "D d/e/y 2, D d/e/, D d/x 1, D d/")]
    [InlineData("two directories swapped", "d1/a=1 d2/b=2", "mv d1 t; mv d2 d1; mv t d2", "R d1→t/, R d2→d1/, R t→d2/")]
    [InlineData("two directories swapped with files of one name", "d1/a=1 d2/a=2", "mv d1 t; mv d2 d1; mv t d2", "R d1→t/, R d2→d1/, R t→d2/")]
    public Task A_tree_is_said_completely_and_nothing_twice(string because, string before, string script, string expected) =>
        SaysAnyOrderAsync(because, before, script, expected);

    [Fact]
    public async Task A_hundred_files_of_a_deleted_tree_are_said_before_their_directory()
    {
        var names = Enumerable.Range(0, 100).Select(number => $"d/{number}={number}");
        await using var tree = await MonitoredTree.StartKnowingAsync(string.Join(' ', names));

        await tree.PlayAsync("rm -r d; wait");

        var said = await tree.StopAsync();
        said.Should().HaveCount(101).And.OnlyContain(one => one.Kind == AuditEventKind.Deleted);
        said[^1].RelativePath.Should().Be("d");
    }

    [Fact]
    public async Task Forty_a_file_that_is_written_without_pause_is_said_at_the_maximum_delay()
    {
        // The maximum delay is twenty writes; a busy machine may see more before the pump has its turn.
        const int Enough = 10_000;
        await using var tree = await MonitoredTree.StartKnowingAsync("a=1", options => options.Debounce.MaxDelay = 10 * MonitoredTree.Quiet);
        var writes = 0;

        // What the monitor has said, not what the sink has heard: that comes to it on another thread, whenever that has its turn.
        while (tree.Counters.Events == 0 && writes < Enough)
        {
            writes++;
            await tree.PlayAsync("append a 2");
            tree.Clock.Advance(MonitoredTree.Quiet / 2);
            await tree.PlayAsync("yield");
        }

        // Never quiet for as long as the maximum delay, which is twenty writes.
        writes.Should().BeInRange(20, Enough - 1);
        await tree.SettleAsync();

        // A checksum follows by itself where the file could not be read to its end before the next write.
        var said = await tree.StopAsync();
        said[0].Kind.Should().Be(AuditEventKind.Modified);
        said.Should().OnlyContain(one => one.Kind == AuditEventKind.Modified || one.Kind == AuditEventKind.ChecksumUpdated);
    }

    private static async Task SaysAsync(string because, string before, string script, string expected)
    {
        await using var tree = await MonitoredTree.StartKnowingAsync(before);
        await tree.PlayAsync(script + "; wait");
        (await tree.StopAndDescribeAsync()).Should().Be(expected, because);
    }

    private static async Task SaysAnyOrderAsync(string because, string before, string script, string expected)
    {
        await using var tree = await MonitoredTree.StartKnowingAsync(before);
        await tree.PlayAsync(script + "; wait");
        (await tree.StopAndDescribeAsync()).Split(", ").Should().BeEquivalentTo(expected.Split(", "), because);
    }
}
