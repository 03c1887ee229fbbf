// Over 300 lines because it is one subject: in which order, how often and when directories are read.
using System.Threading.Channels;
using FileMonitor.Extending;
using FileMonitor.Patterns;
using FileMonitor.Scanning;
using FileMonitor.Testing;
using FileMonitor.Tree;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Tests.Scanning;

/// <summary>Two roots, 0 and 1, each with the directories a, b and c; <c>0:a</c> is a in the first one.</summary>
public sealed class ReconcilerTests
{
    private const DirectoryLook Compare = DirectoryLook.Compare | DirectoryLook.Tree;
    private const DirectoryLook Reconcile = DirectoryLook.Reconcile | DirectoryLook.Tree;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time = new();
    private readonly InMemoryFileView _files = new();
    private readonly Channel<bool> _woken = Channel.CreateUnbounded<bool>();
    private readonly HashSet<(Snapshot Snapshot, SnapshotEntry Directory)> _asked = [];
    private readonly List<ReconcileEpisode> _ended = [];
    private readonly Snapshot[] _snapshots;

    public ReconcilerTests()
    {
        _snapshots = [.. Enumerable.Range(0, 2).Select(index => new Snapshot(new MonitoredRoot(index, $"/{index}", $"/{index}", IgnoreRules.None)))];
        foreach (var snapshot in _snapshots)
        {
            foreach (var name in new[] { "a", "b", "c" })
            {
                _files.CreateDirectory($"{snapshot.Root.Path}/{name}");
                snapshot.Add(snapshot.Top, name, _files.GetStatus($"{snapshot.Root.Path}/{name}"));
            }
        }
    }

    [Fact]
    public async Task New_directories_come_first_then_what_was_lost_then_what_a_timer_asked_for()
    {
        var reconciler = New();
        Ask(reconciler, "0:a", DirectoryLook.Periodic | DirectoryLook.Tree);
        Ask(reconciler, "0:b", Reconcile);
        Ask(reconciler, "0:c", DirectoryLook.Discover);

        (await ReadAllAsync(reconciler)).Should().Be("0:c 0:b 0:a");
    }

    [Fact]
    public async Task Reasons_add_up_and_the_most_urgent_one_says_when()
    {
        var reconciler = New();
        Ask(reconciler, "0:a", DirectoryLook.Compare);
        Ask(reconciler, "0:b", Reconcile);
        Ask(reconciler, "0:a", Reconcile);
        Ask(reconciler, "0:a", DirectoryLook.Discover);

        var first = await ReadAsync(reconciler);
        Describe(first).Should().Be("0:a");
        first!.Look.Should().Be(DirectoryLook.Discover | DirectoryLook.Reconcile | DirectoryLook.Compare | DirectoryLook.Tree);
        reconciler.Done(first);
        (await ReadAllAsync(reconciler)).Should().Be("0:b", "the places it has further back are passed over");
        reconciler.IsIdle.Should().BeTrue();
    }

    [Fact]
    public void The_same_reason_again_is_no_second_request()
    {
        var reconciler = New();
        Ask(reconciler, "0:a", Reconcile);
        Ask(reconciler, "0:a", DirectoryLook.Reconcile);

        (reconciler.Count, reconciler.LatestTicket).Should().Be((1, 1));
    }

    [Fact]
    public async Task What_is_asked_for_while_it_is_read_is_read_once_more()
    {
        var reconciler = New();
        Ask(reconciler, "0:a", Reconcile);
        var reading = await ReadAsync(reconciler);
        Ask(reconciler, "0:a", Reconcile);
        reconciler.Done(reading!);

        reconciler.HasHealed(_snapshots[0].Root).Should().BeFalse();
        (await ReadAllAsync(reconciler)).Should().Be("0:a");
        reconciler.HasHealed(_snapshots[0].Root).Should().BeTrue();
    }

