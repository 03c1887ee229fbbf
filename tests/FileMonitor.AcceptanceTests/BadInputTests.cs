// Over 300 lines because it is one idea: everything that is not as it should be.
using System.Diagnostics;
using System.Text;
using FileMonitor.Testing;
using FluentAssertions;
using Microsoft.Extensions.Options;
using Xunit;

namespace FileMonitor.AcceptanceTests;

/// <summary>Options, roots, names, files, sinks and readers as they should not be.</summary>
public sealed class BadInputTests
{
    private static readonly string[] Texts = ["new", "plain", "oldmore", "gone", "gonemore", "one"];

    [Fact]
    public void Every_wrong_option_is_named_in_one_message()
    {
        var create = () => FileSystemMonitor.Create(options =>
        {
            options.AddRoot("relative/path").AddRoot("/watched").AddRoot("/watched/inside").AddRoot("").AddRoot("/globs", root => root.Ignore.Add("!kept"));
            options.Debounce.QuietPeriod = TimeSpan.FromSeconds(-1);
            options.Debounce.MaxDelay = TimeSpan.FromSeconds(-2);
            options.ShutdownTimeout = TimeSpan.FromDays(1);
            options.Queue.Capacity = 0;
            options.Checksum.Concurrency = -3;
            options.MaxEventsPerSecond = -4;
        });

        var failures = create.Should().Throw<OptionsValidationException>().Which.Failures.ToList();

        foreach (var named in new[]
        {
            "relative/path", "/watched/inside", "Roots[3]", "!kept", "Debounce.QuietPeriod", "Debounce.MaxDelay", "ShutdownTimeout", "Queue.Capacity",
            "Checksum.Concurrency", "MaxEventsPerSecond",
        })
        {
            failures.Should().Contain(failure => failure.Contains(named, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Options_without_a_root_are_refused() =>
        FluentActions.Invoking(() => FileSystemMonitor.Create(_ => { })).Should().Throw<OptionsValidationException>().WithMessage("*Roots is empty*");

    [Fact]
    public async Task A_root_that_is_missing_or_a_file_is_refused_by_its_name()
    {
        using var home = new TemporaryDirectory();
        await File.WriteAllTextAsync(home.PathOf("file"), "", TestContext.Current.CancellationToken);

        await StartingAt(home.PathOf("missing")).Should().ThrowAsync<DirectoryNotFoundException>().WithMessage($"*{home.PathOf("missing")}*");
        await StartingAt(home.PathOf("file")).Should().ThrowAsync<IOException>().WithMessage($"*{home.PathOf("file")}*");
    }

    [Fact]
    public async Task A_root_that_may_not_be_read_is_refused()
    {
        SkipUnlessPermissionsBind();
        using var home = new TemporaryDirectory();
        Directory.CreateDirectory(home.PathOf("closed"));
        SetMode(home.PathOf("closed"), UnixFileMode.None);
        try
        {
            await StartingAt(home.PathOf("closed")).Should().ThrowAsync<UnauthorizedAccessException>();
        }
        finally
        {
            SetMode(home.PathOf("closed"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Fact]
    public async Task Roots_that_overlap_through_a_link_are_refused()
    {
        SystemLimits.SkipUnlessLinksCanBeMade();
        using var home = new TemporaryDirectory();
        Directory.CreateDirectory(home.PathOf("one/below"));
        Directory.CreateSymbolicLink(home.PathOf("link"), home.PathOf("one/below"));

        await StartingAt(home.PathOf("one"), home.PathOf("link")).Should().ThrowAsync<OverlappingRootsException>().WithMessage("*overlap*");
    }

    [Fact]
    public async Task A_root_that_leads_in_a_circle_is_refused()
    {
        using var home = new TemporaryDirectory();
        Directory.CreateSymbolicLink(home.PathOf("a"), "b");
        Directory.CreateSymbolicLink(home.PathOf("b"), "a");

        await StartingAt(home.PathOf("a")).Should().ThrowAsync<IOException>();
    }

    [Fact]
    public async Task Events_of_a_root_that_is_a_link_name_the_link()
    {
        SystemLimits.SkipUnlessLinksCanBeMade();
        await using var watched = await WatchedDirectory.StartAsync(
            before => Directory.CreateSymbolicLink(before.PathOf("../link"), before.Root),
            options => options.Roots[0].Path = Path.Join(Path.GetDirectoryName(options.Roots[0].Path), "link"));
        await WriteAsync(watched, "f", "one");

        var created = (await watched.DoneAsync()).Should().ContainSingle().Which;

        created.Path.Should().EndWith("/link/f");
        created.Sha256.Should().Be(Content.Sha256("one"));
    }

    [Theory]
    [InlineData("new\nline")]
    [InlineData("bell\a\u001b[31mred")]
    [InlineData("back\\slash and \"quote\"")]
    [InlineData(" spaces ")]
    [InlineData("-rf")]
    [InlineData("ünïcödé-😀-\u202e")]
    [InlineData("e\u0301")]
    public async Task Names_of_any_kind_are_told_as_they_are(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such names.");
        await using var watched = await WatchedDirectory.StartAsync(before => Directory.CreateDirectory(before.PathOf(name)));
        await WriteAsync(watched, $"{name}/{name}", "one");

        var created = (await watched.DoneAsync()).Should().ContainSingle().Which;

        created.RelativePath.Should().Be($"{name}/{name}");
        created.RelativePathBytes.Should().BeNull();
        created.Sha256.Should().Be(Content.Sha256("one"));
    }

    [Theory]
    [MemberData(nameof(TestSources.Listening), MemberType = typeof(TestSources))]
    public async Task Names_that_are_not_utf8_are_told_with_their_bytes(ChangeSourceKind source)
    {
        await using var watched = await StartInTreeOfBadNamesAsync(source);
        Shell(watched, """
            printf new > "$(printf 'sub/new\377')"
            mv sub/plain "$(printf 'sub/renamed\377')"
            printf more >> "$(printf 'sub/old\377')"
            """);

        var events = await watched.DoneAsync(replays: false);

        events.Where(one => one.Kind != AuditEventKind.Gap).Select(Describe).Should().BeEquivalentTo(
            "Created sub/new<FF> new",
            "Renamed sub/renamed<FF> plain",
            "Modified sub/old<FF> oldmore");
        var gaps = events.Where(one => one.Kind == AuditEventKind.Gap && one.RelativePath == "sub").Select(one => one.Gap?.Cause).Distinct();
        gaps.Should().Equal(source == ChangeSourceKind.FileSystemWatcher ? [GapCause.IncompleteHint] : Array.Empty<GapCause?>());
    }

    [Theory]
    [MemberData(nameof(TestSources.Listening), MemberType = typeof(TestSources))]
    public async Task A_rename_to_a_name_that_is_not_utf8_is_found_in_its_directory(ChangeSourceKind source)
    {
        await using var watched = await StartInTreeOfBadNamesAsync(source);
        Shell(watched, """mv sub/plain "$(printf 'sub/renamed\377')" """);

        var events = await watched.DoneAsync(replays: false);

        events.Where(one => one.Kind != AuditEventKind.Gap).Select(Describe).Should().BeEquivalentTo("Renamed sub/renamed<FF> plain");
    }

    [Fact]
    public async Task A_directory_whose_name_is_not_utf8_comes_and_goes_and_is_said_not_to_be_watched()
    {
        await using var watched = await StartInTreeOfBadNamesAsync(ChangeSourceKind.FileSystemWatcher);
        Shell(watched, """
            mkdir "$(printf 'x\377')"
            rm -r "$(printf 'dir\376')"
            """);

        var events = await watched.DoneAsync(replays: false);

        events.Where(one => one.Kind != AuditEventKind.Gap).Select(Describe).Should().BeEquivalentTo(
            "Created x<FF> ", "Deleted dir<FE>/gone gone", "Deleted dir<FE> ");
        // Of the one that is gone the gap may be closed before the stop, or not.
        watched.Events.Where(one => one.Gap is { Cause: GapCause.PartialCoverage, Phase: GapPhase.Opened }).Select(one => one.RelativePath).Should().BeEquivalentTo("dir\udcfe", "x\udcff");
    }

    [Theory]
    [MemberData(nameof(TestSources.Native), MemberType = typeof(TestSources))]
    public async Task A_directory_whose_name_is_not_utf8_is_watched_by_who_asks_the_kernel(ChangeSourceKind source)
    {
        await using var watched = await StartInTreeOfBadNamesAsync(source, WatchedDirectory.OneWindow);
        Shell(watched, """
            mkdir "$(printf 'x\377')"
            printf new > "$(printf 'x\377/f')"
            printf more >> "$(printf 'dir\376/gone')"
            mv "$(printf 'dir\376')" "$(printf 'moved\375')"
            """);
        await watched.FlushAsync();
        Shell(watched, """printf one > "$(printf 'moved\375/late')" """);

        var events = await watched.DoneAsync(replays: false);

        events.Select(Describe).Should().BeEquivalentTo(
            "Created x<FF> ", "Created x<FF>/f new", "Renamed moved<FD> ", "Modified moved<FD>/gone gonemore", "Created moved<FD>/late one");
        watched.Monitor.GetHealth().Degradations.Should().BeEmpty();
    }

    [Fact]
    public async Task Paths_longer_than_260_characters_are_watched()
    {
        var deep = string.Join('/', Enumerable.Repeat(new string('d', 60), 8));
        await using var watched = await WatchedDirectory.StartAsync(before => Directory.CreateDirectory(before.PathOf(deep)));
        await WriteAsync(watched, $"{deep}/f", "one");

        (await watched.DoneAsync()).Should().ContainSingle().Which.RelativePath.Should().Be($"{deep}/f");
    }

    [Fact]
    public async Task Paths_that_reach_the_limit_of_the_system_are_watched()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The limit of 4,096 bytes is Linux's.");
        var names = new List<string>();
        await using var watched = await WatchedDirectory.StartAsync(before =>
        {
            while (before.PathOf(string.Join('/', names)).Length < 3_800)
            {
                names.Add(new string((char)('a' + (names.Count % 26)), 200));
            }

            Directory.CreateDirectory(before.PathOf(string.Join('/', names)));
        });
        var directory = string.Join('/', names);
        var longest = $"{directory}/{new string('f', 4_094 - watched.PathOf(directory).Length)}";
        watched.PathOf(longest).Should().HaveLength(4_095, "the 4,096th byte is the zero at the end");
        await WriteAsync(watched, longest, "one");

        var created = (await watched.DoneAsync()).Should().ContainSingle().Which;

        created.RelativePath.Should().Be(longest);
        created.Sha256.Should().Be(Content.Sha256("one"));
    }

    [Fact]
    public async Task Files_that_vanish_while_they_are_looked_at_are_no_error()
    {
        await using var watched = await WatchedDirectory.StartAsync(configure: options => options.Debounce.QuietPeriod = TimeSpan.Zero);
        for (var i = 0; i < 300; i++)
        {
            await WriteAsync(watched, $"{i % 3}", $"{i}");
            File.Delete(watched.PathOf($"{i % 3}"));
        }

        var events = await watched.DoneAsync();

        events.Should().NotContain(one => one.Kind == AuditEventKind.Gap);
    }

    [Fact]
    public async Task A_file_that_may_not_be_read_is_told_without_checksum()
    {
        SkipUnlessPermissionsBind();
        await using var watched = await WatchedDirectory.StartAsync();
        await WriteAsync(watched, "../outside/f", "one");
        SetMode(watched.PathOf("../outside/f"), UnixFileMode.None);
        File.Move(watched.PathOf("../outside/f"), watched.PathOf("f"));

        var created = (await watched.DoneAsync(replays: false)).Should().ContainSingle().Which;

        (created.Kind, created.ChecksumStatus, created.Sha256, created.Size).Should().Be((AuditEventKind.Created, ChecksumStatus.Unreadable, null, 3));
        created.Detail.Should().NotBeNullOrEmpty();
    }

    [Theory]
    [MemberData(nameof(TestSources.Listening), MemberType = typeof(TestSources))]
    public async Task A_directory_that_is_closed_is_told_once_and_nothing_in_it_counts_as_deleted(ChangeSourceKind source)
    {
        SkipUnlessPermissionsBind();
        await TestSources.SkipUnlessUsableAsync(source);
        await using var watched = await WatchedDirectory.StartAsync(before =>
        {
            Directory.CreateDirectory(before.PathOf("closed"));
            File.WriteAllText(before.PathOf("closed/f"), "one");
            SetMode(before.PathOf("closed"), UnixFileMode.None);
        }, options =>
        {
            options.Source = source;
            options.Report.Baseline = false;
        });
        await WriteAsync(watched, "beside", "two");

        var events = await watched.DoneAsync(replays: false);

        events.Select(one => $"{one.Kind} {one.RelativePath} {one.Gap?.Cause}").Should().BeEquivalentTo(
            "Gap closed Inaccessible", "Created beside ");
        var health = watched.Monitor.GetHealth();
        health.OpenGaps.Should().ContainSingle().Which.Should().BeEquivalentTo(new { Cause = GapCause.Inaccessible, RelativePath = "closed" });
        health.Counters.SourceRestarts.Should().Be(0, "a restart would find the same directory again, and restart for ever");
    }

    [Theory]
    [MemberData(nameof(TestSources.Listening), MemberType = typeof(TestSources))]
    public async Task A_directory_that_was_closed_when_the_watcher_was_armed_is_watched_once_it_is_open(ChangeSourceKind source)
    {
        SkipUnlessPermissionsBind();
        await TestSources.SkipUnlessUsableAsync(source);
        await using var watched = await WatchedDirectory.StartAsync(before =>
        {
            Directory.CreateDirectory(before.PathOf("closed"));
            SetMode(before.PathOf("closed"), UnixFileMode.None);
        }, options =>
        {
            options.Source = source;
            options.Report.Baseline = false;
            options.Polling.Interval = TimeSpan.FromMilliseconds(100);
        });
        SetMode(watched.PathOf("closed"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await watched.UntilAsync(one => one.Gap is { Cause: GapCause.Inaccessible, Phase: GapPhase.Closed }, "end of the gap");

        await WriteAsync(watched, "closed/f", "one");

        (await watched.UntilAsync(one => one.RelativePath == "closed/f", "file in it")).Origin.Should().Be(AuditEventOrigin.Live);
        watched.Monitor.GetHealth().Degradations.Should().BeEmpty();
    }

    [Fact]
    public async Task Pipes_are_told_and_never_opened()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "mkfifo is Unix.");
        await using var watched = await WatchedDirectory.StartAsync(before => Shell(before, "mkfifo there"));
        Shell(watched, "mkfifo made; mv there moved");

        var events = await watched.DoneAsync(replays: false);

        events.Select(one => $"{one.Kind} {one.RelativePath} {one.ItemType} {one.ChecksumStatus}").Should().BeEquivalentTo(
            "Created made Other NotApplicable", "Renamed moved Other NotApplicable");
    }

    [Fact]
    public async Task Links_in_circles_and_out_of_the_root_are_never_followed()
    {
        SystemLimits.SkipUnlessLinksCanBeMade();
        await using var watched = await WatchedDirectory.StartAsync(before =>
        {
            Directory.CreateSymbolicLink(before.PathOf("up"), "..");
            Directory.CreateSymbolicLink(before.PathOf("self"), "self");
            File.WriteAllText(Path.Join(before.Outside, "secret"), "one");
        });
        Directory.CreateDirectory(watched.PathOf("d"));
        Directory.CreateSymbolicLink(watched.PathOf("d/loop"), watched.Root);
        Directory.CreateSymbolicLink(watched.PathOf("d/out"), watched.Outside);
        await WriteAsync(watched, "d/out/through", "two");

        var events = await watched.DoneAsync();

        events.Select(one => $"{one.Kind} {one.RelativePath} {one.ItemType}").Should().BeEquivalentTo(
            "Created d Directory", "Created d/loop SymbolicLink", "Created d/out SymbolicLink");
        events.Single(one => one.RelativePath == "d/out").LinkTarget.Should().Be(watched.Outside);
    }

    [Fact]
    public async Task A_sink_that_throws_holds_nobody_up_and_is_told()
    {
        var sink = new CapturingSink { FailWith = new InvalidDataException("The sink is full.") };
        await using var watched = await WatchedDirectory.StartAsync(
            configure: options => options.Sinks.Retries = 0, components: components => components.AddSink(sink, name: "broken"));
        await WriteAsync(watched, "f", "one");

        await watched.UntilAsync(one => one.RelativePath == "f", "event past a sink that throws");
        await watched.UntilAsync(one => one.Gap?.Cause == GapCause.SinkFailed, "gap about the sink");

        var events = await watched.DoneAsync();
        events.Where(one => one.Kind == AuditEventKind.Gap).Should().OnlyContain(one => one.Detail!.Contains("broken"));
        var health = watched.Monitor.GetHealth();
        health.Sinks.Should().ContainSingle().Which.Dropped.Should().BePositive();
        health.Degradations.Should().Contain(one => one.Contains("broken", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_sink_that_hangs_holds_neither_readers_nor_the_stop_up()
    {
        var sink = new CapturingSink { HoldUntil = new TaskCompletionSource().Task };
        await using var watched = await WatchedDirectory.StartAsync(
            configure: options => options.ShutdownTimeout = TimeSpan.FromMilliseconds(500), components: components => components.AddSink(sink));
        await WriteAsync(watched, "f", "one");

        await watched.UntilAsync(one => one.RelativePath == "f", "event past a sink that hangs");

        (await watched.DoneAsync()).Where(one => one.Kind != AuditEventKind.Gap).Should().ContainSingle();
        watched.Monitor.GetHealth().Sinks.Should().ContainSingle().Which.Dropped.Should().BePositive();
    }

    [Fact]
    public async Task A_reader_that_never_reads_holds_others_up_only_once_and_hears_what_it_missed()
    {
        await using var watched = await WatchedDirectory.StartAsync(configure: options =>
        {
            options.Report.Baseline = false;
            options.Readers.BufferCapacity = 4;
            options.Readers.Patience = TimeSpan.FromMilliseconds(1);
        });

        // The fixture reads all the time, but nothing guarantees it the processor: only what this reader is told is looked at.
        var late = watched.Monitor.ReadAllAsync(TestContext.Current.CancellationToken);
        for (var i = 0; i < 100; i++)
        {
            await WriteAsync(watched, $"{i}", "one");
        }

        await UntilSkippedAsync(watched);
        await watched.Monitor.StopAsync(TestContext.Current.CancellationToken);
        var events = await late.ToListAsync(TestContext.Current.CancellationToken);

        var gap = events.Should().ContainSingle(one => one.Kind == AuditEventKind.Gap).Which;
        gap.Gap!.Cause.Should().Be(GapCause.ReaderTooSlow);
        gap.Gap.FirstSequence.Should().Be(events.TakeWhile(one => one != gap).Last().Sequence + 1);
        gap.Gap.Lost.Should().Be(gap.Gap.LastSequence - gap.Gap.FirstSequence + 1);
        watched.Monitor.GetHealth().Counters.Balances.Should().BeTrue();
    }

    [Fact]
    public async Task Nobody_who_reads_at_all_keeps_a_stop_within_its_timeout()
    {
        using var home = new TemporaryDirectory();
        await using var monitor = FileSystemMonitor.Create(options =>
        {
            options.AddRoot(home.Root);
            options.Debounce.QuietPeriod = TimeSpan.Zero;
            options.Readers.BufferCapacity = 1;
            options.Readers.Patience = TimeSpan.FromHours(1);
            options.ShutdownTimeout = TimeSpan.FromMilliseconds(100);
        });
        await monitor.StartAsync(TestContext.Current.CancellationToken);
        for (var i = 0; i < 50; i++)
        {
            await File.WriteAllTextAsync(home.PathOf($"{i}"), "one", TestContext.Current.CancellationToken);
        }

        await monitor.StopAsync(TestContext.Current.CancellationToken).WaitAsync(WatchedDirectory.Deadline, TestContext.Current.CancellationToken);

        var counters = monitor.GetHealth().Counters;
        counters.Balances.Should().BeTrue();
        counters.Pending.Should().Be(0, "what is cut off is counted, too");
    }

    [Fact]
    public async Task A_reader_is_enumerated_once()
    {
        await using var watched = await WatchedDirectory.StartAsync();
        var reader = watched.Monitor.ReadAllAsync(TestContext.Current.CancellationToken);
        await watched.Monitor.StopAsync(TestContext.Current.CancellationToken);
        await reader.ToListAsync(TestContext.Current.CancellationToken);

        await FluentActions.Awaiting(() => reader.ToListAsync(TestContext.Current.CancellationToken).AsTask()).Should().ThrowAsync<InvalidOperationException>();
    }

    private static Func<Task> StartingAt(params string[] roots) => async () =>
    {
        await using var monitor = FileSystemMonitor.Create(options =>
        {
            options.RootsMustExist = true;
            roots.ToList().ForEach(root => options.AddRoot(root));
        });
        await monitor.StartAsync();
    };

    private static async Task WriteAsync(WatchedDirectory watched, string path, string content) =>
        await File.WriteAllTextAsync(watched.PathOf(path), content);

    private static Task UntilSkippedAsync(WatchedDirectory watched) => Task.Run(async () =>
    {
        using var deadline = new CancellationTokenSource(WatchedDirectory.Deadline);
        while (watched.Monitor.GetHealth().Readers.All(reader => reader.Skipped == 0))
        {
            deadline.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    });

    /// <summary>
    /// .NET cannot write such names; the shell can. Nor can FileSystemWatcher watch a directory that has one: what happens in it later is not
    /// heard of.
    /// </summary>
    private static async Task<WatchedDirectory> StartInTreeOfBadNamesAsync(ChangeSourceKind source, Action<FileMonitorOptions>? configure = null)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has names that are not UTF-8.");
        await TestSources.SkipUnlessUsableAsync(source);
        var watched = await WatchedDirectory.StartAsync(
            before => Shell(before, """
                mkdir sub "$(printf 'dir\376')"
                printf plain > sub/plain
                printf old > "$(printf 'sub/old\377')"
                printf gone > "$(printf 'dir\376/gone')"
                """),
            options =>
            {
                options.Source = source;
                configure?.Invoke(options);
            },
            waitsForBaseline: false);
        await watched.UntilAsync(events => events.Count(one => one.Kind == AuditEventKind.Baseline) == 5, "five events of the baseline");
        return watched;
    }

    private static void Shell(WatchedDirectory watched, string commands)
    {
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-ec", commands]) { WorkingDirectory = watched.Root })!;
        shell.WaitForExit();
        shell.ExitCode.Should().Be(0);
    }

    private static string Describe(AuditEvent one)
    {
        var path = new StringBuilder();
        foreach (var character in one.RelativePath)
        {
            _ = character is >= '\uDC80' and <= '\uDCFF' ? path.Append(FormattableString.Invariant($"<{character - 0xDC00:X2}>")) : path.Append(character);
        }

        if (one.RelativePath.Any(char.IsSurrogate))
        {
            Encoding.Latin1.GetString(Convert.FromBase64String(one.RelativePathBytes!)).Should().Be(string.Concat(one.RelativePath.Select(character => (char)(byte)character)));
        }

        var text = Texts.SingleOrDefault(text => Content.Sha256(text) == one.Sha256);
        return $"{one.Kind} {path} {text}";
    }

    private static void SkipUnlessPermissionsBind() =>
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "Permission bits do not bind this user.");

    private static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, mode);
        }
    }
}
