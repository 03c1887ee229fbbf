using FileMonitor.Durable.State;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Durable.Tests.State;

/// <summary>Roots that are out of the configuration for a run, or in it for the first time: what changed meanwhile is told, and of what nothing is known that is said.</summary>
public sealed class ReturningRootTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly DurableHost _host = new();
    private readonly DirectoryInfo _other = Directory.CreateTempSubdirectory("filemonitor-other-");
    private bool _hasOther = true;

    public ReturningRootTests() => _host.Configure = options =>
    {
        if (_hasOther)
        {
            options.AddRoot(_other.FullName);
        }
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_root_that_was_out_of_the_configuration_tells_what_changed_since_it_was_last_watched(bool hasChecksums)
    {
        var configure = _host.Configure;
        _host.Configure = options =>
        {
            configure(options);
            options.Checksum.Baseline = hasChecksums;
        };
        Write("known", "1");
        Write("gone", "1");
        await _host.RunAsync();
        _hasOther = false;
        Write("known", "22");
        (await _host.RunAsync()).Should().BeEmpty();
        Write("b", "EVIL");
        File.Delete(Path.Join(_other.FullName, "gone"));
        (await _host.RunAsync()).Should().BeEmpty();

        _hasOther = true;
        var told = await _host.RunAsync();

        told.Where(static one => one.Kind != AuditEventKind.Baseline).Select(DurableHost.Describe).Should().BeEquivalentTo("Modified Offline known", "Created Offline b", "Deleted Offline gone");
        told.Should().NotContain(one => one.Kind == AuditEventKind.Baseline, "what changed meanwhile is no baseline");
        (await _host.RunAsync()).Should().BeEmpty("it was told");
    }

    [Fact]
    public async Task Health_says_since_when_a_root_was_not_watched_and_which_is_new()
    {
        _hasOther = false;
        await _host.RunAsync();
        _hasOther = true;
        (await MemoryAsync()).Should().BeEquivalentTo([new { Path = _other.FullName, IsKnown = false, WatchedUntil = (DateTimeOffset?)null, NewlyCovered = 0 }]);
        (await MemoryAsync()).Should().BeEmpty("the run before knew both");
        _hasOther = false;
        (await MemoryAsync()).Should().BeEmpty();
        var before = DateTimeOffset.UtcNow;
        (await MemoryAsync()).Should().BeEmpty();
        _hasOther = true;

        var memory = (await MemoryAsync()).Should().ContainSingle().Which;

        memory.Should().Match<StoreRootHealth>(root => root.IsKnown && root.Path == _other.FullName && root.NewlyCovered == 0);
        memory.WatchedUntil.Should().BeBefore(before);
    }

    [Fact]
    public async Task Health_says_how_much_a_pattern_had_left_out()
    {
        var configure = _host.Configure;
        _host.Configure = options =>
        {
            configure(options);
            options.Roots[1].Ignore.Add("*.tmp");
        };
        Write("a.tmp", "1");
        Write("b.tmp", "1");
        await _host.RunAsync();
        Write("c.tmp", "1");
        _host.Configure = configure;

        (await MemoryAsync()).Should().BeEquivalentTo([new { Path = _other.FullName, IsKnown = true, WatchedUntil = (DateTimeOffset?)null, NewlyCovered = 3 }]);
        (await MemoryAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task The_report_says_when_a_root_was_not_configured_and_what_is_watched_for_the_first_time()
    {
        _hasOther = false;
        await _host.RunAsync();
        _hasOther = true;
        await _host.RunAsync();
        _hasOther = false;
        await _host.RunAsync();
        await _host.RunAsync();
        _hasOther = true;
        var configure = _host.Configure;
        _host.Configure = options =>
        {
            configure(options);
            options.Roots[0].Ignore.Add("*.tmp");
        };
        await _host.RunAsync();

        var report = AuditJournal.Report(_host.State, cancellationToken: Token);

        report.Runs.Should().HaveCount(5);
        var pause = report.Pauses.Should().ContainSingle(pause => pause.Reason == JournalPauseReason.NotConfigured).Which;
        pause.Root.Should().Be(_other.FullName);
        pause.From.Should().BeOnOrAfter(report.Runs[1].EndedAt!.Value).And.BeOnOrBefore(report.Runs[2].StartedAt!.Value);
        pause.To.Should().BeOnOrAfter(report.Runs[3].EndedAt!.Value).And.BeOnOrBefore(report.Runs[4].StartedAt!.Value);
        report.FirstWatched.Select(first => (first.Root, first.Part)).Should().Equal(
            (_host.Root, JournalFirstWatchedPart.Root), (_other.FullName, JournalFirstWatchedPart.Root), (_host.Root, JournalFirstWatchedPart.NewlyCovered));
    }

    [Fact]
    public async Task Extended_attributes_that_were_not_read_before_are_said_by_health_and_report()
    {
        Write("known", "1");
        await _host.RunAsync();
        var configure = _host.Configure;
        _host.Configure = options =>
        {
            configure(options);
            options.Roots[1].Report.AttributeChanges = ItemAttributes.Security;
        };

        (await MemoryAsync()).Should().BeEquivalentTo([new { Path = _other.FullName, IsKnown = true, HasNewExtendedAttributes = true, NewlyCovered = 0 }]);
        (await MemoryAsync()).Should().BeEmpty();
        AuditJournal.Report(_host.State, cancellationToken: Token).FirstWatched.Where(first => first.Part == JournalFirstWatchedPart.ExtendedAttributes).Should().ContainSingle().Which.Root.Should().Be(_other.FullName);
    }

    [Fact]
    public void A_root_that_nobody_watches_is_kept_for_a_while_and_with_so_many_others()
    {
        var before = Configuration(Root("/now")) with { Kept = [Root("/old") with { WatchedUntil = Now.AddDays(-31) }, Root("/young") with { WatchedUntil = Now.AddDays(-29) }, Root("/followed") with { WatchedUntil = Now.AddDays(-31), FollowedFrom = "/link" }] };

        var kept = Configuration(Root("/next")).Keeping(before, Now, Now.AddDays(-30)).Kept;

        kept!.Select(root => (root.Path, root.WatchedUntil)).Should().Equal(("/now", Now), ("/young", Now.AddDays(-29)), ("/followed", Now.AddDays(-31)));
        Configuration().Keeping(Configuration([.. Enumerable.Range(0, StoredConfiguration.MostKept).Select(number => Root($"/{number}"))]) with { Kept = [Root("/oldest") with { WatchedUntil = Now.AddDays(-2) }] }, Now, Now.AddDays(-30))
            .Kept.Should().HaveCount(StoredConfiguration.MostKept).And.NotContain(root => root.Path == "/oldest");
    }

    [Fact]
    public async Task A_root_that_was_not_watched_for_too_long_is_forgotten_and_is_new_when_it_comes_back()
    {
        var time = new ShiftedTime();
        _host.Components = components => components.TimeProvider = time;
        Write("known", "1");
        await _host.RunAsync();
        _hasOther = false;
        await _host.RunAsync();
        time.Shift = TimeSpan.FromDays(31);
        await _host.RunAsync();
        Write("known", "22");
        _hasOther = true;

        (await MemoryAsync()).Should().ContainSingle().Which.IsKnown.Should().BeFalse();
    }

    public void Dispose()
    {
        _host.Dispose();
        _other.Delete(recursive: true);
    }

    private static StoredRoot Root(string path) => new() { Path = path, Recursive = true, Include = [], Ignore = [] };

    private static StoredConfiguration Configuration(params StoredRoot[] roots) => new() { Roots = roots };

    private void Write(string path, string text) => File.WriteAllText(Path.Join(_other.FullName, path), text);

    /// <summary>One run.</summary>
    private async Task<IReadOnlyList<StoreRootHealth>> MemoryAsync()
    {
        await using var monitor = _host.Make();
        await monitor.StartAsync(Token);
        await monitor.FlushAsync(Token);
        var memory = monitor.GetHealth().Store!.Roots;
        await monitor.StopAsync(Token);
        return memory;
    }

    /// <summary>The clock of the machine, set forward.</summary>
    private sealed class ShiftedTime : TimeProvider
    {
        public TimeSpan Shift { get; set; }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Shift;
    }
}
