using System.Globalization;
using FileMonitor.Testing;
using FluentAssertions;
using Microsoft.Extensions.Options;
using Xunit;

namespace FileMonitor.AcceptanceTests;

/// <summary>Roots that come and go while the monitor runs, on the real disk, with every source.</summary>
public sealed class RunTimeRootTests : IAsyncDisposable
{
    private readonly TemporaryDirectory _home = new();
    private readonly CapturingSink _seen = new();
    private readonly string _first;
    private readonly string _second;
    private FileSystemMonitor? _monitor;

    public RunTimeRootTests()
    {
        _first = Directory.CreateDirectory(Path.Join(_home.Root, "first")).FullName;
        _second = Directory.CreateDirectory(Path.Join(_home.Root, "second")).FullName;
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private FileSystemMonitor Monitor => _monitor!;

    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task What_is_in_an_added_root_is_its_baseline_and_what_happens_then_is_reported(ChangeSourceKind source)
    {
        await StartAsync(source);
        Write("d/old", "1");

        var added = await Monitor.AddRootAsync(_second, root => (root.Report.Baseline, root.Checksum.Baseline) = (true, true), Token);
        await UntilToldAsync(one => one is { Kind: AuditEventKind.Baseline, RelativePath: "d/old" });
        Write("d/old", "2");
        Write("d/new", "3");
        File.WriteAllText(Path.Join(_first, "other"), "4");
        await Monitor.FlushAsync(Token);

        Told().Should().BeEquivalentTo("Baseline d/old", "Modified d/old", "Created d/new", "Created other");
        _seen.Events.Single(one => one is { RelativePath: "d/old", Kind: AuditEventKind.Modified }).PreviousSha256.Should().Be(Content.Sha256("1"u8.ToArray()));
        added.IsComplete.Should().BeTrue();
        Monitor.GetHealth().Roots.Select(root => $"{root.Path} {root.Source} {root.IsAvailable}").Should().Equal($"{_first} {source} True", $"{_second} {source} True");
    }

    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task Of_a_removed_root_everything_before_is_reported_and_nothing_after(ChangeSourceKind source)
    {
        await StartAsync(source);
        await Monitor.AddRootAsync(_second, cancellationToken: Token);
        Write("before", "1");

        var removed = await Monitor.RemoveRootAsync(_second, Token);
        Write("after", "2");
        File.Delete(Path.Join(_second, "before"));
        File.WriteAllText(Path.Join(_first, "other"), "3");
        await Monitor.FlushAsync(Token);

        Told().Should().Equal("Created before", "Created other");
        removed.IsComplete.Should().BeTrue("{0}", string.Join(' ', removed.Degradations.Concat(removed.NotReached)));
        Monitor.GetHealth().Roots.Select(root => root.Path).Should().Equal(_first);
        Monitor.GetHealth().KnownItems.Should().Be(1);
        (await Monitor.VerifyAsync(cancellationToken: Token)).DifferenceCount.Should().Be(0);
    }

    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task Roots_come_and_go_under_writers_and_no_event_is_missing_or_invented(ChangeSourceKind source)
    {
        await StartAsync(source);
        for (var round = 0; round < 4; round++)
        {
            Fill(round);
            var events = _seen.Events.Count;
            using var enough = new CancellationTokenSource();
            var writing = Task.Run(() => WriteRandomly(round, enough.Token), Token);
            await Monitor.AddRootAsync(_second, root => (root.Report.Baseline, root.Checksum.Baseline) = (true, true), Token);
            await UntilToldAsync(all => all.Count > events + 100);
            await enough.CancelAsync();
            await writing;

            await Monitor.FlushAsync(Token);
            var told = TreeReplay.Of([.. _seen.Events.Skip(events).Where(one => one.Root == _second)]);
            told.Should().Equal(DiskTree.Read(_second), "round {0} of {1}", round, WatchedDirectory.Describe([.. _seen.Events.Skip(events)]));

            var removing = Task.Run(() => WriteRandomly(round + 100, CancellationToken.None, steps: 200), Token);
            var removed = await Monitor.RemoveRootAsync(_second, Token);
            await removing;
            await Monitor.FlushAsync(Token);
            _seen.Events.Where(one => one.Root == _second).Should().OnlyContain(one => one.Sequence <= removed.Sequence);
        }

        await Monitor.StopAsync(Token);
        var counters = Monitor.GetHealth().Counters;
        counters.Balances.Should().BeTrue();
        counters.Pending.Should().Be(0);
        _seen.Events.Select(one => one.Sequence).Should().Equal(Enumerable.Range(1, _seen.Events.Count).Select(number => (long)number));
    }

    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task A_root_that_is_missing_is_waited_for_and_a_removed_one_is_no_longer(ChangeSourceKind source)
    {
        await StartAsync(source, options => options.Recovery.RootCheckInterval = TimeSpan.FromMilliseconds(50));
        var missing = Path.Join(_home.Root, "missing");
        await Monitor.AddRootAsync(missing, cancellationToken: Token);
        (await UntilToldAsync(one => one.Kind == AuditEventKind.RootLost)).Root.Should().Be(missing);

        Directory.CreateDirectory(missing);
        await UntilToldAsync(one => one.Kind == AuditEventKind.RootRestored);
        File.WriteAllText(Path.Join(missing, "f"), "1");
        await UntilToldAsync(one => one is { Kind: AuditEventKind.Created, RelativePath: "f" });

        Directory.Delete(missing, recursive: true);
        await UntilToldAsync(all => all.Count(one => one.Kind == AuditEventKind.RootLost) == 2 && all[^1].Kind == AuditEventKind.Gap);
        await Monitor.RemoveRootAsync(missing, Token);

        Monitor.GetHealth().OpenGaps.Should().BeEmpty();
        _seen.Events[^1].Should().Match<AuditEvent>(one => one.Gap!.Phase == GapPhase.Closed && one.Detail!.Contains("removed"));
    }

    [Fact]
    public async Task A_file_is_added_and_removed_like_a_directory()
    {
        await StartAsync(ChangeSourceKind.Auto);
        var file = Path.Join(_second, "config.json");
        File.WriteAllText(file, "1");

        await Monitor.AddRootAsync(file, root => (root.IsFile, root.Report.Baseline) = (true, true), Token);
        await UntilToldAsync(one => one.Root == file);
        File.WriteAllText(file, "2");
        await Monitor.FlushAsync(Token);
        var modified = await UntilToldAsync(one => one.Root == file && one.Kind != AuditEventKind.Baseline);
        await Monitor.RemoveRootAsync(file, Token);
        File.Delete(file);
        await Monitor.FlushAsync(Token);

        (modified.Kind, modified.RelativePath, modified.PreviousSha256).Should().Be((AuditEventKind.Modified, "", Content.Sha256("1"u8.ToArray())));
        _seen.Events.Should().HaveCount(2);
    }

    [Fact]
    public async Task What_cannot_be_a_root_is_refused_and_changes_nothing()
    {
        await StartAsync(ChangeSourceKind.Auto);
        var link = Path.Join(_home.Root, "link");
        Directory.CreateSymbolicLink(link, _first);

        await Refused<OptionsValidationException>(_first, "is the same directory as");
        await Refused<OptionsValidationException>(Path.Join(_first, "in"), "is inside");
        await Refused<OptionsValidationException>(_home.Root, "contains");
        await Refused<OptionsValidationException>("relative", "is not absolute");
        await Refused<OverlappingRootsException>(link, "overlap once links are resolved");
        await Monitor.Invoking(it => it.RemoveRootAsync(_second, Token)).Should().ThrowAsync<ArgumentException>().WithMessage("*is no root of the monitor*");

        Monitor.GetHealth().Roots.Should().ContainSingle();
        await Monitor.AddRootAsync(_second, cancellationToken: Token);
        await Monitor.RemoveRootAsync(_first, Token);
        await Monitor.AddRootAsync(Directory.CreateDirectory(Path.Join(_first, "in")).FullName, cancellationToken: Token);
        Monitor.GetHealth().Roots.Should().HaveCount(2);

        async Task Refused<T>(string path, string why)
            where T : Exception => await Monitor.Invoking(it => it.AddRootAsync(path, cancellationToken: Token)).Should().ThrowAsync<T>().WithMessage($"*{why}*");
    }

    [Fact]
    public async Task Only_a_monitor_that_runs_takes_roots()
    {
        await using var monitor = FileSystemMonitor.Create(options => options.AddRoot(_first));
        await monitor.Invoking(it => it.AddRootAsync(_second, cancellationToken: Token)).Should().ThrowAsync<InvalidOperationException>();

        await monitor.StartAsync(Token);
        await monitor.StopAsync(Token);

        await monitor.Invoking(it => it.RemoveRootAsync(_first, Token)).Should().ThrowAsync<InvalidOperationException>();
    }

    [Fact]
    public async Task All_roots_may_be_removed()
    {
        await StartAsync(ChangeSourceKind.Auto);

        await Monitor.RemoveRootAsync(_first, Token);
        File.WriteAllText(Path.Join(_first, "f"), "1");
        (await Monitor.FlushAsync(Token)).IsComplete.Should().BeTrue();
        await Monitor.AddRootAsync(_first, cancellationToken: Token);
        File.WriteAllText(Path.Join(_first, "g"), "1");
        await Monitor.FlushAsync(Token);

        Told().Should().Equal("Created g");
    }

    public async ValueTask DisposeAsync()
    {
        if (_monitor is not null)
        {
            await _monitor.DisposeAsync();
        }

        _home.Dispose();
    }

    private async Task StartAsync(ChangeSourceKind source, Action<FileMonitorOptions>? configure = null)
    {
        if (source != ChangeSourceKind.Auto)
        {
            await TestSources.SkipUnlessUsableAsync(source);
        }

        _monitor = FileSystemMonitor.Create(
            options =>
            {
                options.AddRoot(_first);
                options.Source = source;
                options.Debounce.QuietPeriod = TimeSpan.FromMilliseconds(50);
                options.Polling.Interval = TimeSpan.FromMilliseconds(50);
                configure?.Invoke(options);
            },
            components => components.AddSink(_seen, SinkPromise.Required, "seen"));
        await _monitor.StartAsync(Token);
    }

    private IEnumerable<string> Told() => _seen.Events.Where(one => one.ItemType != ItemType.Directory).Select(one => $"{one.Kind} {one.RelativePath}");

    private async Task<AuditEvent> UntilToldAsync(Func<AuditEvent, bool> wanted) => (await UntilToldAsync(all => all.Any(wanted))).First(wanted);

    private async Task<IReadOnlyList<AuditEvent>> UntilToldAsync(Func<IReadOnlyList<AuditEvent>, bool> wanted)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(WatchedDirectory.Deadline);
        return await _seen.WaitForAsync(wanted, deadline.Token);
    }

