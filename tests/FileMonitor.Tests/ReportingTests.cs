using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests;

/// <summary>What options change in what is said. The notation is that of <see cref="CoalescingTests"/>; A is attributes, B baseline, X a gap.</summary>
public sealed class ReportingTests
{
    [Theory]
    [InlineData("transients", "", "write a 1; rm a", "C a !Vanished, D a !Vanished")]
    [InlineData("transients", "a=1", "write t 2; mv t a", "M a 1→2")] // what was renamed is not gone
    [InlineData("transients", "", "mkdir d; rm d", "C d !Vanished, D d !Vanished")]
    [InlineData("no directories", "", "mkdir d; write d/x 1; wait; rm -r d", "C d/x 1, D d/x 1")]
    [InlineData("no directories", "d/x=1", "mv d e", "R d→e/")] // it moves a file
    [InlineData("attributes", "a=1", "chmod a", "A a")]
    [InlineData("attributes", "a=1", "touch a", "A a")]
    [InlineData("attributes", "a=1", "append a 2; chmod a", "M a 1→12")] // said with the content
    [InlineData("attributes", "d/", "chmod d", "A d/")]
    [InlineData("", "a=1", "chmod a; chmod a", "")]
    [InlineData("no checksums", "a=1", "append a 2", "M a ?→!Disabled")]
    [InlineData("no checksums", "", "write a 1; wait; mv a b; wait; rm b", "C a !Disabled, R a→b, D b !Disabled")]
    [InlineData("no checksums", "a=1", "rm a; write a 1", "M a ?→!Disabled")] // another file; nobody can know that it says the same
    [InlineData("no checksums", "a=1", "rm a", "D a !NotComputed")]
    [InlineData("no checksums", "a=1 b=2", "mv a t; mv b a; mv t b", "R a→t, R b→a, R t→b")]
    [InlineData("at most 2 bytes", "", "write a 12; wait; write b 123", "C a 12, C b !TooLarge")]
    [InlineData("at most 2 bytes", "a=12", "append a 3; wait; write a 4", "M a 12→!TooLarge, M a ?→4")]
    [InlineData("at most 2 bytes", "", "write b 123; wait; append b 4; wait; chmod b", "C b !TooLarge, M b ?→!TooLarge")]
    [InlineData("ignore *.tmp", "", "write a.tmp 1; write a 1", "C a 1")]
    [InlineData("ignore *.tmp", "a=1", "write a.tmp 2; mv a.tmp a", "M a 1→2")]
    [InlineData("ignore *.tmp", "", "write a.tmp 2; mv a.tmp a", "C a 2")]
    [InlineData("ignore *.tmp", "a=1", "mv a a.tmp", "D a 1")]
    [InlineData("ignore *.tmp", "a=1", "mv a a.tmp; wait; mv a.tmp a", "D a 1, C a 1")]
    [InlineData("ignore *.tmp", "a=1", "mv a a.tmp; mv a.tmp a", "")]
    [InlineData("ignore build/", "build/x=1", "write build/y 2; rm build/x; mkdir build/z", "")]
    [InlineData("ignore build/", "src/x=1", "mv src build", "D src/x 1, D src/")]
    [InlineData("ignore build/", "build/x=1", "mv build src", "C src/, C src/x 1")]
    [InlineData("ignore build/", "x=1", "mv x build/x; wait; mv build/x y", "D x 1, C y 1")]
    [InlineData("ignore logs/*.tmp", "x/a.tmp=1 x/b=2", "mv x logs", "R x→logs/, D logs/a.tmp 1")]
    [InlineData("ignore logs/*.tmp", "logs/a.tmp=1 logs/b=2", "mv logs x", "R logs→x/, C x/a.tmp 1")]
    [InlineData("ignore logs/sub/", "x/sub/a=1", "mv x logs", "R x→logs/, D logs/sub/a 1, D logs/sub/")]
    [InlineData("include **/*.cs", "foo/a.cs=1", "rm -r foo; write foo 2", "D foo/a.cs 1, D foo/")]
    [InlineData("include **/*.cs", "", "write a.cs 1; write a.txt 2; wait; write d/b.cs 3", "C a.cs 1, C d/, C d/b.cs 3")]
    [InlineData("include **/*.cs", "a.cs=1", "mv a.cs a.txt; wait; mv a.txt b.cs", "D a.cs 1, C b.cs 1")]
    [InlineData("include **/*.cs", "d/a.cs=1", "mv d e; rm e/a.cs", "R d→e/, D e/a.cs 1")]
    [InlineData("not recursive", "a=1 d/x=1", "append a 2; append d/x 2; write d/y 3", "M a 1→12")]
    [InlineData("not recursive", "a=1 d/x=1", "mv a d/a; wait; mv d/a b", "D a 1, C b 1")]
    [InlineData("not recursive", "d/x=1", "mv d e; wait; rm -r e", "R d→e/, D e/")]
    [InlineData("not recursive", "", "mkdir d/e; write d/x 1", "C d/")]
    public async Task Options_decide_what_is_said(string option, string before, string script, string expected)
    {
        await using var tree = await MonitoredTree.StartAsync(before, options =>
        {
            options.Checksum.Baseline = true;
            Set(options, option);
        });
        var files = before.Split(' ').Count(item => IsSummed(option, item));
        await tree.UntilAsync(() => tree.Counters.ChecksumFiles == files);
        await tree.PlayAsync(script + "; wait");
        (await tree.StopAndDescribeAsync()).Should().Be(expected);
    }