    [Fact]
    public async Task What_was_lost_is_read_one_directory_at_a_time_also_while_it_is_compared()
    {
        var reconciler = New();
        Ask(reconciler, "0:a", Reconcile);
        Ask(reconciler, "0:b", Reconcile);
        var reading = await ReadAsync(reconciler);

        (await ReadAsync(reconciler)).Should().BeNull();
        reconciler.Count.Should().Be(2);
        reconciler.Done(reading!);
        Describe(await ReadAsync(reconciler)).Should().Be("0:b");
    }

    [Fact]
    public async Task New_directories_are_read_ahead_and_each_counts_until_it_is_compared()
    {
        var reconciler = New();
        Ask(reconciler, "0:a", DirectoryLook.Discover);
        Ask(reconciler, "1:b", DirectoryLook.Discover);
        Ask(reconciler, "0:c", Reconcile);
        reconciler.Launch();
        var read = new List<Listing> { await TakeAsync(reconciler), await TakeAsync(reconciler) };

        read.Select(Describe).Should().Equal("0:a", "1:b");
        reconciler.TryTakeListing(out _).Should().BeFalse("what was lost has a budget and is read when the new ones are compared");
        foreach (var listing in read)
        {
            reconciler.HasDone(listing.Ticket).Should().BeFalse();
            reconciler.Done(listing);
            reconciler.HasDone(listing.Ticket).Should().BeTrue();
            reconciler.Launch();
        }

        Describe(await TakeAsync(reconciler)).Should().Be("0:c");
        reconciler.IsIdle.Should().BeFalse();
    }

    [Theory]
    [InlineData("Reconcile, Tree")]
    [InlineData("Compare, Tree")]
    public async Task Each_root_has_its_turn(string look)
    {
        var reconciler = New();
        foreach (var path in new[] { "0:a", "0:b", "0:c", "1:a", "1:b", "1:c" })
        {
            Ask(reconciler, path, look);
        }

        (await ReadAllAsync(reconciler)).Should().Be("1:a 0:a 1:b 0:b 1:c 0:c");
    }

    [Fact]
    public async Task After_each_comparison_in_a_row_the_pause_is_twice_as_long_up_to_half_a_minute()
    {
        var reconciler = New();
        var pauses = new List<int>();
        for (var round = 0; round < 7; round++)
        {
            pauses.Add(await PauseAfterAsync(reconciler, TimeSpan.FromSeconds(1)));
        }

        pauses.Should().Equal(1, 2, 4, 8, 16, 30, 30);
    }

    [Fact]
    public async Task A_loss_long_after_the_last_comparison_begins_with_a_short_pause_again()
    {
        var reconciler = New();
        await PauseAfterAsync(reconciler, TimeSpan.FromSeconds(1));
        await CompareOnceAsync(reconciler, TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(2 + 1.1));

        (await PauseAfterAsync(reconciler, TimeSpan.FromSeconds(1))).Should().Be(1);
    }

    [Fact]
    public async Task A_pause_holds_neither_another_root_nor_what_is_new_nor_what_a_timer_asked_for()
    {
        var reconciler = New();
        await CompareOnceAsync(reconciler, TimeSpan.FromSeconds(1));
        Ask(reconciler, "0:a", Reconcile);
        Ask(reconciler, "0:b", DirectoryLook.Discover);
        Ask(reconciler, "0:c", Compare);
        Ask(reconciler, "1:a", Reconcile);

        (await ReadAllAsync(reconciler)).Should().Be("0:b 1:a 0:c");
        reconciler.NextDue.Should().Be(_time.GetTimestamp() + _time.TimestampFrequency);
    }

    [Fact]
    public async Task Who_is_in_a_hurry_waits_for_no_pause_and_no_budget()
    {
        var reconciler = New(entriesPerSecond: 1);
        await CompareOnceAsync(reconciler, TimeSpan.FromSeconds(1));
        Ask(reconciler, "0:a", Reconcile);
        Ask(reconciler, "0:b", Reconcile);
        (await ReadAsync(reconciler)).Should().BeNull();

        reconciler.IsHurried = true;
        (await ReadAllAsync(reconciler)).Should().Be("0:a 0:b");
    }