    private void Write(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Join(_second, path))!);
        File.WriteAllText(Path.Join(_second, path), content);
    }

    private void Fill(int round)
    {
        for (var file = 0; file < 40; file++)
        {
            Write(string.Create(CultureInfo.InvariantCulture, $"d{file % 4}/f{file % 7}"), string.Create(CultureInfo.InvariantCulture, $"{round} {file}"));
        }
    }

    /// <summary>What programs do, in few names, so that they are used again.</summary>
    private void WriteRandomly(int seed, CancellationToken enough, int steps = int.MaxValue)
    {
        var random = new Random(seed);
        for (var step = 0; step < steps && !enough.IsCancellationRequested; step++)
        {
            try
            {
                switch (random.Next(8))
                {
                    case < 4:
                        Write(AFile(), string.Create(CultureInfo.InvariantCulture, $"{seed} {step}"));
                        break;
                    case 4:
                        File.Move(Path.Join(_second, AFile()), Path.Join(_second, AFile()), overwrite: true);
                        break;
                    case 5:
                        File.Delete(Path.Join(_second, AFile()));
                        break;
                    case 6:
                        Directory.Move(Path.Join(_second, ADirectory()), Path.Join(_second, ADirectory()));
                        break;
                    default:
                        Directory.Delete(Path.Join(_second, ADirectory()), recursive: true);
                        break;
                }
            }
            catch (IOException)
            {
                // It was not there, or something is.
            }
        }

        string ADirectory() => string.Create(CultureInfo.InvariantCulture, $"d{random.Next(5)}");
        string AFile() => string.Create(CultureInfo.InvariantCulture, $"{ADirectory()}/f{random.Next(7)}");
    }
}