    [Fact]
    public async Task Without_the_baseline_a_previous_checksum_is_not_known_before_it_was_read_once()
    {
        await using var tree = await MonitoredTree.StartAsync("a=1 b=1");
        await tree.PlayAsync("append a 2; wait; append a 3; rm b; wait");
        (await tree.StopAndDescribeAsync()).Should().Be("M a ?→12, D b !NotComputed, M a 12→123");
    }

    [Theory]
    [InlineData(false, "B a !NotComputed, B d/, B d/x !NotComputed, B l @a")]
    [InlineData(true, "B a 1, B d/, B d/x 2, B l @a")]
    public async Task What_is_there_at_start_is_said_when_asked_for(bool withChecksums, string expected)
    {
        await using var tree = await MonitoredTree.StartAsync("a=1 d/x=2 l@a", options => (options.Report.Baseline, options.Checksum.Baseline) = (true, withChecksums));
        var said = await tree.StopAsync();

        said.Should().OnlyContain(one => one.Origin == AuditEventOrigin.Baseline && one.Hints == 0);
        tree.Describe(said).Split(", ").Should().BeEquivalentTo(expected.Split(", "));
    }

    [Theory]
    [InlineData("append a 2", "B a !NotComputed, M a ?→12")]
    [InlineData("rm a", "B a !NotComputed, D a !NotComputed")]
    [InlineData("mv a b", "B a !NotComputed, R a→b")]
    [InlineData("write b 2; mv b a", "B a !NotComputed, M a ?→2")]
    [InlineData("rm a; mkdir a", "B a !NotComputed, D a !NotComputed, C a/")]
    [InlineData("rm a; ln a x", "B a !NotComputed, D a !NotComputed, C a @x")]
    [InlineData("mv b a", "B a !NotComputed, B b !NotComputed, R b→a", "b=2")]
    [InlineData("chmod l", "B l @x, A l", "l@x")]
    [InlineData("mv d e", "B d/, R d→e/, B e/f !NotComputed", "d/f=2")]
    [InlineData("rm -r d", "B d/f !NotComputed, D d/f !NotComputed, B d/, D d/", "d/f=2")]
    public async Task What_was_there_is_said_before_anything_that_happened_to_it(string script, string expected, string alsoBefore = "")
    {
        await using var tree = MonitoredTree.Create("a=1 z/ " + alsoBefore, options =>
        {
            (options.Report.Baseline, options.Report.AttributeChanges) = (true, ItemAttributes.AllMetadata);
            options.Debounce.QuietPeriod = TimeSpan.Zero;
        });

        // After a was found, and before anything is said: what happens is looked at first, and only then the baseline.
        tree.Tree.Files.OnList = path =>
        {
            if (Path.GetFileName(path) == "z")
            {
                tree.Tree.Files.OnList = null;
                _ = tree.PlayAsync(script);
            }
        };
        await tree.Monitor.StartAsync(TestContext.Current.CancellationToken);
        await tree.SettleAsync();
        var about = (await tree.StopAsync()).Where(one => one.RelativePath != "z" && (expected.Contains(" a ", StringComparison.Ordinal) || one.RelativePath != "a"));
        tree.Describe(about).Should().Be(expected);
    }

    private static bool IsSummed(string option, string item) =>
        item.Contains('=', StringComparison.Ordinal)
        && option != "no checksums"
        && !(option == "not recursive" && item.Contains('/', StringComparison.Ordinal))
        && !(option == "ignore logs/*.tmp" && item.StartsWith("logs/a.tmp", StringComparison.Ordinal))
        && !(option == "ignore build/" && item.StartsWith("build/", StringComparison.Ordinal));

    private static void Set(FileMonitorOptions options, string option)
    {
        switch (option.Split(' ', 2))
        {
            case ["transients"]:
                options.Report.Transients = true;
                break;
            case ["no", "directories"]:
                options.Report.Directories = false;
                break;
            case ["attributes"]:
                options.Report.AttributeChanges = ItemAttributes.AllMetadata;
                break;
            case ["no", "checksums"]:
                options.Checksum.Enabled = false;
                break;
            case ["at", "most 2 bytes"]:
                options.Checksum.MaxFileBytes = 2;
                break;
            case ["ignore", var pattern]:
                options.Roots[0].Ignore.Add(pattern);
                break;
            case ["include", var pattern]:
                options.Roots[0].Include.Add(pattern);
                break;
            case ["not", "recursive"]:
                options.Roots[0].Recursive = false;
                break;
        }
    }
}