    [Theory]
    [InlineData("Reconcile, Tree")]
    [InlineData("Compare, Tree")]
    public async Task What_may_wait_is_read_within_the_budget(string look)
    {
        for (var file = 0; file < 19; file++)
        {
            _files.WriteFile($"/0/a/{file}", "");
        }

        var reconciler = New(entriesPerSecond: 10);
        Ask(reconciler, "0:a", look);
        Ask(reconciler, "0:b", look);
        (await ReadAllAsync(reconciler)).Should().Be("0:a");

        // 19 entries and the directory are two seconds, of which a tenth of a second was saved up.
        reconciler.NextDue.Should().Be(_time.GetTimestamp() + (long)(1.9 * _time.TimestampFrequency));
        _time.Advance(TimeSpan.FromSeconds(1.8));
        (await ReadAsync(reconciler)).Should().BeNull();
        _time.Advance(TimeSpan.FromSeconds(0.1));
        (await ReadAllAsync(reconciler)).Should().Be("0:b");
    }

    [Fact]
    public async Task What_is_new_costs_no_budget_and_waits_for_none()
    {
        var reconciler = New(entriesPerSecond: 1);
        Ask(reconciler, "0:a", DirectoryLook.Discover);
        Ask(reconciler, "0:b", Compare);
        Ask(reconciler, "0:c", Compare);
        (await ReadAllAsync(reconciler)).Should().Be("0:a 0:b");
        Ask(reconciler, "1:a", DirectoryLook.Discover);

        (await ReadAllAsync(reconciler)).Should().Be("1:a");
    }

    [Theory]
    [InlineData("Discover")]
    [InlineData("Reconcile, Tree")]
    public async Task A_ticket_is_done_once_what_was_asked_for_up_to_it_is_compared(string look)
    {
        var reconciler = New();
        Ask(reconciler, "0:a", look);
        var first = reconciler.LatestTicket;
        Ask(reconciler, "0:b", look);
        reconciler.HasDone(first - 1).Should().BeTrue();

        var reading = await ReadAsync(reconciler);
        reconciler.HasDone(first).Should().BeFalse("it was read and not compared yet");
        reconciler.Done(reading!);
        reconciler.HasDone(first).Should().BeTrue();
        reconciler.HasDone(first + 1).Should().BeFalse();
    }

    [Fact]
    public async Task No_ticket_waits_for_what_a_timer_asked_for()
    {
        var reconciler = New();
        Ask(reconciler, "0:a", Compare);
        reconciler.HasDone(reconciler.LatestTicket).Should().BeTrue();
        await ReadAsync(reconciler);
        reconciler.HasDone(reconciler.LatestTicket).Should().BeTrue();
    }

    [Theory]
    [InlineData("Reconcile, Tree", true)]
    [InlineData("Compare, Tree", false)]
    public async Task What_is_missing_is_kept_until_the_comparison_is_through(string look, bool isHealing)
    {
        var reconciler = New();
        var root = _snapshots[0].Root;
        Ask(reconciler, "0:a", look);
        Ask(reconciler, "0:b", look);
        var missing = _snapshots[0].Find("c")!;
        var first = await ReadAsync(reconciler);
        reconciler.NoteMissing(first!, missing);
        reconciler.Done(first!);
        (reconciler.HasMissing, reconciler.TryTakeMissing(root, out _)).Should().Be((false, false), "it may be in b");

        reconciler.Done((await ReadAsync(reconciler))!);
        reconciler.HasMissing.Should().BeTrue();
        (reconciler.HasHealed(root), reconciler.HasCompared(root), reconciler.IsIdle).Should().Be((!isHealing, isHealing, false));
        reconciler.HasDone(reconciler.LatestTicket).Should().Be(!isHealing);
        reconciler.TryTakeMissing(_snapshots[1].Root, out _).Should().BeFalse();
        reconciler.TryTakeMissing(root, out var taken).Should().BeTrue();
        taken.Should().Be((missing, first!.Origin, isHealing));
        (reconciler.HasHealed(root), reconciler.HasCompared(root), reconciler.HasMissing, reconciler.IsIdle).Should().Be((true, true, false, true));
    }

