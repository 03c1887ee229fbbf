using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests;

/// <summary>What is reported for what happens on a real disk. <see cref="DirectoryScript"/> says how the lines read.</summary>
public sealed class BehaviourTests
{
    [Theory]
    [InlineData("", "write f one", "C f=one")]
    [InlineData("write f one", "write f two", "M f=two<one")]
    [InlineData("write f one", "rm f", "D f=one")]
    [InlineData("write f one", "mv f g", "R f>g=one")]
    [InlineData("write foo one", "mv foo FOO", "R foo>FOO=one")]
    [InlineData("", "write f one; write f two", "C f=two")]
    [InlineData("write f one", "write f one", "")]                                   // the same bytes again
    [InlineData("write f one", "rm f; write f two", "M f=two<one")]
    [InlineData("write f one", "rm f; write f one", "")]
    [InlineData("", "write f one; rm f", "")]                                        // nobody could have seen it
    [InlineData("", "write a one; mv a b", "C b=one")]
    [InlineData("write a one", "mv a b; mv b c; mv c d", "R a>d=one")]
    [InlineData("", "write a one; mv a b; mv b c", "C c=one")]
    [InlineData("write f one", "write f two; append f three; write f four", "M f=four<one")]
    [InlineData("write f one", "write f two; rm f", "D f=one")]
    [InlineData("write a one", "append a two; mv a b", "R a>b=one M b=onetwo<one")]
    [InlineData("write a one", "mv a b; append b two", "R a>b=one M b=onetwo<one")]
    [InlineData("write a one; write b two", "mv a b", "R a>b=one!two")]
    [InlineData("write a one", "write b two; mv a b", "R a>b=one")]
    [InlineData("write a one", "mv a b; mv b a", "")]                                // back where it was
    public Task One_file(string before, string operations, string expected) => PlayAsync(before, operations, expected);

    [Theory]
    [InlineData("write f one", "mv f /f", "D f=one")]
    [InlineData("write /f one", "mv /f f", "C f=one")]
    [InlineData("write f one; write /f two", "mv /f f", "M f=two<one")]
    [InlineData("mkdir p; mkdir q; write p/a one", "mv p/a q/b", "R p/a>q/b=one")]
    [InlineData("mkdir /t/u; write /t/a one; write /t/u/b two", "mv /t t", "C t/ C t/a=one C t/u/ C t/u/b=two")]
    public Task Moves_between_directories(string before, string operations, string expected) => PlayAsync(before, operations, expected);

    [Theory]
    [InlineData("write a one", "mv a a~; write a two; rm a~", "M a=two<one")]        // vim
    [InlineData("write a one", "write .a.tmp two; mv .a.tmp a", "M a=two<one")]      // most others
    [InlineData("", "write .a.tmp one; mv .a.tmp a", "C a=one")]
    [InlineData("write a one", "rm a; write .a.tmp two; mv .a.tmp a", "M a=two<one")]
    [InlineData("write a one; write b two", "mv a t; mv b a; mv t b", "R b>a=two R t>b=one R a>t=one")]
    public Task Saves_and_swaps(string before, string operations, string expected) => PlayAsync(before, operations, expected);

    [Theory]
    [InlineData("", "mkdir d", "C d/")]
    [InlineData("", "mkdir 1/2/3/4/5/6/7/8/9", "C 1/ C 1/2/ C 1/2/3/ C 1/2/3/4/ C 1/2/3/4/5/ C 1/2/3/4/5/6/ C 1/2/3/4/5/6/7/ C 1/2/3/4/5/6/7/8/ C 1/2/3/4/5/6/7/8/9/")]
    [InlineData("", "mkdir x/y/z; write x/a one; write x/y/b two; write x/y/z/c three", "C x/ C x/a=one C x/y/ C x/y/b=two C x/y/z/ C x/y/z/c=three")]
    [InlineData("mkdir d; write d/old one", "mv d e; mkdir e/n; write e/n/f two", "R d/>e/ C e/n/ C e/n/f=two")]
    [InlineData("mkdir d; write d/old one", "mv d e; write e/old two", "R d/>e/ M e/old=two<one")]
    [InlineData("mkdir d; write d/old one", "write d/old two; mv d e", "R d/>e/ M e/old=two<one")]
    [InlineData("mkdir d; write d/old one", "write d/new two; mv d e", "R d/>e/ C e/new=two")]
    [InlineData("mkdir d/sub", "mv d e; mv e/sub e/tub", "R d/>e/ R e/sub/>e/tub/")]
    [InlineData("mkdir d/sub; write d/sub/f one", "mv d e; mv e/sub e/tub; write e/tub/f two", "R d/>e/ R e/sub/>e/tub/ M e/tub/f=two<one")]
    [InlineData("mkdir d; write d/a one; mkdir alt; write alt/b two", "mv d bye; mv alt d", "R d/>bye/ R alt/>d/")]
    [InlineData("mkdir d; write d/a one", "mv d e; mkdir n; write n/b two; mv n d; rm e", "D d/a=one C d/b=two")]
    [InlineData("mkdir foo; write foo/222 one", "rm foo; mkdir foo; write foo/222 two", "M foo/222=two<one")]
    [InlineData("mkdir foo; write foo/a one; write foo/b two", "rm foo; mkdir foo; write foo/b two", "D foo/a=one")]
    [InlineData("mkdir foo; write foo/a one", "mv foo bar; ln foo bar", "R foo/>bar/ C foo@")]
    [InlineData("write f one", "rm f; mkdir f", "D f=one C f/")]
    [InlineData("mkdir f; write f/a one", "rm f; write f two", "D f/ C f=two D f/a=one")]
    [InlineData("mkdir f; write f/a one", "rm f; ln f nowhere", "D f/ C f@ D f/a=one")]
    public Task Directories(string before, string operations, string expected) => PlayAsync(before, operations, expected);

