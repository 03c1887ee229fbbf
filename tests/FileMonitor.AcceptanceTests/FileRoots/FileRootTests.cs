using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests.FileRoots;

/// <summary>One file as a root, on a real disk, with each source: what its path leads to is what is told.</summary>
public sealed class FileRootTests
{
    public static TheoryData<ChangeSourceKind, string> Changes
    {
        get
        {
            var rows = new TheoryData<ChangeSourceKind, string>();
            foreach (var source in TestSources.All)
            {
                foreach (var scenario in FileScenario.All)
                {
                    rows.Add(source.Data, scenario.Name);
                }
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Each_change_is_one_event_of_the_named_path(ChangeSourceKind source, string change)
    {
        await TestSources.SkipUnlessUsableAsync(source);
        var scenario = FileScenario.All.Single(one => one.Name == change);
        await using var watched = await WatchedFile.StartAsync(source, scenario.Kind != AuditEventKind.Created, scenario.Prepare, options =>
            options.Recovery.RootCheckInterval = scenario.NeedsCheck ? TimeSpan.FromMilliseconds(50) : options.Recovery.RootCheckInterval);

        scenario.Change(watched.Home);
        await watched.UntilAsync(count: 1);

        var told = (await watched.SettledAsync()).Should().ContainSingle().Subject;
        (told.Kind, told.Root, told.RelativePath, told.Path).Should().Be((scenario.Kind, watched.Path, "", watched.Path));
        told.Sha256.Should().Be(Content.Sha256(scenario.Content ?? FileScenario.Before));
        told.PreviousSha256.Should().Be(scenario.Kind == AuditEventKind.Modified ? Content.Sha256(FileScenario.Before) : null);
        watched.Monitor.GetHealth().Roots.Single().Source.Should().Be(source.ToString());
    }

    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task Its_directory_that_appears_is_no_file_that_came_and_went(ChangeSourceKind source)
    {
        await TestSources.SkipUnlessUsableAsync(source);
        await using var watched = await WatchedFile.StartAsync(source, hasFile: false, static _ => { }, static options => options.Report.Transients = true);

        Directory.CreateDirectory(Path.GetDirectoryName(watched.Path)!);
        await watched.Monitor.FlushAsync(TestContext.Current.CancellationToken);
        watched.Events.Should().BeEmpty("there was no file");
        FileScenario.Save(watched.Home, FileScenario.File, "1");
        await watched.UntilAsync(count: 1);

        (await watched.SettledAsync()).Select(told => (told.Kind, told.Sha256)).Should().Equal((AuditEventKind.Created, Content.Sha256("1")));
    }

    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task It_is_followed_on_after_each_change(ChangeSourceKind source)
    {
        await TestSources.SkipUnlessUsableAsync(source);
        await using var watched = await WatchedFile.StartAsync(source, hasFile: false, static _ => { });

        // From nothing, through a plain file, to a chain of links, and back to nothing.
        Directory.CreateDirectory(Path.GetDirectoryName(watched.Path)!);
        FileScenario.Save(watched.Home, FileScenario.File, "1");
        await watched.UntilAsync(count: 1);
        File.WriteAllText(Path.Join(watched.Home, "2.json"), "2");
        Relink(watched.Path, "../link.json", other: Path.Join(watched.Home, "link.json"), to: "2.json");
        await watched.UntilAsync(count: 2);
        FileScenario.Save(watched.Home, "2.json", "3");
        await watched.UntilAsync(count: 3);
        File.Delete(watched.Path);
        await watched.UntilAsync(count: 4);
        Directory.Delete(Path.GetDirectoryName(watched.Path)!, recursive: true);
        Directory.CreateDirectory(Path.GetDirectoryName(watched.Path)!);
        FileScenario.Save(watched.Home, FileScenario.File, "5");
        await watched.Monitor.FlushAsync(TestContext.Current.CancellationToken);
        File.WriteAllText(watched.Path, "6");
        await watched.UntilAsync(count: 6);

        (await watched.SettledAsync()).Select(told => (told.Kind, told.Sha256)).Should().Equal(
            (AuditEventKind.Created, Content.Sha256("1")),
            (AuditEventKind.Modified, Content.Sha256("2")),
            (AuditEventKind.Modified, Content.Sha256("3")),
            (AuditEventKind.Deleted, Content.Sha256("3")),
            (AuditEventKind.Created, Content.Sha256("5")),
            (AuditEventKind.Modified, Content.Sha256("6")));
    }

    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task Nothing_else_is_told(ChangeSourceKind source)
    {
        await TestSources.SkipUnlessUsableAsync(source);
        var prepare = FileScenario.All.Single(one => one.Name == "The file behind the link is written").Prepare;
        await using var watched = await WatchedFile.StartAsync(source, hasFile: true, prepare);

        FileScenario.Save(watched.Home, "b.json", "another file");
        FileScenario.Save(watched.Home, "app/other.json", "another file");
        Directory.CreateDirectory(Path.Join(watched.Home, "app", "below"));
        File.WriteAllText(Path.Join(watched.Home, "app", "below", "config.json"), "another file of this name");
        FileScenario.Save(watched.Home, "a.json", FileScenario.Before);
        await watched.SettledAsync();

        watched.Events.Should().BeEmpty("the content behind the path is the same");
    }

    [Fact]
    public async Task A_polled_file_behind_a_link_is_quiet_however_often_its_directories_are_compared()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The change is made with calls of Linux.");
        var scenario = FileScenario.All.Single(one => one.Name.Contains("ConfigMap", StringComparison.Ordinal));
        await using var watched = await WatchedFile.StartAsync(ChangeSourceKind.Polling, hasFile: true, scenario.Prepare, options =>
        {
            options.Debounce.QuietPeriod = TimeSpan.FromSeconds(1);
            options.Debounce.MaxDelay = TimeSpan.FromHours(1);
        });
        scenario.Change(watched.Home);

        await watched.UntilAsync(1);
        watched.Events.Should().ContainSingle().Which.Kind.Should().Be(AuditEventKind.Modified);
    }

    [Fact]
    public async Task What_is_no_regular_file_is_no_file_and_is_never_opened()
    {
        await using var watched = await WatchedFile.StartAsync(WatchedDirectory.Source, hasFile: false, home =>
        {
            Directory.CreateDirectory(Path.Join(home, "app"));
            UnixCalls.MakePipe(Path.Join(home, FileScenario.File));
        });

        watched.Monitor.GetHealth().Degradations.Should().ContainSingle().Which.Should().Be($"'{watched.Path}' leads to something that is neither a file nor a directory.");
        File.Delete(watched.Path);
        Directory.CreateDirectory(watched.Path);
        await watched.SettledAsync();
        watched.Monitor.GetHealth().Degradations.Should().ContainSingle().Which.Should().Be($"'{watched.Path}' leads to a directory, not to a file.");
        Directory.Delete(watched.Path);
        FileScenario.Save(watched.Home, FileScenario.File, "a file");
        await watched.UntilAsync(count: 1);

        (await watched.SettledAsync()).Select(told => told.Kind).Should().Equal(AuditEventKind.Created);
        watched.Monitor.GetHealth().Degradations.Should().BeEmpty();
    }

    [Fact]
    public async Task Links_in_a_circle_are_named_and_not_followed_for_ever()
    {
        await using var watched = await WatchedFile.StartAsync(WatchedDirectory.Source, hasFile: false, home =>
        {
            Directory.CreateDirectory(Path.Join(home, "app"));
            File.CreateSymbolicLink(Path.Join(home, FileScenario.File), "other.json");
            File.CreateSymbolicLink(Path.Join(home, "app", "other.json"), "config.json");
        });

        watched.Monitor.GetHealth().Degradations.Should().ContainSingle().Which.Should().Be($"'{watched.Path}' leads through more than 40 symbolic links, or in a circle.");
        File.Delete(Path.Join(watched.Home, "app", "other.json"));
        File.WriteAllText(Path.Join(watched.Home, "app", "other.json"), "the end");
        await watched.UntilAsync(count: 1);

        (await watched.SettledAsync()).Select(told => (told.Kind, told.Sha256)).Should().Equal((AuditEventKind.Created, Content.Sha256("the end")));
    }

    [Fact]
    public async Task Files_of_one_directory_and_directories_that_they_lead_into_are_roots_side_by_side()
    {
        using var home = new TemporaryDirectory();
        Directory.CreateDirectory(home.PathOf("inbox"));
        File.WriteAllText(home.PathOf("inbox/x"), "1");
        File.CreateSymbolicLink(home.PathOf("one"), "inbox/x");
        await using var monitor = FileSystemMonitor.Create(options =>
        {
            options.AddRoot(home.PathOf("inbox"));
            options.AddFile(home.PathOf("one"));
            options.AddFile(home.PathOf("two"));
            options.Source = WatchedDirectory.Source;
        });
        await monitor.StartAsync(TestContext.Current.CancellationToken);
        await monitor.FlushAsync(TestContext.Current.CancellationToken);

        FileScenario.Save(home.Root, "inbox/x", "2");
        FileScenario.Save(home.Root, "two", "2");
        await monitor.FlushAsync(TestContext.Current.CancellationToken);
        await monitor.StopAsync(TestContext.Current.CancellationToken);

        var told = await monitor.ReadAllAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        told.Where(one => one.Kind != AuditEventKind.Deleted).Select(one => (one.Kind, Path.GetRelativePath(home.Root, one.Root), one.RelativePath)).Should().BeEquivalentTo(
            [(AuditEventKind.Modified, "inbox", "x"), (AuditEventKind.Modified, "one", ""), (AuditEventKind.Created, "two", "")]);
    }

    [Fact]
    public async Task A_file_that_must_exist_is_asked_for_at_the_start()
    {
        using var home = new TemporaryDirectory();
        await using var monitor = FileSystemMonitor.Create(options =>
        {
            options.AddFile(home.PathOf("missing"));
            options.RootsMustExist = true;
        });

        await FluentActions.Awaiting(() => monitor.StartAsync()).Should().ThrowAsync<FileNotFoundException>().WithMessage($"The file '{home.PathOf("missing")}' does not exist*");
    }

    private static void Relink(string path, string target, string other, string to)
    {
        File.CreateSymbolicLink(other, to);
        File.CreateSymbolicLink(path + ".new", target);
        UnixCalls.Rename(path + ".new", path);
    }
}