    [Theory]
    [InlineData("Reconcile, Tree")]
    [InlineData("Compare, Tree")]
    [InlineData("Discover")]
    public async Task A_directory_that_is_gone_is_not_read_and_nobody_waits_for_it(string look)
    {
        var reconciler = New();
        Ask(reconciler, "0:a", look);
        Ask(reconciler, "0:b", look);
        _snapshots[0].Remove(_snapshots[0].Find("a")!);

        (await ReadAllAsync(reconciler)).Should().Be("0:b");
        (reconciler.IsIdle, reconciler.HasDone(reconciler.LatestTicket)).Should().Be((true, true));
    }

    [Theory]
    [InlineData("Reconcile, Tree")]
    [InlineData("Compare, Tree")]
    public async Task Nothing_is_read_in_a_root_that_is_lost(string look)
    {
        var reconciler = New();
        Ask(reconciler, "0:a", look);
        Ask(reconciler, "1:a", look);
        _snapshots[0].Apply(TreeDelta.Root(isLost: true));
        Ask(reconciler, "0:b", look);

        (await ReadAllAsync(reconciler)).Should().Be("1:a");
        reconciler.IsIdle.Should().BeTrue();
    }

    [Fact]
    public async Task A_root_that_is_back_is_asked_for_anew()
    {
        var reconciler = New();
        Ask(reconciler, "0:a", Reconcile);
        _snapshots[0].Apply(TreeDelta.Root(isLost: true));
        (await ReadAllAsync(reconciler)).Should().BeEmpty();
        _snapshots[0].Apply(TreeDelta.Root(isLost: false));
        Ask(reconciler, "0:a", Reconcile);

        (await ReadAllAsync(reconciler)).Should().Be("0:a");
    }

    [Fact]
    public async Task At_the_stop_only_what_a_timer_asked_for_is_given_up()
    {
        var reconciler = New();
        Ask(reconciler, "0:a", Compare);
        Ask(reconciler, "0:b", Reconcile);
        Ask(reconciler, "0:c", DirectoryLook.Periodic | DirectoryLook.Tree);
        Ask(reconciler, "0:c", DirectoryLook.Discover);
        reconciler.AbandonTimed();

        reconciler.HasCompared(_snapshots[0].Root).Should().BeTrue();
        (await ReadAllAsync(reconciler)).Should().Be("0:c 0:b");
        reconciler.IsIdle.Should().BeTrue();
    }

    [Fact]
    public async Task What_was_given_up_can_be_asked_for_and_given_up_again()
    {
        var reconciler = New();
        Ask(reconciler, "0:b", Compare);
        Ask(reconciler, "0:a", Compare);
        var reading = await ReadAsync(reconciler);
        reconciler.AbandonTimed();

        // As the directory above does that was being read when the stop began.
        Ask(reconciler, "0:a", Compare);
        reconciler.Done(reading!);
        reconciler.AbandonTimed();

        reconciler.IsIdle.Should().BeTrue("else the stop waits for ever");
    }

    [Fact]
    public async Task Giving_up_tells_how_many_directories_were_not_looked_into()
    {
        var reconciler = New();
        foreach (var (path, look) in new[] { ("0:a", DirectoryLook.Discover), ("0:b", Reconcile), ("1:a", Compare), ("1:b", Compare) })
        {
            Ask(reconciler, path, look);
        }

        await ReadAsync(reconciler);
        reconciler.Abandon().Should().Be(4);
        (reconciler.Abandon(), reconciler.Count, reconciler.IsIdle).Should().Be((0, 0, true));
    }