    [Theory]
    [InlineData("", "ln l f", "C l@")]
    [InlineData("write f one", "ln l f; write f two", "M f=two<one C l@")]
    [InlineData("ln l f", "rm l", "D l@")]
    [InlineData("ln l f", "rm l; ln l elsewhere", "M l@")]
    [InlineData("ln l f", "mv l m", "R l@>m@")]
    [InlineData("write f one; ln l f", "cat f; cat l", "")]                          // reading is no change
    public Task Links_and_readers(string before, string operations, string expected) => PlayAsync(before, operations, expected);

    [Fact]
    public async Task A_deleted_tree_is_told_file_by_file_and_no_child_after_its_directory()
    {
        await using var watched = await WatchedDirectory.StartAsync(
            before =>
            {
                for (var i = 0; i < 100; i++)
                {
                    Directory.CreateDirectory(before.PathOf($"d/{i % 5}"));
                    File.WriteAllText(before.PathOf($"d/{i % 5}/{i}"), $"{i}");
                }
            });
        Directory.Delete(watched.PathOf("d"), recursive: true);

        var events = await watched.DoneAsync();

        events.Should().HaveCount(106).And.OnlyContain(one => one.Kind == AuditEventKind.Deleted);
        events.Where(one => one.ItemType == ItemType.File).Should().OnlyContain(one => one.Sha256 == Content.Sha256(Path.GetFileName(one.RelativePath)));
    }

    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task What_is_in_a_directory_that_is_moved_in_is_discovered(ChangeSourceKind source)
    {
        await TestSources.SkipUnlessUsableAsync(source);
        await using var watched = await WatchedDirectory.StartAsync(
            before =>
            {
                Directory.CreateDirectory(Path.Join(before.Outside, "a/b/c"));
                File.WriteAllText(Path.Join(before.Outside, "a/b/c/f"), "one");
            },
            options => options.Source = source);

        Directory.Move(Path.Join(watched.Outside, "a"), watched.PathOf("a"));
        var events = await watched.SettledAsync();

        // A source that compares names all that it finds.
        var below = source == ChangeSourceKind.Polling ? AuditEventOrigin.Live : AuditEventOrigin.Discovered;
        events.Select(one => (one.RelativePath, one.Origin)).Should().Equal(("a", AuditEventOrigin.Live), ("a/b", below), ("a/b/c", below), ("a/b/c/f", below));
    }