    [Fact]
    public async Task A_request_after_giving_up_is_one_like_any_other()
    {
        var reconciler = New();
        Ask(reconciler, "0:a", DirectoryLook.Discover);
        reconciler.Abandon();
        Ask(reconciler, "0:a", Reconcile);

        (await ReadAllAsync(reconciler)).Should().Be("0:a");
        reconciler.IsIdle.Should().BeTrue();
    }

    [Fact]
    public async Task A_file_view_that_throws_is_a_directory_that_cannot_be_read()
    {
        _files.OnList = _ => throw new InvalidOperationException("A host's defect.");
        var reconciler = New();
        Ask(reconciler, "0:a", Reconcile);
        var reading = await ReadAsync(reconciler);
        reading!.Outcome.Should().Be(FileStatusOutcome.Failed);
        reconciler.Done(reading);

        _files.OnList = null;
        Ask(reconciler, "0:b", Reconcile);
        Describe(await ReadAsync(reconciler)).Should().Be("0:b");
    }

    private static string Describe(Listing? listing) => listing is null ? "" : $"{listing.Snapshot.Root.Index}:{listing.Path}";

    private Reconciler New(int entriesPerSecond = 0) => new(_files, _ => _woken.Writer.TryWrite(true), entriesPerSecond, _time, _ended.Add);

    private void Ask(Reconciler reconciler, string path, string look) => Ask(reconciler, path, Enum.Parse<DirectoryLook>(look));

    private void Ask(Reconciler reconciler, string path, DirectoryLook look)
    {
        var snapshot = _snapshots[path[0] - '0'];
        var directory = snapshot.Find(path.AsSpan(2))!;
        _asked.Add((snapshot, directory));
        reconciler.Request(snapshot, directory, look);
    }

    /// <summary>The next listing, still to be compared; null when nothing may be read now.</summary>
    private async Task<Listing?> ReadAsync(Reconciler reconciler)
    {
        var waiting = _asked.Where(asked => asked.Directory.Look != DirectoryLook.None && !asked.Directory.IsDetached && !asked.Snapshot.IsLost).ToList();
        reconciler.Launch();
        if (waiting.TrueForAll(asked => asked.Directory.Look != DirectoryLook.None))
        {
            return null;
        }

        return await TakeAsync(reconciler);
    }

    private async Task<Listing> TakeAsync(Reconciler reconciler)
    {
        await _woken.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience, TestContext.Current.CancellationToken);
        reconciler.TryTakeListing(out var listing).Should().BeTrue();
        return listing!;
    }

    private async Task<string> ReadAllAsync(Reconciler reconciler)
    {
        var read = new List<string>();
        while (await ReadAsync(reconciler) is { } listing)
        {
            read.Add(Describe(listing));
            reconciler.Done(listing);
        }

        return string.Join(' ', read);
    }

    /// <summary>A comparison after a loss that takes as long as said.</summary>
    private async Task CompareOnceAsync(Reconciler reconciler, TimeSpan took)
    {
        Ask(reconciler, "0:a", Reconcile);
        var listing = await ReadAsync(reconciler);
        _time.Advance(took);
        reconciler.Done(listing!);
    }

    /// <summary>The same, followed by its pause.</summary>
    private async Task<int> PauseAfterAsync(Reconciler reconciler, TimeSpan took)
    {
        await CompareOnceAsync(reconciler, took);
        Ask(reconciler, "0:a", Reconcile);
        (await ReadAsync(reconciler)).Should().BeNull();
        var pause = TimeSpan.FromSeconds((double)(reconciler.NextDue!.Value - _time.GetTimestamp()) / _time.TimestampFrequency);
        _time.Advance(pause);
        return (int)pause.TotalSeconds;
    }
}