    [Fact]
    public async Task Every_directory_of_a_path_made_at_once_is_told_every_time()
    {
        const int Runs = 200;

        // A machine that stalls between the two system calls of a write must not make two changes of it.
        await using var watched = await WatchedDirectory.StartAsync(configure: options => options.Debounce.QuietPeriod = TimeSpan.FromSeconds(2));
        for (var run = 0; run < Runs; run++)
        {
            Directory.CreateDirectory(watched.PathOf($"{run}/2/3/4/5/6/7/8/9"));
            await File.WriteAllTextAsync(watched.PathOf($"{run}/2/3/4/5/6/7/8/9/f"), "one", TestContext.Current.CancellationToken);
        }

        var events = await watched.DoneAsync();

        events.Should().HaveCount(Runs * 10).And.OnlyContain(one => one.Kind == AuditEventKind.Created);
        events.Select(one => one.RelativePath).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public async Task What_came_and_went_is_counted()
    {
        await using var watched = await WatchedDirectory.StartAsync(configure: WatchedDirectory.OneWindow);
        await File.WriteAllTextAsync(watched.PathOf("f"), "one", TestContext.Current.CancellationToken);
        File.Delete(watched.PathOf("f"));

        (await watched.DoneAsync()).Should().BeEmpty();

        watched.Monitor.GetHealth().Counters.Transient.Should().Be(1);
    }

    [Fact]
    public async Task What_came_and_went_is_told_when_that_is_asked_for()
    {
        await using var watched = await WatchedDirectory.StartAsync(configure: options =>
        {
            WatchedDirectory.OneWindow(options);
            options.Report.Transients = true;
        });
        await File.WriteAllTextAsync(watched.PathOf("f"), "one", TestContext.Current.CancellationToken);
        File.Delete(watched.PathOf("f"));

        var events = await watched.DoneAsync();

        events.Select(one => (one.Kind, one.RelativePath)).Should().Equal((AuditEventKind.Created, "f"), (AuditEventKind.Deleted, "f"));
        events.Should().OnlyContain(one => one.ChecksumStatus == ChecksumStatus.Vanished);
    }

    [Fact]
    public async Task An_ignored_tree_says_nothing()
    {
        await using var watched = await WatchedDirectory.StartAsync(
            before => Directory.CreateDirectory(before.PathOf("node_modules/deep")),
            options =>
            {
                options.Report.Baseline = false;
                options.Roots[0].Ignore.Add("node_modules/");
            });
        await File.WriteAllTextAsync(watched.PathOf("node_modules/deep/f"), "one", TestContext.Current.CancellationToken);
        Directory.CreateDirectory(watched.PathOf("node_modules/new"));
        await File.WriteAllTextAsync(watched.PathOf("kept"), "one", TestContext.Current.CancellationToken);

        var events = await watched.DoneAsync(replays: false);

        events.Select(one => one.RelativePath).Should().Equal("kept");
    }

    [Fact]
    public async Task A_file_that_is_written_without_pause_is_told_at_the_maximum_delay()
    {
        await using var watched = await WatchedDirectory.StartAsync(
            configure: options => options.Debounce.QuietPeriod = options.Debounce.MaxDelay = TimeSpan.FromMilliseconds(500));
        using var enough = new CancellationTokenSource();
        var writing = Task.Run(
            () =>
            {
                while (!enough.IsCancellationRequested)
                {
                    File.AppendAllText(watched.PathOf("f"), "more");
                }
            },
            TestContext.Current.CancellationToken);
        await watched.UntilAsync(events => events.Count(one => one.RelativePath == "f") == 3, "third event of a file that is always written");
        await enough.CancelAsync();
        await writing;

        var events = await watched.DoneAsync();

        // A source that stands still for a tenth of a second, as it does on a busy machine, finds the kernel's queue full: that is said.
        var gaps = events.Where(one => one.Kind == AuditEventKind.Gap).ToList();
        gaps.Where(one => one.Gap?.Cause != GapCause.SourceOverflow).Should().BeEmpty();
        gaps.Count(one => one.Gap?.Phase == GapPhase.Opened).Should().Be(gaps.Count(one => one.Gap?.Phase == GapPhase.Closed));
        events = [.. events.Except(gaps)];

        // On a machine that is busy it is told openly without its checksum when it is not read within the maximum delay, either.
        events.Where(one => one.ChecksumStatus is not (ChecksumStatus.Computed or ChecksumStatus.Unstable or ChecksumStatus.Pending)).Should().BeEmpty();
        events.Where(one => one.Origin == AuditEventOrigin.Live && one.Hints == 0).Should().BeEmpty();
        events[^1].Sha256.Should().Be(Content.Sha256(await File.ReadAllBytesAsync(watched.PathOf("f"), TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task A_save_is_one_change_though_the_file_is_another_one_afterwards()
    {
        await using var watched = await WatchedDirectory.StartAsync(
            before => File.WriteAllText(before.PathOf("f"), "one"), WatchedDirectory.OneWindow);
        await File.WriteAllTextAsync(watched.PathOf("f.tmp"), "two", TestContext.Current.CancellationToken);
        File.Move(watched.PathOf("f.tmp"), watched.PathOf("f"), overwrite: true);

        var saved = (await watched.DoneAsync()).Should().ContainSingle().Which;

        var before = watched.Events.Single(one => one is { Kind: AuditEventKind.Baseline, RelativePath: "f" });
        saved.FileId.Should().NotBe(before.FileId);
        (saved.PreviousSha256, saved.Sha256).Should().Be((Content.Sha256("one"), Content.Sha256("two")));
        (saved.PreviousSize, saved.Size).Should().Be((3, 3));
    }

    /// <summary>
    /// Once with everything in one debounce window, for what exactly is said; once as it comes, where a stall of the machine may split
    /// what is said, but what is said still adds up to the disk (asserted by the fixture).
    /// </summary>
    private static async Task PlayAsync(string before, string operations, string expected)
    {
        (await PlayAsync(before, operations, WatchedDirectory.OneWindow)).Should().Be(expected);
        await PlayAsync(before, operations, configure: null);
    }

    private static async Task<string> PlayAsync(string before, string operations, Action<FileMonitorOptions>? configure)
    {
        DirectoryScript? script = null;
        await using var watched = await WatchedDirectory.StartAsync(fresh => (script = new DirectoryScript(fresh)).Run(before), configure);
        script!.Run(operations);
        return script.Describe(await watched.DoneAsync());
    }
}
